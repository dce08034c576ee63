// Compiled once for each processor, with -mavx512f or -mavx2 -mfma and the name of what it defines as SMOOTHCERT_LSTM.
#include "lstm.h"

#include <algorithm>
#include <utility>

#include "elementary.h"
#include "lanes.h"
#include "matrix-products.h"
#include "memory.h"
#include "parallel.h"

namespace smoothcert {
namespace {

constexpr int kGates = 4;
// Units are computed in blocks: all gates of a block's units, for the whole batch.
constexpr int kBlock = 16;
constexpr int kVectors = kBlock / kLanes;
// Rows of a batch that are multiplied at a time, as many as the registers hold, and what the last ones are padded to.
constexpr int kTall = kVectors == 1 ? 12 : 6, kLow = 2;

int RoundUp(int number, int multiple) { return (number + multiple - 1) / multiple * multiple; }

// Sizes of what is padded with zeros.
struct Padded {
  explicit Padded(const Lstm& of)
      : units(RoundUp(of.units, kBlock)), blocks(units / kBlock), rows(RoundUp(of.batch, kLow)) {}
  const int units, blocks, rows;
};

Floats Zeros(size_t count) {
  Floats memory = Allocate(count);
  std::fill(memory.get(), memory.get() + count, 0.f);
  return memory;
}

// Where a row's units are at a time step; its gates are at kGates times as much.
size_t At(const Lstm& of, int t, int row) { return (static_cast<size_t>(t) * of.batch + row) * of.units; }

// c = a b of a [rows][depth], in rows `stride` apart, b [depth][kBlock] and c [rows][kBlock].
void MultiplyByBlock(const float* a, size_t stride, const float* b, float* c, int rows, int depth) {
  int i = 0;
  for (; i + kTall <= rows; i += kTall) {
    MultiplyBlock<kTall, kVectors, false>({a + i * stride, stride, 1}, b, kBlock, c + i * kBlock, kBlock, depth);
  }
  for (; i < rows; i += kLow) {
    MultiplyBlock<kLow, kVectors, false>({a + i * stride, stride, 1}, b, kBlock, c + i * kBlock, kBlock, depth);
  }
}

// Vectors of a block's units in memory that is not padded: the last block may end early.
class Place {
 public:
  Place(int units, int block, int vector) : first_(block * kBlock + vector * kLanes), count_(units - first_) {}
  bool empty() const { return count_ <= 0; }
  int first() const { return first_; }
  Lanes From(const float* row) const {
    if (count_ >= kLanes) return Load(row + first_);
    Lanes value{};
    std::memcpy(&value, row + first_, count_ * sizeof(float));
    return value;
  }
  void To(float* row, Lanes value) const {
    if (count_ >= kLanes) return Store(row + first_, value);
    std::memcpy(row + first_, &value, count_ * sizeof(float));
  }

