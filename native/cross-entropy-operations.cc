// The cross-entropy of labels as operations of TensorFlow.
#include "operation.h"
#ifdef SMOOTHCERT_OPERATIONS

#include <algorithm>

#include "cross-entropy.h"

namespace smoothcert {
namespace {

const CrossEntropyKernels* const kCrossEntropy = ForThisProcessor(&kCrossEntropyAvx512, &kCrossEntropyAvx2);

// Sizes of scores [rows][classes], with labels that are checked against them.
CrossEntropy SizesOf(Call& call, const Tensor& scores, const Tensor& labels) {
  call.Require(call.ok() && scores.rank() == 2 && scores.size(1) > 0, "the scores must be [rows, classes]");
  if (!call.ok()) return {};
  const CrossEntropy of{scores.size(0), scores.size(1)};
  call.Require(labels.count() == of.rows, "there must be one label for each row");
  if (!call.ok()) return {};
  const int32_t *first = labels.integers(), *end = first + of.rows;
  call.Require(std::all_of(first, end, [&](int32_t label) { return label >= 0 && label < of.classes; }),
               "labels must be in [0, classes)");
  return of;
}

// ---- LabelCrossEntropy(scores, labels) -> losses, log_sums ----

void ComputeForward(void*, TF_OpKernelContext* context) {
  Call call(context);
  const Tensor scores = call.input(0), labels = call.input(1);
  const CrossEntropy of = SizesOf(call, scores, labels);
  if (!call.ok()) return;
  const Tensor losses = call.output(0, {of.rows}), log_sums = call.output(1, {of.rows});
  if (!call.ok()) return;
  kCrossEntropy->forward(of, scores.data(), labels.integers(), losses.data(), log_sums.data());
}

// ---- LabelCrossEntropyGradient(d_losses, scores, labels, log_sums) -> d_scores ----

void ComputeBackward(void*, TF_OpKernelContext* context) {
  Call call(context);
  const Tensor d_losses = call.input(0), scores = call.input(1), labels = call.input(2), log_sums = call.input(3);
  const CrossEntropy of = SizesOf(call, scores, labels);
  call.Require(call.ok() && d_losses.count() == of.rows && log_sums.count() == of.rows,
               "there must be one loss and one sum for each row");
  if (!call.ok()) return;
  const Tensor d_scores = call.output(0, scores.shape());
  if (!call.ok()) return;
  kCrossEntropy->backward(of, d_losses.data(), scores.data(), labels.integers(), log_sums.data(), d_scores.data());
}

const bool kRegistered = [] {
  if (kCrossEntropy == nullptr) return false;
  Define("LabelCrossEntropy", {"scores: float", "labels: int32"}, {"losses: float", "log_sums: float"}, {});
  Implement("LabelCrossEntropy", ComputeForward);
  Define("LabelCrossEntropyGradient", {"d_losses: float", "scores: float", "labels: int32", "log_sums: float"},
         {"d_scores: float"}, {});
  Implement("LabelCrossEntropyGradient", ComputeBackward);
  return true;
}();

}  // namespace
}  // namespace smoothcert

#endif
