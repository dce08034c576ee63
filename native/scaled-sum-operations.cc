// The sum of two tensors, each times a number, as an operation of TensorFlow: in one pass over memory, which is all
// that it waits for, so that no build for newer processors is needed.
#include "operation.h"
#ifdef SMOOTHCERT_OPERATIONS

#include <algorithm>

#include "parallel.h"

namespace smoothcert {
namespace {

// Numbers that a thread takes at a time.
constexpr int64_t kPart = 1 << 16;

// ---- ScaledSum(a, b, factors) -> a factors[0] + b factors[1] ----

void Compute(void*, TF_OpKernelContext* context) {
  Call call(context);
  const Tensor a = call.input(0), b = call.input(1), factors = call.input(2);
  call.Require(call.ok() && a.count() == b.count(), "both tensors must have the same shape");
  call.Require(call.ok() && factors.count() == 2, "there must be two factors");
  if (!call.ok()) return;
  const Tensor sum = call.output(0, a.shape());
  if (!call.ok()) return;
  const int64_t count = a.count();
  const float *x = a.data(), *y = b.data(), *factor = factors.data();
  float* to = sum.data();
  ParallelFor(static_cast<int>((count + kPart - 1) / kPart), [&](int part) {
    const int64_t end = std::min(count, (part + 1) * kPart);
    const float of_x = factor[0], of_y = factor[1];
    for (int64_t i = part * kPart; i < end; i++) to[i] = x[i] * of_x + y[i] * of_y;
  });
}

const bool kRegistered = [] {
  Define("ScaledSum", {"a: float", "b: float", "factors: float"}, {"sum: float"}, {});
  Implement("ScaledSum", Compute);
  return true;
}();

}  // namespace
}  // namespace smoothcert

#endif
