// The recurrence of a long short-term memory over all time steps, and its gradient. What the inputs add to the gates is
// given for all steps at once, and so is given back what the weights' gradients are made of, since TensorFlow computes
// these products of large matrices. Gates come in the order input, forget, candidate, output.
//
// Values don't depend on the number of threads, nor a sequence's on the others of its batch.
#pragma once

namespace smoothcert {

//   (i, f, g, o) = from_x[t] + h[t - 1] recurrent + bias, through the sigmoid or, for g, the hyperbolic tangent
//   c[t] = f c[t - 1] + i g
//   h[t] = o tanh(c[t])
struct Lstm {
  int time;
  int batch;
  int units;
};

// from_x and gates are [time][batch][4][units], recurrent [units][4][units], bias [4][units], h and c (before the first
// step) [batch][units], hs and cs [time][batch][units].
struct LstmForward {
  const float *from_x, *h, *c, *recurrent, *bias;
  float *hs, *cs, *gates;
};

struct LstmBackward {
  const float *d_hs, *d_cs, *gates, *cs, *c, *recurrent;
  float *d_from_x, *d_h, *d_c, *d_bias;
};

struct LstmKernels {
  void (*forward)(const Lstm& of, const LstmForward& tensors);
  void (*backward)(const Lstm& of, const LstmBackward& tensors);
};

extern const LstmKernels kLstmAvx2;    // needs AVX2 and FMA
extern const LstmKernels kLstmAvx512;  // needs AVX-512F

}  // namespace smoothcert
