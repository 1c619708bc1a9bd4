#include "distributed/train/decode_threads.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "distributed/comm/local_communicator.h"

namespace lockstep {
namespace {

TEST(DecodeThreads, AreThoseAskedForOrTheCoresThatRanksLeave) {
  const auto one = MakeLocalCommunicators(1), many = MakeLocalCommunicators(64);
  EXPECT_EQ(DecodeThreads(7, *one[0]), 7);
  const int cores = static_cast<int>(std::thread::hardware_concurrency());
  EXPECT_EQ(DecodeThreads(0, *one[0]), std::max(cores - 1, 1));
  EXPECT_GE(DecodeThreads(0, *many[3]), 1);
}

}  // namespace
}  // namespace lockstep
