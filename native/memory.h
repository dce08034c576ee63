// Memory for numbers, on whole cache lines.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>

namespace smoothcert {

struct Free {
  void operator()(float* memory) const { std::free(memory); }
};
typedef std::unique_ptr<float[], Free> Floats;

// Not initialised.
inline Floats Allocate(size_t count) {
  void* memory = std::aligned_alloc(64, (count * sizeof(float) + 63) / 64 * 64);
  if (memory == nullptr) throw std::bad_alloc();
  return Floats(static_cast<float*>(memory));
}

}  // namespace smoothcert
