// Compiled once for each processor, with -mavx512f or -mavx2 -mfma and the name of what it defines as
// SMOOTHCERT_WINOGRAD.
#include "winograd.h"

#include <algorithm>
#include <cstddef>

#include "lanes.h"
#include "matrix-products.h"
#include "memory.h"
#include "parallel.h"
#include "winograd-tiles.h"
#include "winograd-transforms.h"

namespace smoothcert {
namespace {

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

// The outputs of a part of the tiles, of filters transformed.
void ConvolvePart(const Convolution& of, const Tiling& tiling, int part, const float* x, const float* u,
                  const Epilogue& epilogue, float* y) {
  const size_t pairs = static_cast<size_t>(of.inputs) * of.outputs;
  float* v = Scratch(kPoints * (tiling.input_stride + tiling.output_stride));
  float* m = v + kPoints * tiling.input_stride;
  TransformInputs(of, tiling, part, x, v);
  // The last part's tiles end within a block: what its other rows hold goes nowhere.
  const int rows = (tiling.Count(part) + Tiling::kBlock - 1) / Tiling::kBlock * Tiling::kBlock;
  for (int point = 0; point < kPoints; point++) {
    const Matrix inputs{v + point * tiling.input_stride, static_cast<size_t>(of.inputs), 1};
    Multiply<false>(inputs, u + point * pairs, m + point * tiling.output_stride, rows, of.outputs, of.inputs);
  }
  TransformOutputs(of, tiling, part, m, epilogue, y);
}

void Convolve(const Convolution& of, const float* x, const float* filter, bool turned, const Epilogue& epilogue,
              float* y) {
  const Floats u = Allocate(kPoints * static_cast<size_t>(of.inputs) * of.outputs);
  TransformFilters(of, filter, turned, u.get());
  const Tiling tiling(of);
  ParallelFor(tiling.parts, [&](int part) { ConvolvePart(of, tiling, part, x, u.get(), epilogue, y); });
}

// ---- residual blocks ----

// What passes from one convolution to the next, of the images that a thread takes through all blocks: near enough to
// the processor, and so many images that the filters, which are read for each few of them, cost little.
constexpr size_t kGroupBytes = 512 << 10;

void ConvolveBlocks(const Convolution& of, const ResidualBlock* blocks, int count, const float* x, float* y) {
  const size_t weights = kPoints * static_cast<size_t>(of.inputs) * of.inputs;
  const size_t an_image = static_cast<size_t>(of.in_rows) * of.in_columns * of.inputs;
  const Floats u = Allocate(2 * count * weights);
  for (int i = 0; i < count; i++) {
    for (int j = 0; j < 2; j++) TransformFilters(of, blocks[i].filters[j], false, u.get() + (2 * i + j) * weights);
  }
  const int group = std::max<int>(1, kGroupBytes / (an_image * sizeof(float)));
  ParallelFor((of.images + group - 1) / group, [&](int part) {
    Convolution few = of;
    few.images = std::min(group, of.images - part * group);
    const Tiling tiling(few);
    const auto convolve = [&](const float* from, int number, const Epilogue& epilogue, float* to) {
      for (int i = 0; i < tiling.parts; i++) {
        ConvolvePart(few, tiling, i, from, u.get() + number * weights, epilogue, to);
      }
    };
    const Floats memory = Allocate(2 * few.images * an_image);
    float *middle = memory.get(), *other = middle + few.images * an_image, *last = y + part * group * an_image;
    const float* from = x + part * group * an_image;
    for (int i = 0; i < count; i++) {
      // To and fro, so that the last block ends in y.
      float* to = (count - i) % 2 == 1 ? last : other;
      convolve(from, 2 * i, {blocks[i].biases[0], nullptr, true}, middle);
      convolve(middle, 2 * i + 1, {blocks[i].biases[1], from, true}, to);
      from = to;
    }
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

extern const Winograd SMOOTHCERT_WINOGRAD = {Convolve, ConvolveBlocks, FilterGradient};

}  // namespace smoothcert
