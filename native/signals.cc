// Keeps signals away from operations. On processors without AVX-512, oneDNN's products of matrices, which TensorFlow
// uses, move the stack pointer into memory of the heap while they run; the frame of a signal's handler then
// overwrites what lies below. A terminal that is resized, a child that ends or Ctrl-C would now and then end the
// process, or change numbers. So none of TensorFlow's threads takes signals, nor does its caller while an operation
// runs: a signal goes to another thread, or waits for the operation's end.
//
// The linker directs the binding's calls here (--wrap).
#include <csignal>
#include <initializer_list>

#include "tensorflow/c/eager/c_api.h"

extern "C" {
TFE_Context* __real_TFE_NewContext(const TFE_ContextOptions* options, TF_Status* status);
void __real_TFE_Execute(TFE_Op* op, TFE_TensorHandle** results, int* count, TF_Status* status);
}

namespace smoothcert {
namespace {

// While it lives, the thread that made it takes no signals but those of its own faults; nor do threads that it starts,
// ever.
class NoSignals {
 public:
  NoSignals() {
    sigset_t blocked;
    sigfillset(&blocked);
    for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS}) sigdelset(&blocked, fault);
    pthread_sigmask(SIG_BLOCK, &blocked, &before_);
  }
  NoSignals(const NoSignals&) = delete;
  ~NoSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_;
};

}  // namespace
}  // namespace smoothcert

extern "C" {

TFE_Context* __wrap_TFE_NewContext(const TFE_ContextOptions* options, TF_Status* status) {
  const smoothcert::NoSignals none;
  return __real_TFE_NewContext(options, status);
}

void __wrap_TFE_Execute(TFE_Op* op, TFE_TensorHandle** results, int* count, TF_Status* status) {
  const smoothcert::NoSignals none;
  __real_TFE_Execute(op, results, count, status);
}

}
