// Batch normalisation in training, together with the sum and the ReLU that follow it in residual networks, and the
// gradient of all: in two passes over memory each, which is what they wait for.
//
// Sums are taken in an order that depends on the sizes alone, and not on threads.
#pragma once

namespace smoothcert {

// y = relu((x - mean) inverse scale + offset + addend) with mean, and inverse = 1 / sqrt(variance + epsilon), of each
// channel over all pixels. x is [pixels][channels], channels are a multiple of 16, and variance is the biased one.
struct BatchNorm {
  int pixels;
  int channels;
  float epsilon;
  bool relu;
};

struct BatchNormForward {
  const float *x, *scale, *offset;
  const float* addend;  // or null
  float *y, *mean, *variance, *inverse;
};

struct BatchNormBackward {
  const float *dy, *x, *scale, *offset, *mean, *inverse;
  const float* y;  // of a norm with an addend, else null
  float *dx, *d_scale, *d_offset;
  float* d_addend;  // with y, else null
};

struct BatchNormKernels {
  void (*forward)(const BatchNorm& of, const BatchNormForward& tensors);
  void (*backward)(const BatchNorm& of, const BatchNormBackward& tensors);
};

extern const BatchNormKernels kBatchNormAvx2;    // needs AVX2 and FMA
extern const BatchNormKernels kBatchNormAvx512;  // needs AVX-512F

}  // namespace smoothcert
