// The monotonic clock that all timings use.
#ifndef LOCKSTEP_CORE_BASE_CLOCK_H_
#define LOCKSTEP_CORE_BASE_CLOCK_H_

#include <chrono>
#include <cstdint>

namespace lockstep {

// Nanoseconds since an arbitrary start; about 20 ns a call.
inline int64_t NowNs() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_BASE_CLOCK_H_
