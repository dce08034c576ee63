// Why signals are kept away from computations, and how. On processors without AVX-512, oneDNN's products of matrices,
// which TensorFlow and OpenVINO use, move the stack pointer into memory of the heap while they run; the frame of a
// signal's handler then overwrites what lies below. A terminal that is resized, a child that ends or Ctrl-C would now
// and then end the process, or change numbers. So no thread that computes takes signals: a signal goes to another
// thread, or waits for the computation's end.
#pragma once

#include <csignal>
#include <initializer_list>

namespace smoothcert {

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

}  // namespace smoothcert
