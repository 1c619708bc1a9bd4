// The clocks that all timings use: nanoseconds, and ticks for what is timed many times a step.
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

// Whether the processor's time stamp counter runs at one rate, whatever the cores do.
bool HasSteadyTicks();

// Ticks of the time stamp counter where it is steady, about 5 ns a call; nanoseconds elsewhere.
inline int64_t NowTicks() {
#if defined(__x86_64__)
  static const bool steady = HasSteadyTicks();
  if (steady) [[likely]] return static_cast<int64_t>(__builtin_ia32_rdtsc());
#endif
  return NowNs();
}

// Nanoseconds per tick, measured over the time since it was made. Thread-safe.
class TickScale {
 public:
  double NsPerTick() const {
    const int64_t ticks = NowTicks() - start_ticks_;
    return ticks <= 0 ? 1 : static_cast<double>(NowNs() - start_ns_) / static_cast<double>(ticks);
  }

 private:
  int64_t start_ns_ = NowNs();
  int64_t start_ticks_ = NowTicks();
};

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_BASE_CLOCK_H_
