#include "core/base/clock.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <thread>

namespace lockstep {
namespace {

TEST(Clock, TicksTimesTheirScaleAreNanoseconds) {
  const TickScale scale;
  double best = 1;  // of several tries: the thread may be interrupted between two readings
  for (int i = 0; i < 50 && best > 0.01; ++i) {
    const int64_t start_ns = NowNs(), start_ticks = NowTicks();
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    const double ticks = static_cast<double>(NowTicks() - start_ticks);
    const double ns = static_cast<double>(NowNs() - start_ns);
    best = std::min(best, std::abs(ticks * scale.NsPerTick() / ns - 1));
  }
  EXPECT_LE(best, 0.01);
}

}  // namespace
}  // namespace lockstep
