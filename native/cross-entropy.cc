// Compiled once for each processor, with -mavx512f or -mavx2 -mfma and the name of what it defines as
// SMOOTHCERT_CROSS_ENTROPY.
#include "cross-entropy.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "elementary.h"
#include "lanes.h"
#include "parallel.h"

namespace smoothcert {
namespace {

// Rows that a thread takes at a time.
constexpr int64_t kRows = 16;

template <typename Visit>
void ForRows(const CrossEntropy& of, const Visit& visit) {
  ParallelFor(static_cast<int>((of.rows + kRows - 1) / kRows), [&](int chunk) {
    const int64_t end = std::min(of.rows, (chunk + 1) * kRows);
    for (int64_t row = chunk * kRows; row < end; row++) visit(row);
  });
}

// Calls visit(place, lanes) for all vectors of a row, the last of which is padded.
template <typename Visit>
INLINE void ForLanes(const float* row, int64_t count, float padding, const Visit& visit) {
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) visit(i, Load(row + i));
  if (i == count) return;
  Lanes last = Broadcast(padding);
  std::memcpy(&last, row + i, (count - i) * sizeof(float));
  visit(i, last);
}

float LogSum(const float* scores, int64_t classes) {
  constexpr float kNothing = -std::numeric_limits<float>::infinity();
  Lanes largest = Broadcast(kNothing);
  ForLanes(scores, classes, kNothing, [&](int64_t, Lanes x) { largest = x > largest ? x : largest; });
  float most = kNothing;
  for (int lane = 0; lane < kLanes; lane++) most = std::max(most, largest[lane]);
  Lanes sums{};
  // What is padded adds exp(-87), which is nothing beside the exp(0) of the largest.
  ForLanes(scores, classes, kNothing, [&](int64_t, Lanes x) { sums += Exp(x - most); });
  double sum = 0;
  for (int lane = 0; lane < kLanes; lane++) sum += sums[lane];
  return most + static_cast<float>(std::log(sum));
}

void Forward(const CrossEntropy& of, const float* scores, const int32_t* labels, float* losses, float* log_sums) {
  ForRows(of, [&](int64_t row) {
    const float* at = scores + row * of.classes;
    log_sums[row] = LogSum(at, of.classes);
    losses[row] = log_sums[row] - at[labels[row]];
  });
}

void Backward(const CrossEntropy& of, const float* d_losses, const float* scores, const int32_t* labels,
              const float* log_sums, float* d_scores) {
  ForRows(of, [&](int64_t row) {
    float* to = d_scores + row * of.classes;
    const float slope = d_losses[row], log_sum = log_sums[row];
    ForLanes(scores + row * of.classes, of.classes, 0, [&](int64_t i, Lanes x) {
      const Lanes d = slope * Exp(x - log_sum);
      std::memcpy(to + i, &d, std::min<int64_t>(kLanes, of.classes - i) * sizeof(float));
    });
    to[labels[row]] -= slope;
  });
}

}  // namespace

extern const CrossEntropyKernels SMOOTHCERT_CROSS_ENTROPY = {Forward, Backward};

}  // namespace smoothcert
