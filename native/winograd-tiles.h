// The transforms of all tiles of images and of gradients. Part of winograd.cc, which is compiled twice: the unnamed
// namespace keeps the two builds apart.
#pragma once

#include <algorithm>
#include <cstddef>

#include "lanes.h"
#include "winograd-transforms.h"
#include "winograd.h"

namespace smoothcert {
namespace {

constexpr int kTile = 4;
constexpr int kPatch = 6;
constexpr int kPoints = kPatch * kPatch;

// The 4x4 tiles of the outputs of all images, in parts that one thread does at a time.
struct Tiling {
  explicit Tiling(const Convolution& of)
      : columns((of.out_columns + kTile - 1) / kTile),
        an_image((of.out_rows + kTile - 1) / kTile * columns),
        all(an_image * of.images) {
    // Both transformed inputs and products of a part shall stay in the second-level cache; matrix products take whole
    // blocks of tiles.
    const size_t bytes = sizeof(float) * kPoints * (of.inputs + of.outputs);
    a_part = std::max<int>(kBlock, std::min<int>(64, (768 << 10) / bytes) / kBlock * kBlock);
    parts = (all + a_part - 1) / a_part;
    // Odd multiples of a cache line: the 36 places that a tile is written to would otherwise fall on the same lines of
    // the cache.
    input_stride = static_cast<size_t>(a_part) * of.inputs + 16;
    output_stride = static_cast<size_t>(a_part) * of.outputs + 16;
  }

  int Count(int part) const { return std::min(a_part, all - part * a_part); }

  static constexpr int kBlock = 16;
  int columns, an_image, all, a_part, parts;
  size_t input_stride, output_stride;
};

// Where a tile lies: its image, and its first row and column among the outputs.
struct Place {
  Place(const Tiling& tiling, int tile)
      : image(tile / tiling.an_image),
        row(tile % tiling.an_image / tiling.columns * kTile),
        column(tile % tiling.columns * kTile) {}
  int image, row, column;
};

// B^T d B of the tiles of a part: v[point][tile][inputs].
void TransformInputs(const Convolution& of, const Tiling& tiling, int part, const float* x, float* v) {
  for (int t = 0; t < tiling.Count(part); t++) {
    const Place place(tiling, part * tiling.a_part + t);
    const int top = place.row - of.padding, left = place.column - of.padding;
    const bool inside = top >= 0 && left >= 0 && top + kPatch <= of.in_rows && left + kPatch <= of.in_columns;
    const float* image = x + static_cast<size_t>(place.image) * of.in_rows * of.in_columns * of.inputs;
    const auto at = [&](int row, int column, int channel) -> Lanes {
      if (!inside && (row < 0 || row >= of.in_rows || column < 0 || column >= of.in_columns)) return Lanes{};
      return Load(image + (static_cast<ptrdiff_t>(row) * of.in_columns + column) * of.inputs + channel);
    };
    for (int c = 0; c < of.inputs; c += kLanes) {
      Lanes half[6][6];
      for (int j = 0; j < 6; j++) {
        Lanes d[6], column[6];
        for (int i = 0; i < 6; i++) d[i] = at(top + i, left + j, c);
        TransformInput(d, column);
        for (int i = 0; i < 6; i++) half[i][j] = column[i];
      }
      float* to = v + static_cast<size_t>(t) * of.inputs + c;
      for (int i = 0; i < 6; i++) {
        Lanes row[6];
        TransformInput(half[i], row);
        for (int j = 0; j < 6; j++) Store(to + (i * 6 + j) * tiling.input_stride, row[j]);
      }
    }
  }
}

// A^T m A of the tiles of a part, with what follows: into the outputs.
void TransformOutputs(const Convolution& of, const Tiling& tiling, int part, const float* m, const Epilogue& epilogue,
                      float* y) {
  for (int t = 0; t < tiling.Count(part); t++) {
    const Place place(tiling, part * tiling.a_part + t);
    const int rows = std::min(kTile, of.out_rows - place.row), columns = std::min(kTile, of.out_columns - place.column);
    const size_t row_of_all = static_cast<size_t>(place.image) * of.out_rows + place.row;
    const size_t first = (row_of_all * of.out_columns + place.column) * of.outputs;
    for (int k = 0; k < of.outputs; k += kLanes) {
      const float* from = m + static_cast<size_t>(t) * of.outputs + k;
      Lanes half[4][6];
      for (int j = 0; j < 6; j++) {
        Lanes column[6], sums[4];
        for (int i = 0; i < 6; i++) column[i] = Load(from + (i * 6 + j) * tiling.output_stride);
        TransformOutput(column, sums);
        for (int i = 0; i < 4; i++) half[i][j] = sums[i];
      }
      const Lanes bias = epilogue.bias == nullptr ? Lanes{} : Load(epilogue.bias + k);
      for (int i = 0; i < rows; i++) {
        Lanes row[4];
        TransformOutput(half[i], row);
        for (int j = 0; j < columns; j++) {
          const size_t at = first + (static_cast<size_t>(i) * of.out_columns + j) * of.outputs + k;
          Lanes value = row[j] + bias;
          if (epilogue.addend != nullptr) value += Load(epilogue.addend + at);
          // Not a NaN's: NaN < 0 is false.
          if (epilogue.relu) value = value < 0.f ? Lanes{} : value;
          Store(y + at, value);
        }
      }
    }
  }
}

// A dy A^T of the tiles of a part: d[point][tile][outputs].
void TransformOutputGradients(const Convolution& of, const Tiling& tiling, int part, const float* dy, float* d) {
  for (int t = 0; t < tiling.Count(part); t++) {
    const Place place(tiling, part * tiling.a_part + t);
    const int rows = std::min(kTile, of.out_rows - place.row), columns = std::min(kTile, of.out_columns - place.column);
    const size_t row_of_all = static_cast<size_t>(place.image) * of.out_rows + place.row;
    const size_t first = (row_of_all * of.out_columns + place.column) * of.outputs;
    for (int k = 0; k < of.outputs; k += kLanes) {
      Lanes half[6][4];
      for (int j = 0; j < 4; j++) {
        Lanes column[4], m[6];
        for (int i = 0; i < 4; i++) {
          const size_t at = first + (static_cast<size_t>(i) * of.out_columns + j) * of.outputs + k;
          column[i] = i < rows && j < columns ? Load(dy + at) : Lanes{};
        }
        TransformOutputBack(column, m);
        for (int i = 0; i < 6; i++) half[i][j] = m[i];
      }
      float* to = d + static_cast<size_t>(t) * of.outputs + k;
      for (int i = 0; i < 6; i++) {
        Lanes row[6];
        TransformOutputBack(half[i], row);
        for (int j = 0; j < 6; j++) Store(to + (i * 6 + j) * tiling.output_stride, row[j]);
      }
    }
  }
}

}  // namespace
}  // namespace smoothcert
