// Elementary functions of vectors, to a few roundings of float32. Part of what is compiled once for each processor: the
// unnamed namespace keeps the builds apart.
#pragma once

#include <cstring>

#include "lanes.h"

namespace smoothcert {
namespace {

typedef int Integers __attribute__((vector_size(4 * kLanes)));

// Cephes' polynomial on [-ln 2 / 2, ln 2 / 2], times a power of two. Beyond the range of float32, its ends.
INLINE Lanes Exp(Lanes x) {
  const Lanes least = Broadcast(-87.f), most = Broadcast(87.f);
  x = x < least ? least : x;
  x = x > most ? most : x;
  const Lanes rounder = Broadcast(12582912.f);  // 1.5 2^23: what is added to it is rounded to integers
  const Lanes power = (x * 1.44269504f + rounder) - rounder;
  const Lanes rest = (x - power * 0.693359375f) + power * 2.12194440e-4f;
  Lanes sum = rest * 1.9875691500e-4f + 1.3981999507e-3f;
  sum = sum * rest + 8.3334519073e-3f;
  sum = sum * rest + 4.1665795894e-2f;
  sum = sum * rest + 1.6666665459e-1f;
  sum = sum * rest + 5.0000001201e-1f;
  sum = sum * rest * rest + rest + 1.f;
  const Integers bits = (__builtin_convertvector(power, Integers) + 127) << 23;
  Lanes scale;
  std::memcpy(&scale, &bits, sizeof(scale));
  return sum * scale;
}

INLINE Lanes Sigmoid(Lanes x) { return 1.f / (1.f + Exp(-x)); }

INLINE Lanes Tanh(Lanes x) { return 1.f - 2.f / (1.f + Exp(x + x)); }

}  // namespace
}  // namespace smoothcert
