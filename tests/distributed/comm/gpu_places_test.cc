#include "distributed/comm/gpu_places.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/testing/thread_ranks.h"

namespace lockstep {
namespace {

TEST(ChooseGpuRanks, TakesAllGpusUnlessTheBatchHasLess) {
  EXPECT_EQ(*ChooseGpuRanks(0, 8, 32, false), 8);
  EXPECT_EQ(*ChooseGpuRanks(0, 8, 4, false), 4);
  EXPECT_EQ(*ChooseGpuRanks(2, 8, 32, false), 2);
}

TEST(ChooseGpuRanks, MoreRanksThanGpusAreAnErrorUnlessTheyMayShare) {
  const Status status = ChooseGpuRanks(3, 1, 32, false).status();
  EXPECT_EQ(ExitCodeOf(status), ExitCode::kUsage);
  EXPECT_EQ(status.message(),
            "3 ranks, but this machine shows 1 GPU: use at most that many ranks, or "
            "--oversubscribe, by which ranks share GPUs and reduce through the host");
  EXPECT_EQ(*ChooseGpuRanks(3, 1, 32, true), 3);
}

TEST(GpuOfLocalRank, IsItsOwnWhileThereAreEnough) {
  for (int rank = 0; rank < 8; ++rank) {
    EXPECT_EQ(GpuOfLocalRank(rank, 8), rank);
    EXPECT_EQ(GpuOfLocalRank(rank, 3), rank % 3);
    EXPECT_EQ(GpuOfLocalRank(rank, 1), 0);  // also where each process is shown one of its own
  }
}

TEST(ChooseReducePath, OneEachReduceByNccl) {
  const std::vector<std::string> own = {"GPU-a", "GPU-b", "GPU-c"};
  EXPECT_EQ(*ChooseReducePath(own, false), ReducePath::kNccl);
  EXPECT_EQ(*ChooseReducePath(own, true), ReducePath::kNccl);
}

TEST(ChooseReducePath, OneRankAloneNeedsNoNccl) {
  EXPECT_EQ(*ChooseReducePath(std::vector<std::string>{"GPU-a"}, false), ReducePath::kHost);
}

TEST(ChooseReducePath, SharedOnesReduceThroughTheHostOrAreAnErrorThatNamesTwoRanks) {
  const std::vector<std::string> shared = {"GPU-a", "GPU-b", "GPU-a", "GPU-b"};
  EXPECT_EQ(*ChooseReducePath(shared, true), ReducePath::kHost);
  const Status status = ChooseReducePath(shared, false).status();
  EXPECT_EQ(ExitCodeOf(status), ExitCode::kUsage);
  EXPECT_EQ(status.message(),
            "4 ranks have 2 GPUs: ranks 0 and 2 share GPU-a; start one rank per GPU, or use "
            "--oversubscribe, by which ranks share GPUs and reduce through the host");
}

// One host whose ranks share is enough for all to leave NCCL.
TEST(AgreeOnReducePath, IsTheSameOnEveryRank) {
  OnThreadRanks(4, {}, [](Communicator* communicator) {
    const std::string mine = "GPU-" + std::to_string(std::min(communicator->rank(), 2));
    EXPECT_EQ(*AgreeOnReducePath(communicator, mine, true), ReducePath::kHost);
    EXPECT_EQ(ExitCodeOf(AgreeOnReducePath(communicator, mine, false).status()),
              ExitCode::kUsage);
    StatusOr<std::string> none = mine;
    if (communicator->rank() == 3) none = DeviceError("the NVIDIA driver shows no GPU");
    const Status status = AgreeOnReducePath(communicator, none, true).status();
    EXPECT_EQ(ExitCodeOf(status), ExitCode::kDeviceError);
    EXPECT_EQ(status.message(), "rank 3: the NVIDIA driver shows no GPU");
  });
}

}  // namespace
}  // namespace lockstep
