// Keeps signals away from TensorFlow's operations (no-signals.h says why): none of its threads takes them, nor does its
// caller while an operation runs.
//
// The linker directs the binding's calls here (--wrap).
#include "no-signals.h"
#include "tensorflow/c/eager/c_api.h"

extern "C" {
TFE_Context* __real_TFE_NewContext(const TFE_ContextOptions* options, TF_Status* status);
void __real_TFE_Execute(TFE_Op* op, TFE_TensorHandle** results, int* count, TF_Status* status);

TFE_Context* __wrap_TFE_NewContext(const TFE_ContextOptions* options, TF_Status* status) {
  const smoothcert::NoSignals none;
  return __real_TFE_NewContext(options, status);
}

void __wrap_TFE_Execute(TFE_Op* op, TFE_TensorHandle** results, int* count, TF_Status* status) {
  const smoothcert::NoSignals none;
  __real_TFE_Execute(op, results, count, status);
}
}
