// The recurrence of a long short-term memory as operations of TensorFlow.
#include "operation.h"
#ifdef SMOOTHCERT_OPERATIONS

#include "lstm.h"

namespace smoothcert {
namespace {

const LstmKernels* const kLstm = ForThisProcessor(&kLstmAvx512, &kLstmAvx2);

// Sizes of a layer from its gates [time][batch][4][units], checked, with those of the state and of the weights.
Lstm SizesOf(Call& call, const Tensor& gates, const Tensor& recurrent, const Tensor& c) {
  call.Require(call.ok() && gates.rank() == 4 && gates.size(2) == 4, "the gates must be [time, batch, 4, units]");
  if (!call.ok()) return {};
  const Lstm of{gates.size(0), gates.size(1), gates.size(3)};
  call.Require(gates.count() > 0 && gates.count() < INT32_MAX, "there must be gates, and fewer than 2^31 numbers");
  call.Require(recurrent.count() == static_cast<int64_t>(4) * of.units * of.units,
               "the weights must be [units, 4, units]");
  call.Require(c.count() == static_cast<int64_t>(of.batch) * of.units, "the cells must be [batch, units]");
  return of;
}

std::vector<int64_t> StateShape(const Lstm& of) { return {of.batch, of.units}; }

std::vector<int64_t> StepsShape(const Lstm& of) { return {of.time, of.batch, of.units}; }

// ---- LstmRecurrence(from_x, h, c, recurrent, bias) -> hs, cs, gates ----

void ComputeForward(void*, TF_OpKernelContext* context) {
  Call call(context);
  const Tensor from_x = call.input(0), h = call.input(1), c = call.input(2), recurrent = call.input(3);
  const Tensor bias = call.input(4);
  const Lstm of = SizesOf(call, from_x, recurrent, c);
  call.Require(call.ok() && h.count() == c.count(), "the outputs must be [batch, units]");
  call.Require(call.ok() && bias.count() == static_cast<int64_t>(4) * of.units, "the bias must be [4, units]");
  if (!call.ok()) return;
  const Tensor hs = call.output(0, StepsShape(of)), cs = call.output(1, StepsShape(of));
  const Tensor gates = call.output(2, from_x.shape());
  if (!call.ok()) return;
  kLstm->forward(of, {from_x.data(), h.data(), c.data(), recurrent.data(), bias.data(), hs.data(), cs.data(),
                      gates.data()});
}

// ---- LstmRecurrenceGradient(d_hs, d_cs, gates, cs, c, recurrent) -> d_from_x, d_h, d_c, d_bias ----

void ComputeBackward(void*, TF_OpKernelContext* context) {
  Call call(context);
  const Tensor d_hs = call.input(0), d_cs = call.input(1), gates = call.input(2), cs = call.input(3);
  const Tensor c = call.input(4), recurrent = call.input(5);
  const Lstm of = SizesOf(call, gates, recurrent, c);
  for (const Tensor* each : {&d_hs, &d_cs, &cs}) {
    call.Require(call.ok() && 4 * each->count() == gates.count(), "what a step gives must be [time, batch, units]");
  }
  if (!call.ok()) return;
  const Tensor d_from_x = call.output(0, gates.shape());
  const Tensor d_h = call.output(1, StateShape(of)), d_c = call.output(2, StateShape(of));
  const Tensor d_bias = call.output(3, {static_cast<int64_t>(4) * of.units});
  if (!call.ok()) return;
  kLstm->backward(of, {d_hs.data(), d_cs.data(), gates.data(), cs.data(), c.data(), recurrent.data(), d_from_x.data(),
                       d_h.data(), d_c.data(), d_bias.data()});
}

const bool kRegistered = [] {
  if (kLstm == nullptr) return false;
  Define("LstmRecurrence", {"from_x: float", "h: float", "c: float", "recurrent: float", "bias: float"},
         {"hs: float", "cs: float", "gates: float"}, {});
  Implement("LstmRecurrence", ComputeForward);
  Define("LstmRecurrenceGradient",
         {"d_hs: float", "d_cs: float", "gates: float", "cs: float", "c: float", "recurrent: float"},
         {"d_from_x: float", "d_h: float", "d_c: float", "d_bias: float"}, {});
  Implement("LstmRecurrenceGradient", ComputeBackward);
  return true;
}();

}  // namespace
}  // namespace smoothcert

#endif
