// How a rank waits that has to look again and again.
#ifndef LOCKSTEP_DISTRIBUTED_COMM_PAUSE_H_
#define LOCKSTEP_DISTRIBUTED_COMM_PAUSE_H_

#include <chrono>
#include <cstdint>
#include <thread>

namespace lockstep {

// Below this a rank looks without a pause; above, it first gives up its core between looks.
inline constexpr int64_t kYieldAfterNs = 50'000;
// Then it sleeps this long.
inline constexpr auto kLookInterval = std::chrono::microseconds(50);

// The pause between two looks of a rank that has waited for `waited_ns`.
inline void PauseBetweenLooks(int64_t waited_ns) {
  constexpr int64_t kSleepAfterNs = 20'000'000;
  if (waited_ns > kSleepAfterNs) {
    std::this_thread::sleep_for(kLookInterval);
  } else if (waited_ns > kYieldAfterNs) {
    std::this_thread::yield();
  }
}

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_COMM_PAUSE_H_