 private:
  const int first_, count_;
};

// Calls visit(row, place, vector) for all vectors of a block.
template <typename Visit>
INLINE void ForVectors(const Lstm& of, int block, const Visit& visit) {
  for (int row = 0; row < of.batch; row++) {
    for (int vector = 0; vector < kVectors; vector++) {
      const Place place(of.units, block, vector);
      if (!place.empty()) visit(row, place, vector);
    }
  }
}

// ---- forward ----

// packed[block][gate][unit before][unit of the block]
Floats PackForward(const Lstm& of, const Padded& padded, const float* recurrent) {
  const size_t tile = static_cast<size_t>(of.units) * kBlock;
  Floats packed = Zeros(padded.blocks * kGates * tile);
  ParallelFor(padded.blocks, [&](int block) {
    const int count = std::min(kBlock, of.units - block * kBlock);
    for (int gate = 0; gate < kGates; gate++) {
      float* to = packed.get() + (block * kGates + gate) * tile;
      const float* from = recurrent + static_cast<size_t>(gate) * of.units + block * kBlock;
      for (int u = 0; u < of.units; u++) {
        std::copy_n(from + static_cast<size_t>(u) * kGates * of.units, count, to + u * kBlock);
      }
    }
  });
  return packed;
}

void Forward(const Lstm& of, const LstmForward& tensors) {
  const Padded padded(of);
  const size_t units = of.units, step = static_cast<size_t>(of.batch) * units, tile = units * kBlock;
  const size_t state = static_cast<size_t>(padded.rows) * padded.units;
  const size_t sums = static_cast<size_t>(padded.rows) * kBlock;
  const Floats packed = PackForward(of, padded, tensors.recurrent);
  const Floats states = Zeros(2 * state), products = Allocate(padded.blocks * kGates * sums);
  float *before = states.get(), *after = before + state;
  for (int row = 0; row < of.batch; row++) std::copy_n(tensors.h + row * units, units, before + row * padded.units);
  for (int t = 0; t < of.time; t++) {
    const float* c_before = t == 0 ? tensors.c : tensors.cs + (t - 1) * step;
    ParallelFor(padded.blocks, [&](int block) {
      float* product = products.get() + block * kGates * sums;
      for (int gate = 0; gate < kGates; gate++) {
        const float* weights = packed.get() + (block * kGates + gate) * tile;
        MultiplyByBlock(before, padded.units, weights, product + gate * sums, padded.rows, of.units);
      }
      ForVectors(of, block, [&](int row, const Place& place, int vector) {
        const size_t at = At(of, t, row), gates = kGates * at;
        const auto sum = [&](int gate) {
          const Lanes from_h = Load(product + gate * sums + row * kBlock + vector * kLanes);
          return place.From(tensors.from_x + gates + gate * units) + from_h + place.From(tensors.bias + gate * units);
        };
        const Lanes i = Sigmoid(sum(0)), f = Sigmoid(sum(1)), g = Tanh(sum(2)), o = Sigmoid(sum(3));
        const Lanes c = f * place.From(c_before + row * units) + i * g, h = o * Tanh(c);
        place.To(tensors.gates + gates, i);
        place.To(tensors.gates + gates + units, f);
        place.To(tensors.gates + gates + 2 * units, g);
        place.To(tensors.gates + gates + 3 * units, o);
        place.To(tensors.cs + at, c);
        place.To(tensors.hs + at, h);
        place.To(after + static_cast<size_t>(row) * padded.units, h);
      });
    });
    std::swap(before, after);
  }
}

// ---- backward ----

// packed[block][gate][unit after, padded][unit of the block]
Floats PackBackward(const Lstm& of, const Padded& padded, const float* recurrent) {
  const size_t tile = static_cast<size_t>(kGates) * padded.units * kBlock;
  Floats packed = Zeros(padded.blocks * tile);
  ParallelFor(padded.blocks, [&](int block) {
    const int count = std::min(kBlock, of.units - block * kBlock);
    for (int j = 0; j < count; j++) {
      const float* from = recurrent + static_cast<size_t>(block * kBlock + j) * kGates * of.units;
      float* to = packed.get() + block * tile + j;
      for (int gate = 0; gate < kGates; gate++) {
        for (int u = 0; u < of.units; u++) to[(static_cast<size_t>(gate) * padded.units + u) * kBlock] = *from++;
      }
    }
  });
  return packed;
}

void Backward(const Lstm& of, const LstmBackward& tensors) {
  const Padded padded(of);
  const size_t units = of.units, step = static_cast<size_t>(of.batch) * units;
  const size_t depth = static_cast<size_t>(kGates) * padded.units, slopes = padded.rows * depth;
  const size_t sums = static_cast<size_t>(padded.rows) * kBlock;
  const Floats packed = PackBackward(of, padded, tensors.recurrent);
  const Floats memory = Zeros(2 * slopes), products = Zeros(padded.blocks * sums);
  float *after = memory.get(), *now = after + slopes;
  // What h of the step before `after` gets from it.
  const auto multiply = [&](int block) {
    float* product = products.get() + block * sums;
    MultiplyByBlock(after, depth, packed.get() + block * depth * kBlock, product, padded.rows, depth);
    return product;
  };
  std::fill(tensors.d_c, tensors.d_c + step, 0.f);
  std::fill(tensors.d_bias, tensors.d_bias + kGates * units, 0.f);
  for (int t = of.time - 1; t >= 0; t--) {
    const float* c_before = t == 0 ? tensors.c : tensors.cs + (t - 1) * step;
    ParallelFor(padded.blocks, [&](int block) {
      const float* product = t == of.time - 1 ? products.get() + block * sums : multiply(block);
      // Over the batch; then over time, so that no sum is long.
      Lanes d_bias[kVectors][kGates] = {};
      ForVectors(of, block, [&](int row, const Place& place, int vector) {
        const size_t at = At(of, t, row), gates = kGates * at;
        const auto gate = [&](int which) { return place.From(tensors.gates + gates + which * units); };
        const Lanes i = gate(0), f = gate(1), g = gate(2), o = gate(3), c = Tanh(place.From(tensors.cs + at));
        const Lanes dh = place.From(tensors.d_hs + at) + Load(product + row * kBlock + vector * kLanes);
        const Lanes dc = place.From(tensors.d_cs + at) + place.From(tensors.d_c + row * units) + dh * o * (1.f - c * c);
        const Lanes d_gates[kGates] = {dc * g * i * (1.f - i), dc * place.From(c_before + row * units) * f * (1.f - f),
                                       dc * i * (1.f - g * g), dh * c * o * (1.f - o)};
        for (int which = 0; which < kGates; which++) {
          place.To(tensors.d_from_x + gates + which * units, d_gates[which]);
          place.To(now + row * depth + which * padded.units, d_gates[which]);
          d_bias[vector][which] += d_gates[which];
        }
        place.To(tensors.d_c + row * units, dc * f);
      });
      for (int vector = 0; vector < kVectors; vector++) {
        const Place place(of.units, block, vector);
        if (place.empty()) break;
        for (int which = 0; which < kGates; which++) {
          float* sum = tensors.d_bias + which * units;
          place.To(sum, place.From(sum) + d_bias[vector][which]);
        }
      }
    });
    std::swap(after, now);
  }
  ParallelFor(padded.blocks, [&](int block) {
    const float* product = multiply(block);
    ForVectors(of, block, [&](int row, const Place& place, int vector) {
      place.To(tensors.d_h + row * units, Load(product + row * kBlock + vector * kLanes));
    });
  });
}

}  // namespace

extern const LstmKernels SMOOTHCERT_LSTM = {Forward, Backward};

}  // namespace smoothcert
