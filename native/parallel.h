// Loops on all cores, without a library of its own.
#pragma once

#include <functional>

namespace smoothcert {

// Calls task(0), ..., task(count - 1) in any order, on as many threads as TF_NUM_INTRAOP_THREADS says, by default one a
// core. Returns when all have returned. A caller that finds the threads busy with another's loop does its own alone.
void ParallelFor(int count, const std::function<void(int)>& task);

}  // namespace smoothcert
