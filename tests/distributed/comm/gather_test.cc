#include "distributed/comm/gather.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/testing/thread_ranks.h"

namespace lockstep {
namespace {

TEST(GatherOrFirstError, BringsWhatEveryRankGaveEmptyTextsToo) {
  OnThreadRanks(3, {}, [](Communicator* communicator) {
    const auto all = GatherOrFirstError(
        communicator, std::string(static_cast<size_t>(communicator->rank()), 'x'));
    ASSERT_TRUE(all.ok()) << all.status();
    EXPECT_EQ(*all, (std::vector<std::string>{"", "x", "xx"}));
  });
}

TEST(GatherOrFirstError, TellsEveryRankTheFirstErrorAndBreaksNothing) {
  OnThreadRanks(4, {}, [](Communicator* communicator) {
    StatusOr<std::string> mine = std::string("fine");
    if (communicator->rank() == 1) mine = DeviceError("no GPU");
    if (communicator->rank() == 3) mine = UsageError("no flag");
    const Status status = GatherOrFirstError(communicator, mine).status();
    EXPECT_EQ(ExitCodeOf(status), ExitCode::kDeviceError);
    EXPECT_EQ(status.message(), "rank 1: no GPU");
    EXPECT_TRUE(communicator->Barrier().ok());
  });
}

}  // namespace
}  // namespace lockstep
