// Compiled once for each processor, with -mavx512f or -mavx2 -mfma and the name of what it defines as
// SMOOTHCERT_WINOGRAD.
#include "winograd.h"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>

#include "lanes.h"
#include "parallel.h"

namespace smoothcert {
namespace {

#define INLINE inline __attribute__((always_inline))

constexpr int kTile = 4;
constexpr int kPatch = 6;
constexpr int kPoints = kPatch * kPatch;

// ---- the transforms of section 4.3, in one dimension ----

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

// ---- memory ----

struct Free {
  void operator()(float* memory) const { std::free(memory); }
};
typedef std::unique_ptr<float[], Free> Floats;

// Not initialised, on whole cache lines.
Floats Allocate(size_t count) {
  void* memory = std::aligned_alloc(64, (count * sizeof(float) + 63) / 64 * 64);
  if (memory == nullptr) throw std::bad_alloc();
  return Floats(static_cast<float*>(memory));
}

// A thread's own memory for tiles.
float* Scratch(size_t count) {
  static thread_local Floats memory;
  static thread_local size_t size = 0;
  if (size < count) {
    memory.reset();
    memory = Allocate(count);
    size = count;
  }
  return memory.get();
}

// ---- tiles ----

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

// ---- matrix products ----

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
      const Lanes factor = Lanes{} + a.data[i * a.rows + r * a.columns];
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

// ---- the convolution ----

// G g G^T of all filters: u[point][inputs][outputs].
void TransformFilters(const Convolution& of, const float* filter, bool turned, float* u) {
  const int inputs = of.inputs, outputs = of.outputs;
  const auto at = [&](int i, int j, int c, int k) -> Lanes {
    if (!turned) return Load(filter + ((i * 3 + j) * static_cast<size_t>(inputs) + c) * outputs + k);
    Lanes value;
    const float* from = filter + (((2 - i) * 3 + 2 - j) * static_cast<size_t>(outputs) + k) * inputs + c;
    for (int lane = 0; lane < kLanes; lane++) value[lane] = from[static_cast<size_t>(lane) * inputs];
    return value;
  };
  ParallelFor(inputs / 16, [&](int group) {
    for (int c = group * 16; c < group * 16 + 16; c++) {
      for (int k = 0; k < outputs; k += kLanes) {
        Lanes half[6][3];
        for (int j = 0; j < 3; j++) {
          Lanes column[6];
          const Lanes g[3] = {at(0, j, c, k), at(1, j, c, k), at(2, j, c, k)};
          TransformFilter(g, column);
          for (int i = 0; i < 6; i++) half[i][j] = column[i];
        }
        for (int i = 0; i < 6; i++) {
          Lanes row[6];
          TransformFilter(half[i], row);
          for (int j = 0; j < 6; j++) Store(u + (static_cast<size_t>(i * 6 + j) * inputs + c) * outputs + k, row[j]);
        }
      }
    }
  });
}

void Convolve(const Convolution& of, const float* x, const float* filter, bool turned, const Epilogue& epilogue,
              float* y) {
  const size_t pairs = static_cast<size_t>(of.inputs) * of.outputs;
  const Floats u = Allocate(kPoints * pairs);
  TransformFilters(of, filter, turned, u.get());
  const Tiling tiling(of);
  ParallelFor(tiling.parts, [&](int part) {
    float* v = Scratch(kPoints * (tiling.input_stride + tiling.output_stride));
    float* m = v + kPoints * tiling.input_stride;
    TransformInputs(of, tiling, part, x, v);
    // The last part's tiles end within a block: what its other rows hold goes nowhere.
    const int rows = (tiling.Count(part) + Tiling::kBlock - 1) / Tiling::kBlock * Tiling::kBlock;
    for (int point = 0; point < kPoints; point++) {
      const Matrix inputs{v + point * tiling.input_stride, static_cast<size_t>(of.inputs), 1};
      Multiply<false>(inputs, u.get() + point * pairs, m + point * tiling.output_stride, rows, of.outputs, of.inputs);
    }
    TransformOutputs(of, tiling, part, m, epilogue, y);
  });
}

// ---- its gradient for the filters ----

// Sums over parts are taken in this many groups, whatever the number of threads.
constexpr int kGroups = 8;

// G^T u G of the sum of the groups' u[point][inputs][outputs].
void TransformFiltersBack(const Convolution& of, const float* groups, float* gradient) {
  const int inputs = of.inputs, outputs = of.outputs;
  const size_t pairs = static_cast<size_t>(inputs) * outputs;
  ParallelFor(inputs / 16, [&](int block) {
    for (int c = block * 16; c < block * 16 + 16; c++) {
      for (int k = 0; k < outputs; k += kLanes) {
        Lanes half[3][6];
        for (int j = 0; j < 6; j++) {
          Lanes column[6] = {}, g[3];
          for (int i = 0; i < 6; i++) {
            for (int group = 0; group < kGroups; group++) {
              column[i] += Load(groups + (group * kPoints + i * 6 + j) * pairs + static_cast<size_t>(c) * outputs + k);
            }
          }
          TransformFilterBack(column, g);
          for (int i = 0; i < 3; i++) half[i][j] = g[i];
        }
        for (int i = 0; i < 3; i++) {
          Lanes row[3];
          TransformFilterBack(half[i], row);
          for (int j = 0; j < 3; j++) {
            Store(gradient + ((i * 3 + j) * static_cast<size_t>(inputs) + c) * outputs + k, row[j]);
          }
        }
      }
    }
  });
}

void FilterGradient(const Convolution& of, const float* x, const float* dy, float* gradient) {
  const size_t pairs = static_cast<size_t>(of.inputs) * of.outputs;
  const Floats groups = Allocate(kGroups * kPoints * pairs);
  const Tiling tiling(of);
  ParallelFor(kGroups, [&](int group) {
    float* v = Scratch(kPoints * (tiling.input_stride + tiling.output_stride));
    float* d = v + kPoints * tiling.input_stride;
    float* sums = groups.get() + group * kPoints * pairs;
    std::fill(sums, sums + kPoints * pairs, 0.f);
    const int end = static_cast<long>(group + 1) * tiling.parts / kGroups;
    for (int part = static_cast<long>(group) * tiling.parts / kGroups; part < end; part++) {
      TransformInputs(of, tiling, part, x, v);
      TransformOutputGradients(of, tiling, part, dy, d);
      for (int point = 0; point < kPoints; point++) {
        const Matrix inputs{v + point * tiling.input_stride, 1, static_cast<size_t>(of.inputs)};
        const float* gradients = d + point * tiling.output_stride;
        Multiply<true>(inputs, gradients, sums + point * pairs, of.inputs, of.outputs, tiling.Count(part));
      }
    }
  });
  TransformFiltersBack(of, groups.get(), gradient);
}

}  // namespace

extern const Winograd SMOOTHCERT_WINOGRAD = {Convolve, FilterGradient};

}  // namespace smoothcert
