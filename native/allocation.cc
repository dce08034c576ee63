// Keeps memory that one step frees for the next. The C library would give tens of megabytes back to the system after
// each step, which clears every page that it hands out again: 3 to 10 % of a step's processor time.
#include <cstdlib>

#if __has_include(<malloc.h>)
#include <malloc.h>
#endif

namespace smoothcert {
namespace {

#ifdef M_TRIM_THRESHOLD
// The largest that the library takes.
constexpr int kMapped = 32 << 20;
constexpr int kKept = 512 << 20;

// Whoever has set them in the environment keeps what they set.
const bool kSet = [] {
  if (std::getenv("MALLOC_MMAP_THRESHOLD_") == nullptr) mallopt(M_MMAP_THRESHOLD, kMapped);
  if (std::getenv("MALLOC_TRIM_THRESHOLD_") == nullptr) mallopt(M_TRIM_THRESHOLD, kKept);
  return true;
}();
#endif

}  // namespace
}  // namespace smoothcert
