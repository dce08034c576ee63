#include "parallel.h"

#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <thread>

namespace smoothcert {
namespace {

// Loops often follow each other within microseconds, and waking a thread takes tens of them: so waiting starts with
// looking so many times, while others may run.
constexpr int kLooks = 100;

template <typename Condition>
bool SoonTrue(const Condition& condition) {
  for (int i = 0; i < kLooks; i++) {
    if (condition()) return true;
    std::this_thread::yield();
  }
  return false;
}

class Pool {
 public:
  explicit Pool(int threads) : helpers_(threads - 1) {
    for (int i = 0; i < helpers_; i++) std::thread([this] { Help(); }).detach();
  }

  void Run(int count, const std::function<void(int)>& task) {
    const std::unique_lock<std::mutex> owner(in_use_, std::try_to_lock);
    if (!owner || helpers_ == 0 || count < 2) {
      for (int i = 0; i < count; i++) task(i);
      return;
    }
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      task_ = &task;
      count_ = count;
      next_ = 0;
      busy_ = helpers_;
      loop_++;
    }
    begun_.notify_all();
    Work();
    if (SoonTrue([this] { return busy_ == 0; })) return;
    std::unique_lock<std::mutex> lock(mutex_);
    ended_.wait(lock, [this] { return busy_ == 0; });
  }

 private:
  void Work() {
    for (int i; (i = next_++) < count_;) (*task_)(i);
  }

  void Help() {
    long done = 0;
    for (;;) {
      SoonTrue([&] { return loop_ != done; });
      std::unique_lock<std::mutex> lock(mutex_);
      begun_.wait(lock, [&] { return loop_ != done; });
      done = loop_;
      lock.unlock();
      Work();
      lock.lock();
      if (--busy_ == 0) ended_.notify_one();
    }
  }

  const int helpers_;
  std::mutex in_use_;
  std::mutex mutex_;
  std::condition_variable begun_, ended_;
  const std::function<void(int)>* task_ = nullptr;
  int count_ = 0;
  std::atomic<int> next_{0};
  std::atomic<int> busy_{0};
  std::atomic<long> loop_{0};
};

int Threads() {
  const char* asked = std::getenv("TF_NUM_INTRAOP_THREADS");
  const int number = asked == nullptr ? 0 : std::atoi(asked);
  if (number > 0) return number;
  const int cores = static_cast<int>(std::thread::hardware_concurrency());
  return cores > 0 ? cores : 1;
}

}  // namespace

void ParallelFor(int count, const std::function<void(int)>& task) {
  // Never destroyed: its threads wait in it while the process ends.
  static Pool* const pool = new Pool(Threads());
  pool->Run(count, task);
}

}  // namespace smoothcert
