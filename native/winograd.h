// Convolutions with filters of 3x3 and stride 1 in a quarter of the multiplications: F(4x4, 3x3) of Lavin and Gray,
// "Fast Algorithms for Convolutional Neural Networks" (arXiv 1509.09308), section 4.3. Tiles of 6x6 inputs and of
// filters are transformed, multiplied point by point, summed over the channels by 36 matrix products, and transformed
// to tiles of 4x4 outputs.
//
// The sums of an output are taken in an order that depends on the sizes alone: not on the number of images, nor on
// threads. So an image has the same outputs, bit for bit, in whatever batch. They differ from those of a direct
// convolution by rounding, some 1e-5 of their size.
#pragma once

namespace smoothcert {

// Images are [images][rows][columns][channels], filters [3][3][inputs][outputs]; channels are multiples of 16.
struct Convolution {
  int images;
  int in_rows, in_columns, inputs;
  int out_rows, out_columns, outputs;
  // Rows and columns of zeros around an image: out_rows = in_rows + 2 padding - 2.
  int padding;
};

// What follows the sum: relu(sum + bias + addend).
struct Epilogue {
  const float* bias;    // [outputs], or null
  const float* addend;  // of the shape of the outputs, or null
  bool relu;
};

// The weights of a residual block: relu(x + bias 1 + filter 1 * relu(bias 0 + filter 0 * x)).
struct ResidualBlock {
  const float* filters[2];
  const float* biases[2];
};

// One of two builds of the code in winograd.cc, by what the processor can do.
struct Winograd {
  // With `turned` the filters are [3][3][outputs][inputs] and turned by half a turn: the gradient for the images of the
  // convolution with these filters.
  void (*convolve)(const Convolution& of, const float* x, const float* filter, bool turned, const Epilogue& epilogue,
                   float* y);
  // Residual blocks one after the other, of as many outputs as inputs and padding 1. Each thread takes a few images at
  // a time through all of them, so that what lies between need not go through memory. The outputs are those of
  // `convolve`, bit for bit.
  void (*convolve_blocks)(const Convolution& of, const ResidualBlock* blocks, int count, const float* x, float* y);
  // The gradient for the filters, of the gradient dy for the outputs.
  void (*filter_gradient)(const Convolution& of, const float* x, const float* dy, float* gradient);
};

extern const Winograd kWinogradAvx2;    // needs AVX2 and FMA
extern const Winograd kWinogradAvx512;  // needs AVX-512F

}  // namespace smoothcert
