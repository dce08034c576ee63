// Winograd's convolutions as operations of TensorFlow.
#include "operation.h"
#ifdef SMOOTHCERT_OPERATIONS

#include "winograd.h"

namespace smoothcert {
namespace {

const Winograd* const kWinograd = ForThisProcessor(&kWinogradAvx512, &kWinogradAvx2);

struct Attributes {
  int padding = 0;
  bool turned = false;
  bool relu = false;
};

void DeleteAttributes(void* attributes) { delete static_cast<Attributes*>(attributes); }

// Sizes of a convolution of images to outputs, checked.
Convolution SizesOf(Call& call, const Tensor& x, int padding, int outputs) {
  call.Require(x.rank() == 4, "the images must be [images, rows, columns, channels]");
  if (!call.ok()) return {};
  const int rows = x.size(1) + 2 * padding - 2, columns = x.size(2) + 2 * padding - 2;
  call.Require(padding >= 0 && padding <= 2, "the padding must be 0, 1 or 2");
  call.Require(rows > 0 && columns > 0, "the images must be at least as large as the filters");
  call.Require(x.size(3) > 0 && x.size(3) % 16 == 0 && outputs > 0 && outputs % 16 == 0,
               "channels must be multiples of 16");
  return {x.size(0), x.size(1), x.size(2), x.size(3), rows, columns, outputs, padding};
}

bool IsFilter(const Tensor& filter, int inputs, int outputs) {
  return filter.rank() == 4 && filter.size(0) == 3 && filter.size(1) == 3 && filter.size(2) == inputs &&
         filter.size(3) == outputs;
}

// ---- WinogradConvolution(x, filter, [bias, [addend]]) ----

void* NewConvolution(TF_OpKernelConstruction* construction) {
  return new Attributes{Integer(construction, "padding"), IsTrue(construction, "turned"), IsTrue(construction, "relu")};
}

void ComputeConvolution(void* kernel, TF_OpKernelContext* context) {
  const auto& [padding, turned, relu] = *static_cast<const Attributes*>(kernel);
  Call call(context);
  const Tensor x = call.input(0), filter = call.input(1);
  const Tensor bias = call.inputs() > 2 ? call.input(2) : Tensor(nullptr);
  const Tensor addend = call.inputs() > 3 ? call.input(3) : Tensor(nullptr);
  call.Require(call.ok() && filter.rank() == 4, "the filters must have four axes");
  if (!call.ok()) return;
  const int outputs = filter.size(turned ? 2 : 3);
  const Convolution of = SizesOf(call, x, padding, outputs);
  if (!call.ok()) return;
  call.Require(turned ? IsFilter(filter, outputs, of.inputs) : IsFilter(filter, of.inputs, outputs),
               "the filters must be 3x3, for the channels of the images");
  const std::vector<int64_t> shape{of.images, of.out_rows, of.out_columns, outputs};
  int64_t count = 1;
  for (const int64_t size : shape) count *= size;
  call.Require(!bias || bias.count() == outputs, "there must be one bias an output channel");
  call.Require(!addend || addend.count() == count, "the addend must be as large as the outputs");
  const Tensor y = call.output(0, shape);
  if (!call.ok()) return;
  const Epilogue epilogue{bias ? bias.data() : nullptr, addend ? addend.data() : nullptr, relu};
  kWinograd->convolve(of, x.data(), filter.data(), turned, epilogue, y.data());
}

// ---- WinogradResidualBlocks(x, filters, biases) ----

void ComputeBlocks(void*, TF_OpKernelContext* context) {
  Call call(context);
  const Tensor x = call.input(0);
  call.Require(call.ok() && x.rank() == 4, "the images must be [images, rows, columns, channels]");
  if (!call.ok()) return;
  const int channels = x.size(3), convolutions = (call.inputs() - 1) / 2;
  const Convolution of = SizesOf(call, x, 1, channels);
  call.Require(convolutions > 0 && convolutions % 2 == 0 && call.inputs() == 1 + 2 * convolutions,
               "there must be a filter and a bias for each of two convolutions per block");
  if (!call.ok()) return;
  std::vector<ResidualBlock> blocks(convolutions / 2);
  for (int i = 0; i < convolutions; i++) {
    // TensorFlow keeps the memory of inputs until the kernel is done.
    const Tensor filter = call.input(1 + i), bias = call.input(1 + convolutions + i);
    call.Require(call.ok() && IsFilter(filter, channels, channels), "the filters must be 3x3, of as many outputs");
    call.Require(call.ok() && bias.count() == channels, "there must be one bias per channel");
    if (!call.ok()) return;
    blocks[i / 2].filters[i % 2] = filter.data();
    blocks[i / 2].biases[i % 2] = bias.data();
  }
  const Tensor y = call.output(0, x.shape());
  if (!call.ok()) return;
  kWinograd->convolve_blocks(of, blocks.data(), static_cast<int>(blocks.size()), x.data(), y.data());
}

// ---- WinogradFilterGradient(x, dy) ----

void* NewFilterGradient(TF_OpKernelConstruction* construction) {
  return new Attributes{Integer(construction, "padding")};
}

void ComputeFilterGradient(void* kernel, TF_OpKernelContext* context) {
  Call call(context);
  const Tensor x = call.input(0), dy = call.input(1);
  call.Require(call.ok() && dy.rank() == 4, "the gradient must be [images, rows, columns, channels]");
  if (!call.ok()) return;
  const int outputs = dy.size(3);
  const Convolution of = SizesOf(call, x, static_cast<const Attributes*>(kernel)->padding, outputs);
  if (!call.ok()) return;
  call.Require(dy.size(0) == of.images && dy.size(1) == of.out_rows && dy.size(2) == of.out_columns,
               "the gradient must be of the shape of the outputs");
  const Tensor gradient = call.output(0, {3, 3, of.inputs, outputs});
  if (!call.ok()) return;
  kWinograd->filter_gradient(of, x.data(), dy.data(), gradient.data());
}

const bool kRegistered = [] {
  if (kWinograd == nullptr) return false;
  Define("WinogradConvolution", {"x: float", "filter: float", "rest: num_rest * float"}, {"y: float"},
         {"num_rest: int >= 0", "padding: int", "turned: bool", "relu: bool"});
  Implement("WinogradConvolution", ComputeConvolution, NewConvolution, DeleteAttributes);
  Define("WinogradResidualBlocks", {"x: float", "filters: n * float", "biases: n * float"}, {"y: float"},
         {"n: int >= 2"});
  Implement("WinogradResidualBlocks", ComputeBlocks);
  Define("WinogradFilterGradient", {"x: float", "dy: float"}, {"gradient: float"}, {"padding: int"});
  Implement("WinogradFilterGradient", ComputeFilterGradient, NewFilterGradient, DeleteAttributes);
  return true;
}();

}  // namespace
}  // namespace smoothcert

#endif
