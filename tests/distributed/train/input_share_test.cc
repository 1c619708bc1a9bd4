#include "distributed/train/input_share.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "distributed/comm/local_communicator.h"

namespace lockstep {
namespace {

TEST(InputShare, InputIsNamedOnlyWhereItIsTheLimit) {
  EXPECT_EQ(InputVerdict(0.43, 2, true),
            "input-bound: 43 % of a step waits for pictures; raise data.decode_threads (2)");
  EXPECT_EQ(InputVerdict(0.43, 2, false),
            "input-bound: 43 % of a step waits for pictures; use smaller files or more cores");
  EXPECT_EQ(InputVerdict(0.09, 2, true), "");
  EXPECT_EQ(InputVerdict(0.9, 0, true), "") << "nothing is decoded";
}

TEST(InputShare, AVerdictFitsIntoALine) {
  for (const bool idle_cores : {false, true}) {
    EXPECT_LE(InputVerdict(1, 256, idle_cores).size(), 80u);
  }
}

TEST(InputShare, ThreadsAreThoseAskedForOrTheCoresThatRanksLeave) {
  const auto one = MakeLocalCommunicators(1), many = MakeLocalCommunicators(64);
  EXPECT_EQ(DecodeThreads(7, *one[0]), 7);
  const int cores = static_cast<int>(std::thread::hardware_concurrency());
  EXPECT_EQ(DecodeThreads(0, *one[0]), std::max(cores - 1, 1));
  EXPECT_GE(DecodeThreads(0, *many[3]), 1);
  EXPECT_FALSE(HasIdleCores(cores, *one[0]));
  EXPECT_EQ(HasIdleCores(0, *one[0]), cores > 1);
}

}  // namespace
}  // namespace lockstep
