// What our own operations of TensorFlow on CPUs are made with. They are registered when the binding is loaded, in
// addition to TensorFlow's: where one is missing, because the processor or TensorFlow's headers lack what it needs,
// callers take TensorFlow's own.
#pragma once

#if __has_include("tensorflow/c/kernels.h") && __has_include("tensorflow/c/ops.h") && \
    __has_include("tsl/platform/platform.h") && \
    __has_include("tensorflow/core/common_runtime/next_pluggable_device/c/tf_rendezvous_c_api.h")
#define SMOOTHCERT_OPERATIONS 1

#include <cstdint>
#include <cstdlib>
#include <vector>

#include "tensorflow/c/c_api.h"
#include "tensorflow/c/kernels.h"
#include "tensorflow/c/ops.h"

namespace smoothcert {

// A tensor of a kernel, given back at the end.
class Tensor {
 public:
  explicit Tensor(TF_Tensor* tensor) : tensor_(tensor) {}
  Tensor(const Tensor&) = delete;
  ~Tensor() {
    if (tensor_ != nullptr) TF_DeleteTensor(tensor_);
  }
  float* data() const { return static_cast<float*>(TF_TensorData(tensor_)); }
  const int32_t* integers() const { return static_cast<const int32_t*>(TF_TensorData(tensor_)); }
  int size(int axis) const { return static_cast<int>(TF_Dim(tensor_, axis)); }
  int rank() const { return TF_NumDims(tensor_); }
  int64_t count() const { return TF_TensorElementCount(tensor_); }
  std::vector<int64_t> shape() const {
    std::vector<int64_t> sizes(rank());
    for (int axis = 0; axis < rank(); axis++) sizes[axis] = TF_Dim(tensor_, axis);
    return sizes;
  }
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

  Tensor output(int place, const std::vector<int64_t>& shape) {
    size_t bytes = sizeof(float);
    for (const int64_t size : shape) bytes *= size;
    return Tensor(ok() ? TF_AllocateOutput(context_, place, TF_FLOAT, shape.data(), shape.size(), bytes, status_)
                       : nullptr);
  }

  void Require(bool holds, const char* what) {
    if (ok() && !holds) TF_SetStatus(status_, TF_INVALID_ARGUMENT, what);
  }

 private:
  TF_OpKernelContext* const context_;
  TF_Status* const status_;
};

// An attribute of an operation, by TensorFlow's reader for its type.
template <typename Value>
Value Attribute(TF_OpKernelConstruction* construction, const char* name,
                void (*read)(TF_OpKernelConstruction*, const char*, Value*, TF_Status*)) {
  TF_Status* status = TF_NewStatus();
  Value value{};
  read(construction, name, &value, status);
  if (TF_GetCode(status) != TF_OK) TF_OpKernelConstruction_Failure(construction, status);
  TF_DeleteStatus(status);
  return value;
}

inline int Integer(TF_OpKernelConstruction* construction, const char* name) {
  return Attribute(construction, name, TF_OpKernelConstruction_GetAttrInt32);
}

inline bool IsTrue(TF_OpKernelConstruction* construction, const char* name) {
  return Attribute(construction, name, TF_OpKernelConstruction_GetAttrBool) != 0;
}

inline float Float(TF_OpKernelConstruction* construction, const char* name) {
  return Attribute(construction, name, TF_OpKernelConstruction_GetAttrFloat);
}

// ---- registration ----

// The build of some code that this processor can run, or null. SMOOTHCERT_NO_AVX512 in the environment leaves AVX-512
// alone, for tests of the other build.
template <typename Kernels>
const Kernels* ForThisProcessor(const Kernels* avx512, const Kernels* avx2) {
  if (__builtin_cpu_supports("avx512f") && std::getenv("SMOOTHCERT_NO_AVX512") == nullptr) return avx512;
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? avx2 : nullptr;
}

inline void UnknownShape(TF_ShapeInferenceContext* context, TF_Status* status) {
  TF_ShapeInferenceContextSetUnknownShape(context, status);
}

// Makes an operation known, from what it takes and gives in TensorFlow's notation, as "x: float".
inline void Define(const char* name, const std::vector<const char*>& inputs, const std::vector<const char*>& outputs,
                   const std::vector<const char*>& attributes) {
  TF_OpDefinitionBuilder* builder = TF_NewOpDefinitionBuilder(name);
  for (const char* input : inputs) TF_OpDefinitionBuilderAddInput(builder, input);
  for (const char* attribute : attributes) TF_OpDefinitionBuilderAddAttr(builder, attribute);
  for (const char* output : outputs) TF_OpDefinitionBuilderAddOutput(builder, output);
  TF_OpDefinitionBuilderSetShapeInferenceFunction(builder, UnknownShape);
  TF_Status* status = TF_NewStatus();
  TF_RegisterOpDefinition(builder, status);
  TF_DeleteStatus(status);
}

// Says how it is computed: `create` makes the kernel of an operation with its attributes, or is null.
inline void Implement(const char* name, void (*compute)(void*, TF_OpKernelContext*),
                      void* (*create)(TF_OpKernelConstruction*) = nullptr, void (*remove)(void*) = nullptr) {
  TF_Status* status = TF_NewStatus();
  TF_RegisterKernelBuilder(name, TF_NewKernelBuilder(name, "CPU", create, compute, remove), status);
  TF_DeleteStatus(status);
}

}  // namespace smoothcert

#endif
