// The cross-entropy of labels, and its gradient, in one pass over memory each. Between the two a row keeps one
// number, where TensorFlow's operation keeps the gradient of every score.
#pragma once

#include <cstdint>

namespace smoothcert {

// Scores are [rows][classes], labels [rows] in [0, classes).
struct CrossEntropy {
  int64_t rows;
  int64_t classes;
};

struct CrossEntropyKernels {
  // loss = log_sum - score of the label, with log_sum = log of the sum of exp(score), both [rows].
  void (*forward)(const CrossEntropy& of, const float* scores, const int32_t* labels, float* losses, float* log_sums);
  // d_score = d_loss (exp(score - log_sum) - (1 for the label)).
  void (*backward)(const CrossEntropy& of, const float* d_losses, const float* scores, const int32_t* labels,
                   const float* log_sums, float* d_scores);
};

extern const CrossEntropyKernels kCrossEntropyAvx2;    // needs AVX2 and FMA
extern const CrossEntropyKernels kCrossEntropyAvx512;  // needs AVX-512F

}  // namespace smoothcert
