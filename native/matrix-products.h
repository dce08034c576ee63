// Products of matrices. Part of what is compiled once for each processor: the unnamed namespace keeps the builds apart.
#pragma once

#include <cstddef>

#include "lanes.h"

namespace smoothcert {
namespace {

// A matrix in memory: element (i, j) is at data[i * rows + j * columns].
struct Matrix {
  const float* data;
  size_t rows, columns;
};

// A block of kRows x (kVectors kLanes) of c = a b, or of c += a b, held in registers.
template <int kRows, int kVectors, bool kAdd>
INLINE void MultiplyBlock(const Matrix& a, const float* b, size_t b_rows, float* c, size_t c_rows, int depth) {
  Lanes sums[kRows][kVectors];
  for (int i = 0; i < kRows; i++) {
    for (int j = 0; j < kVectors; j++) sums[i][j] = kAdd ? Load(c + i * c_rows + j * kLanes) : Lanes{};
  }
  for (int r = 0; r < depth; r++) {
    Lanes row[kVectors];
    for (int j = 0; j < kVectors; j++) row[j] = Load(b + r * b_rows + j * kLanes);
    for (int i = 0; i < kRows; i++) {
      const Lanes factor = Broadcast(a.data[i * a.rows + r * a.columns]);
      for (int j = 0; j < kVectors; j++) sums[i][j] += factor * row[j];
    }
  }
  for (int i = 0; i < kRows; i++) {
    for (int j = 0; j < kVectors; j++) Store(c + i * c_rows + j * kLanes, sums[i][j]);
  }
}

template <int kRows, int kVectors, bool kAdd>
INLINE void MultiplyStripe(const Matrix& a, const float* b, size_t b_rows, float* c, size_t c_rows, int rows,
                           int depth) {
  for (int i = 0; i < rows; i += kRows) {
    const Matrix block{a.data + i * a.rows, a.rows, a.columns};
    MultiplyBlock<kRows, kVectors, kAdd>(block, b, b_rows, c + i * c_rows, c_rows, depth);
  }
}

// c = a b, or c += a b, of a [rows][depth], b [depth][columns], c [rows][columns]; b and c are dense. Rows and columns
// are multiples of 16.
template <bool kAdd>
void Multiply(const Matrix& a, const float* b, float* c, int rows, int columns, int depth) {
  constexpr int kTall = kRegisters / 2, kWide = kRegisters / 4;
  int j = 0;
  for (; j + 2 * kLanes <= columns; j += 2 * kLanes) {
    MultiplyStripe<kWide, 2, kAdd>(a, b + j, columns, c + j, columns, rows, depth);
  }
  for (; j < columns; j += kLanes) MultiplyStripe<kTall, 1, kAdd>(a, b + j, columns, c + j, columns, rows, depth);
}

}  // namespace
}  // namespace smoothcert
