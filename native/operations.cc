// Our own operations of TensorFlow on CPUs, registered when the binding is loaded. They are in addition to TensorFlow's: where one is missing, because the processor or
// TensorFlow's headers lack what it needs, callers take TensorFlow's own.
#if __has_include("tensorflow/c/kernels.h") && __has_include("tensorflow/c/ops.h") && __has_include("tsl/platform/platform.h") && \
    __has_include("tensorflow/core/common_runtime/next_pluggable_device/c/tf_rendezvous_c_api.h")

#include <cstdint>
#include <vector>

#include "tensorflow/c/c_api.h"
#include "tensorflow/c/kernels.h"
#include "tensorflow/c/ops.h"
#include "winograd.h"

namespace smoothcert {
namespace {

const Winograd* const kWinograd = __builtin_cpu_supports("avx512f") ? &kWinogradAvx512
                                  : __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? &kWinogradAvx2
                                                                                                    : nullptr;

// A tensor of a kernel, given back at the end.
class Tensor {
 public:
  explicit Tensor(TF_Tensor* tensor) : tensor_(tensor) {}
  Tensor(const Tensor&) = delete;
  ~Tensor() {
    if (tensor_ != nullptr) TF_DeleteTensor(tensor_);
  }
  float* data() const { return static_cast<float*>(TF_TensorData(tensor_)); }
  int size(int axis) const { return static_cast<int>(TF_Dim(tensor_, axis)); }
  int rank() const { return TF_NumDims(tensor_); }
  int64_t count() const { return TF_TensorElementCount(tensor_); }
  explicit operator bool() const { return tensor_ != nullptr; }

 private:
  TF_Tensor* tensor_;
};

// What a kernel is called with, and how its first failure is told.
class Call {
 public:
  explicit Call(TF_OpKernelContext* context) : context_(context), status_(TF_NewStatus()) {}
  Call(const Call&) = delete;
  ~Call() {
    if (!ok()) TF_OpKernelContext_Failure(context_, status_);
    TF_DeleteStatus(status_);
  }

  bool ok() const { return TF_GetCode(status_) == TF_OK; }
  int inputs() const { return TF_NumInputs(context_); }

  Tensor input(int place) {
    TF_Tensor* tensor = nullptr;
    if (ok()) TF_GetInput(context_, place, &tensor, status_);
    return Tensor(tensor);
  }

  Tensor output(const std::vector<int64_t>& shape) {
    size_t bytes = sizeof(float);
    for (const int64_t size : shape) bytes *= size;
    return Tensor(ok() ? TF_AllocateOutput(context_, 0, TF_FLOAT, shape.data(), shape.size(), bytes, status_) : nullptr);
  }

  void Require(bool holds, const char* what) {
    if (ok() && !holds) TF_SetStatus(status_, TF_INVALID_ARGUMENT, what);
  }

