// Compiled once for each processor, with -mavx512f or -mavx2 -mfma and the name of what it defines as
// SMOOTHCERT_BATCH_NORM.
#include "batch-norm.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "lanes.h"
#include "parallel.h"

namespace smoothcert {
namespace {

// Pixels are summed in this many groups, whatever the number of threads.
constexpr int kGroups = 16;
// In a group, so many at a time are summed in single precision, and those sums in double.
constexpr int kRun = 256;

int Begin(const BatchNorm& of, int group) { return static_cast<int>(static_cast<long>(of.pixels) * group / kGroups); }

// Two sums over all pixels for each channel.
struct Sums {
  explicit Sums(int channels) : first(channels), second(channels) {}
  std::vector<double> first, second;
};

// Calls add(pixel, channel, first, second) for each pixel and each vector of channels, to add to the sums of these
// channels.
template <typename Add>
Sums SumPixels(const BatchNorm& of, const Add& add) {
  std::vector<Sums> groups(kGroups, Sums(of.channels));
  ParallelFor(kGroups, [&](int group) {
    Sums& sums = groups[group];
    const int end = Begin(of, group + 1);
    for (int begin = Begin(of, group); begin < end; begin += kRun) {
      const int stop = std::min(begin + kRun, end);
      for (int c = 0; c < of.channels; c += kLanes) {
        Lanes first = {}, second = {};
        for (int pixel = begin; pixel < stop; pixel++) add(pixel, c, first, second);
        for (int lane = 0; lane < kLanes; lane++) {
          sums.first[c + lane] += first[lane];
          sums.second[c + lane] += second[lane];
        }
      }
    }
  });
  for (int group = 1; group < kGroups; group++) {
    for (int c = 0; c < of.channels; c++) {
      groups[0].first[c] += groups[group].first[c];
      groups[0].second[c] += groups[group].second[c];
    }
  }
  return groups[0];
}

// Calls write(place, channel) for each vector of channels of each pixel.
template <typename Write>
void EachVector(const BatchNorm& of, const Write& write) {
  ParallelFor(kGroups, [&](int group) {
    for (int pixel = Begin(of, group); pixel < Begin(of, group + 1); pixel++) {
      for (int c = 0; c < of.channels; c += kLanes) write(static_cast<size_t>(pixel) * of.channels + c, c);
    }
  });
}

// (x - mean) slope + offset: the same bits in both directions, so that the gradient knows which outputs ReLU kept.
inline Lanes Normalised(Lanes x, const float* mean, const float* slope, const float* offset, int c) {
  return (x - Load(mean + c)) * Load(slope + c) + Load(offset + c);
}

std::vector<float> Slopes(const BatchNorm& of, const float* scale, const float* inverse) {
  std::vector<float> slopes(of.channels);
  for (int c = 0; c < of.channels; c++) slopes[c] = scale[c] * inverse[c];
  return slopes;
}

// Keeps NaN: it is not less than 0.
inline Lanes Relu(Lanes value) { return value < 0.f ? Lanes{} : value; }

void Forward(const BatchNorm& of, const BatchNormForward& t) {
  // Of differences from the first pixel, so that a mean far from 0 does not drown the variance.
  const Sums sums = SumPixels(of, [&](int pixel, int c, Lanes& first, Lanes& second) {
    const Lanes difference = Load(t.x + static_cast<size_t>(pixel) * of.channels + c) - Load(t.x + c);
    first += difference;
    second += difference * difference;
  });
  for (int c = 0; c < of.channels; c++) {
    const double shift = sums.first[c] / of.pixels;
    // In this order std::max keeps NaN.
    const double variance = std::max(sums.second[c] / of.pixels - shift * shift, 0.0);
    t.mean[c] = static_cast<float>(t.x[c] + shift);
    t.variance[c] = static_cast<float>(variance);
    t.inverse[c] = 1 / std::sqrt(t.variance[c] + of.epsilon);
  }
  const std::vector<float> slopes = Slopes(of, t.scale, t.inverse);
  EachVector(of, [&](size_t at, int c) {
    Lanes value = Normalised(Load(t.x + at), t.mean, slopes.data(), t.offset, c);
    if (t.addend != nullptr) value += Load(t.addend + at);
    Store(t.y + at, of.relu ? Relu(value) : value);
  });
}

void Backward(const BatchNorm& of, const BatchNormBackward& t) {
  const std::vector<float> slopes = Slopes(of, t.scale, t.inverse);
  // The gradient before ReLU, with `output` as ReLU's argument or value.
  const auto before_relu = [&](Lanes dy, Lanes output) { return of.relu ? (output > 0.f ? dy : Lanes{}) : dy; };
  const auto gradient = [&](size_t at, int c) {
    return before_relu(Load(t.dy + at), Normalised(Load(t.x + at), t.mean, slopes.data(), t.offset, c));
  };
  const Sums sums = SumPixels(of, [&](int pixel, int c, Lanes& first, Lanes& second) {
    const size_t at = static_cast<size_t>(pixel) * of.channels + c;
    Lanes dz;
    if (t.y == nullptr) {
      dz = gradient(at, c);
    } else {
      dz = before_relu(Load(t.dy + at), Load(t.y + at));
      Store(t.d_addend + at, dz);
    }
    first += dz;
    second += dz * (Load(t.x + at) - Load(t.mean + c));
  });
  // dx = slope (dz - mean of dz - (x - mean) inverse^2 (mean of dz (x - mean)))
  std::vector<float> constant(of.channels), factor(of.channels);
  for (int c = 0; c < of.channels; c++) {
    const double inverse = t.inverse[c];
    t.d_offset[c] = static_cast<float>(sums.first[c]);
    t.d_scale[c] = static_cast<float>(sums.second[c] * inverse);
    constant[c] = static_cast<float>(-slopes[c] * sums.first[c] / of.pixels);
    factor[c] = static_cast<float>(-slopes[c] * inverse * inverse * sums.second[c] / of.pixels);
  }
  EachVector(of, [&](size_t at, int c) {
    const Lanes dz = t.y == nullptr ? gradient(at, c) : Load(t.d_addend + at);
    const Lanes centred = Load(t.x + at) - Load(t.mean + c);
    Store(t.dx + at, dz * Load(slopes.data() + c) + Load(constant.data() + c) + centred * Load(factor.data() + c));
  });
}

}  // namespace

extern const BatchNormKernels SMOOTHCERT_BATCH_NORM = {Forward, Backward};

}  // namespace smoothcert
