#include "tools/launch.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "core/base/status.h"
#include "distributed/comm/communicator.h"

namespace lockstep {
namespace {

// Rank 0 comes out last, and still has its own work to do, such as the last records.
TEST(Launcher, AnErrorThatAllRanksShareAbortsNone) {
  Launcher launcher;
  const Status status = launcher.Run(3, [](Communicator* communicator) {
    LOCKSTEP_RETURN_IF_ERROR(communicator->Barrier());
    if (communicator->rank() > 0) return StoppedError("of another rank");
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    LOCKSTEP_RETURN_IF_ERROR(communicator->Wait());
    return StoppedError("of rank 0");
  });
  EXPECT_EQ(status, StoppedError("of rank 0"));
}

TEST(Launcher, AnErrorOfOneRankAbortsTheOthers) {
  Launcher launcher;
  const Status status = launcher.Run(3, [](Communicator* communicator) {
    return communicator->rank() == 1 ? IoError("disk full") : communicator->Barrier();
  });
  EXPECT_EQ(status, IoError("disk full"));
}

}  // namespace
}  // namespace lockstep
