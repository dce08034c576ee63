// Vectors of floats of the width that the compiler's target has.
#pragma once

#include <cstring>

#define INLINE inline __attribute__((always_inline))

namespace smoothcert {

#if defined(__AVX512F__)
constexpr int kLanes = 16;
constexpr int kRegisters = 32;
#else
constexpr int kLanes = 8;
constexpr int kRegisters = 16;
#endif

typedef float Lanes __attribute__((vector_size(4 * kLanes)));

inline Lanes Load(const float* from) {
  Lanes value;
  std::memcpy(&value, from, sizeof(value));
  return value;
}

inline void Store(float* to, Lanes value) { std::memcpy(to, &value, sizeof(value)); }

}  // namespace smoothcert
