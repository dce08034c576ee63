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

// Less 0, which compilers leave out: they keep a sum with 0, which isn't x where x is -0.
inline Lanes Broadcast(float x) { return x - Lanes{}; }

inline void Store(float* to, Lanes value) { std::memcpy(to, &value, sizeof(value)); }

}  // namespace smoothcert
