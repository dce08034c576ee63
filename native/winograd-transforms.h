// The transforms of section 4.3 of Lavin and Gray (see winograd.h) in one dimension. Part of winograd.cc, which is
// compiled twice: the unnamed namespace keeps the two builds apart.
#pragma once

#include "lanes.h"

namespace smoothcert {
namespace {

// B^T d
INLINE void TransformInput(const Lanes d[6], Lanes v[6]) {
  const Lanes even = d[4] - 4.f * d[2], odd = d[3] - 4.f * d[1];
  const Lanes even2 = d[4] - d[2], odd2 = 2.f * (d[3] - d[1]);
  v[0] = 4.f * d[0] - 5.f * d[2] + d[4];
  v[1] = even + odd;
  v[2] = even - odd;
  v[3] = even2 + odd2;
  v[4] = even2 - odd2;
  v[5] = 4.f * d[1] - 5.f * d[3] + d[5];
}

// G g
INLINE void TransformFilter(const Lanes g[3], Lanes u[6]) {
  const Lanes ends = (g[0] + g[2]) * (-1 / 6.f), middle = g[1] * (1 / 6.f);
  const Lanes ends2 = g[0] * (1 / 24.f) + g[2] * (1 / 6.f), middle2 = g[1] * (1 / 12.f);
  u[0] = g[0] * .25f;
  u[1] = ends - middle;
  u[2] = ends + middle;
  u[3] = ends2 + middle2;
  u[4] = ends2 - middle2;
  u[5] = g[2];
}

// G^T u
INLINE void TransformFilterBack(const Lanes u[6], Lanes g[3]) {
  const Lanes sum = u[1] + u[2], difference = u[2] - u[1];
  const Lanes sum2 = u[3] + u[4], difference2 = u[3] - u[4];
  g[0] = u[0] * .25f - sum * (1 / 6.f) + sum2 * (1 / 24.f);
  g[1] = difference * (1 / 6.f) + difference2 * (1 / 12.f);
  g[2] = u[5] - sum * (1 / 6.f) + sum2 * (1 / 6.f);
}

// A^T m
INLINE void TransformOutput(const Lanes m[6], Lanes y[4]) {
  const Lanes sum = m[1] + m[2], difference = m[1] - m[2];
  const Lanes sum2 = m[3] + m[4], difference2 = m[3] - m[4];
  y[0] = m[0] + sum + sum2;
  y[1] = difference + 2.f * difference2;
  y[2] = sum + 4.f * sum2;
  y[3] = difference + 8.f * difference2 + m[5];
}

// A y
INLINE void TransformOutputBack(const Lanes y[4], Lanes m[6]) {
  const Lanes even = y[0] + y[2], odd = y[1] + y[3];
  const Lanes even2 = y[0] + 4.f * y[2], odd2 = 2.f * y[1] + 8.f * y[3];
  m[0] = y[0];
  m[1] = even + odd;
  m[2] = even - odd;
  m[3] = even2 + odd2;
  m[4] = even2 - odd2;
  m[5] = y[3];
}

}  // namespace
}  // namespace smoothcert
