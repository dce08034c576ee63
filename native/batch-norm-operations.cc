// Batch normalisation in training as operations of TensorFlow.
#include "operation.h"
#ifdef SMOOTHCERT_OPERATIONS

#include "batch-norm.h"

namespace smoothcert {
namespace {

const BatchNormKernels* const kBatchNorm = ForThisProcessor(&kBatchNormAvx512, &kBatchNormAvx2);

struct Attributes {
  float epsilon = 0;
  bool relu = false;
};

void DeleteAttributes(void* attributes) { delete static_cast<Attributes*>(attributes); }

// Sizes of a norm of x, whose last axis are the channels, checked.
BatchNorm SizesOf(Call& call, const Tensor& x, const Attributes& attributes) {
  call.Require(call.ok() && x.rank() > 1, "the images must have at least two axes");
  if (!call.ok()) return {};
  const int channels = x.size(x.rank() - 1);
  call.Require(channels > 0 && channels % 16 == 0, "channels must be a multiple of 16");
  call.Require(x.count() > 0 && x.count() < INT32_MAX, "there must be pixels, and fewer than 2^31 numbers");
  if (!call.ok()) return {};
  return {static_cast<int>(x.count() / channels), channels, attributes.epsilon, attributes.relu};
}

void RequireChannels(Call& call, const Tensor& of_channels, int channels) {
  call.Require(call.ok() && of_channels.count() == channels,
               "scale, offset and statistics must have one number a channel");
}

// ---- TrainingBatchNorm(x, scale, offset, [addend]) -> y, mean, variance, inverse ----

void* NewForward(TF_OpKernelConstruction* construction) {
  return new Attributes{Float(construction, "epsilon"), IsTrue(construction, "relu")};
}

void ComputeForward(void* kernel, TF_OpKernelContext* context) {
  Call call(context);
  const Tensor x = call.input(0), scale = call.input(1), offset = call.input(2);
  const Tensor addend = call.inputs() > 3 ? call.input(3) : Tensor(nullptr);
  const BatchNorm of = SizesOf(call, x, *static_cast<const Attributes*>(kernel));
  RequireChannels(call, scale, of.channels);
  RequireChannels(call, offset, of.channels);
  call.Require(!addend || addend.count() == x.count(), "the addend must be as large as the images");
  if (!call.ok()) return;
  const std::vector<int64_t> channels{of.channels};
  const Tensor y = call.output(0, x.shape()), mean = call.output(1, channels);
  const Tensor variance = call.output(2, channels), inverse = call.output(3, channels);
  if (!call.ok()) return;
  kBatchNorm->forward(of, {x.data(), scale.data(), offset.data(), addend ? addend.data() : nullptr, y.data(),
                           mean.data(), variance.data(), inverse.data()});
}

// ---- TrainingBatchNormGradient(dy, x, scale, offset, mean, inverse, [y]) -> dx, d_scale, d_offset, [d_addend] ----

void* NewBackward(TF_OpKernelConstruction* construction) { return new Attributes{0, IsTrue(construction, "relu")}; }

void ComputeBackward(void* kernel, TF_OpKernelContext* context) {
  Call call(context);
  const Tensor dy = call.input(0), x = call.input(1), scale = call.input(2), offset = call.input(3);
  const Tensor mean = call.input(4), inverse = call.input(5);
  const Tensor y = call.inputs() > 6 ? call.input(6) : Tensor(nullptr);
  const BatchNorm of = SizesOf(call, x, *static_cast<const Attributes*>(kernel));
  for (const Tensor* each : {&scale, &offset, &mean, &inverse}) RequireChannels(call, *each, of.channels);
  call.Require(call.ok() && dy.count() == x.count() && (!y || y.count() == x.count()),
               "outputs and their gradient must be as large as the images");
  if (!call.ok()) return;
  const std::vector<int64_t> channels{of.channels};
  const Tensor dx = call.output(0, x.shape()), d_scale = call.output(1, channels), d_offset = call.output(2, channels);
  const Tensor d_addend = y ? call.output(3, x.shape()) : Tensor(nullptr);
  if (!call.ok()) return;
  kBatchNorm->backward(of, {dy.data(), x.data(), scale.data(), offset.data(), mean.data(), inverse.data(),
                            y ? y.data() : nullptr, dx.data(), d_scale.data(), d_offset.data(),
                            d_addend ? d_addend.data() : nullptr});
}

const bool kRegistered = [] {
  if (kBatchNorm == nullptr) return false;
  Define("TrainingBatchNorm", {"x: float", "scale: float", "offset: float", "rest: num_rest * float"},
         {"y: float", "mean: float", "variance: float", "inverse: float"},
         {"num_rest: int >= 0", "epsilon: float", "relu: bool"});
  Implement("TrainingBatchNorm", ComputeForward, NewForward, DeleteAttributes);
  Define("TrainingBatchNormGradient",
         {"dy: float", "x: float", "scale: float", "offset: float", "mean: float", "inverse: float",
          "rest: num_rest * float"},
         {"dx: float", "d_scale: float", "d_offset: float", "d_addend: num_rest * float"},
         {"num_rest: int >= 0", "relu: bool"});
  Implement("TrainingBatchNormGradient", ComputeBackward, NewBackward, DeleteAttributes);
  return true;
}();

}  // namespace
}  // namespace smoothcert

#endif