 private:
  TF_OpKernelContext* const context_;
  TF_Status* const status_;
};

struct Attributes {
  int padding = 0;
  bool turned = false;
  bool relu = false;
};

int Integer(TF_OpKernelConstruction* construction, const char* name) {
  TF_Status* status = TF_NewStatus();
  int32_t value = 0;
  TF_OpKernelConstruction_GetAttrInt32(construction, name, &value, status);
  if (TF_GetCode(status) != TF_OK) TF_OpKernelConstruction_Failure(construction, status);
  TF_DeleteStatus(status);
  return value;
}

bool IsTrue(TF_OpKernelConstruction* construction, const char* name) {
  TF_Status* status = TF_NewStatus();
  TF_Bool value = 0;
  TF_OpKernelConstruction_GetAttrBool(construction, name, &value, status);
  if (TF_GetCode(status) != TF_OK) TF_OpKernelConstruction_Failure(construction, status);
  TF_DeleteStatus(status);
  return value != 0;
}

void DeleteAttributes(void* attributes) { delete static_cast<Attributes*>(attributes); }

// Sizes of a convolution of images to outputs, checked.
Convolution SizesOf(Call& call, const Tensor& x, int padding, int outputs) {
  call.Require(x.rank() == 4, "the images must be [images, rows, columns, channels]");
  if (!call.ok()) return {};
  const int rows = x.size(1) + 2 * padding - 2, columns = x.size(2) + 2 * padding - 2;
  call.Require(padding >= 0 && padding <= 2, "the padding must be 0, 1 or 2");
  call.Require(rows > 0 && columns > 0, "the images must be at least as large as the filters");
  call.Require(x.size(3) > 0 && x.size(3) % 16 == 0 && outputs > 0 && outputs % 16 == 0, "channels must be multiples of 16");
  return {x.size(0), x.size(1), x.size(2), x.size(3), rows, columns, outputs, padding};
}

bool IsFilter(const Tensor& filter, int inputs, int outputs) {
  return filter.rank() == 4 && filter.size(0) == 3 && filter.size(1) == 3 && filter.size(2) == inputs && filter.size(3) == outputs;
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
  call.Require(turned ? IsFilter(filter, outputs, of.inputs) : IsFilter(filter, of.inputs, outputs), "the filters must be 3x3, for the channels of the images");
  const std::vector<int64_t> shape{of.images, of.out_rows, of.out_columns, outputs};
  int64_t count = 1;
  for (const int64_t size : shape) count *= size;
  call.Require(!bias || bias.count() == outputs, "there must be one bias an output channel");
  call.Require(!addend || addend.count() == count, "the addend must be as large as the outputs");
  const Tensor y = call.output(shape);
  if (!call.ok()) return;
  const Epilogue epilogue{bias ? bias.data() : nullptr, addend ? addend.data() : nullptr, relu};
  kWinograd->convolve(of, x.data(), filter.data(), turned, epilogue, y.data());
}

// ---- WinogradFilterGradient(x, dy) ----

void* NewFilterGradient(TF_OpKernelConstruction* construction) { return new Attributes{Integer(construction, "padding")}; }

void ComputeFilterGradient(void* kernel, TF_OpKernelContext* context) {
  Call call(context);
  const Tensor x = call.input(0), dy = call.input(1);
  call.Require(call.ok() && dy.rank() == 4, "the gradient must be [images, rows, columns, channels]");
  if (!call.ok()) return;
  const int outputs = dy.size(3);
  const Convolution of = SizesOf(call, x, static_cast<const Attributes*>(kernel)->padding, outputs);
  if (!call.ok()) return;
  call.Require(dy.size(0) == of.images && dy.size(1) == of.out_rows && dy.size(2) == of.out_columns, "the gradient must be of the shape of the outputs");
  const Tensor gradient = call.output({3, 3, of.inputs, outputs});
  if (!call.ok()) return;
  kWinograd->filter_gradient(of, x.data(), dy.data(), gradient.data());
}

// ---- registration ----

void UnknownShape(TF_ShapeInferenceContext* context, TF_Status* status) { TF_ShapeInferenceContextSetUnknownShape(context, status); }

void Define(const char* name, const std::vector<const char*>& inputs, const std::vector<const char*>& attributes) {
  TF_OpDefinitionBuilder* builder = TF_NewOpDefinitionBuilder(name);
  for (const char* input : inputs) TF_OpDefinitionBuilderAddInput(builder, input);
  for (const char* attribute : attributes) TF_OpDefinitionBuilderAddAttr(builder, attribute);
  TF_OpDefinitionBuilderAddOutput(builder, "result: float");
  TF_OpDefinitionBuilderSetShapeInferenceFunction(builder, UnknownShape);
  TF_Status* status = TF_NewStatus();
  TF_RegisterOpDefinition(builder, status);
  TF_DeleteStatus(status);
}

void Implement(const char* name, void* (*create)(TF_OpKernelConstruction*), void (*compute)(void*, TF_OpKernelContext*)) {
  TF_Status* status = TF_NewStatus();
  TF_RegisterKernelBuilder(name, TF_NewKernelBuilder(name, "CPU", create, compute, DeleteAttributes), status);
  TF_DeleteStatus(status);
}

const bool kRegistered = [] {
  if (kWinograd == nullptr) return false;
  Define("WinogradConvolution", {"x: float", "filter: float", "rest: num_rest * float"},
         {"num_rest: int >= 0", "padding: int", "turned: bool", "relu: bool"});
  Implement("WinogradConvolution", NewConvolution, ComputeConvolution);
  Define("WinogradFilterGradient", {"x: float", "dy: float"}, {"padding: int"});
  Implement("WinogradFilterGradient", NewFilterGradient, ComputeFilterGradient);
  return true;
}();

}  // namespace
}  // namespace smoothcert

#endif
