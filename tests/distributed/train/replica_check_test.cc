#include "distributed/train/replica_check.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/testing/thread_ranks.h"

namespace lockstep {
namespace {

TEST(ReplicaCheck, EqualFactsPass) {
  OnThreadRanks(3, {}, [](Communicator* communicator) {
    EXPECT_TRUE(CheckReplicasAtStart(communicator, {{"config", "seed: 1\n"}}).ok());
  });
}

TEST(ReplicaCheck, TheOddRankAndItsFirstDifferentLineAreNamed) {
  OnThreadRanks(4, {}, [](Communicator* communicator) {
    const std::string seed = communicator->rank() == 2 ? "seed: 7" : "seed: 1";
    const Status status = CheckReplicasAtStart(
        communicator, {{"versions", "1"}, {"config", "name: \"a\"\n" + seed + "\n"}});
    EXPECT_EQ(ExitCodeOf(status), ExitCode::kMismatch);
    EXPECT_EQ(
        std::string(status.message()).substr(0, 84),
        "all ranks must have the same config: rank 2 has 'seed: 7' where rank 0 has 'seed: 1'");
  });
}

TEST(ReplicaCheck, AMissingLineIsADifference) {
  OnThreadRanks(2, {}, [](Communicator* communicator) {
    const Status status = CheckReplicasAtStart(
        communicator, {{"config", communicator->rank() == 0 ? "a\n" : "a\nb\n"}});
    EXPECT_NE(status.message().find("rank 1 has 'b' where rank 0 has '(end)'"),
              absl::string_view::npos)
        << status;
  });
}

TEST(ReplicaCheck, RanksWithOtherWeightsAreNamed) {
  OnThreadRanks(5, {}, [](Communicator* communicator) {
    const uint64_t hash = communicator->rank() < 2 ? 1 : 2;
    const Status status = CheckWeightsAgree(communicator, hash, 17);
    EXPECT_EQ(ExitCodeOf(status), ExitCode::kReplicasDiffer);
    EXPECT_EQ(std::string(status.message()).substr(0, 44),
              "after step 17 the weights of ranks 0, 1 have");
  });
}

}  // namespace
}  // namespace lockstep
