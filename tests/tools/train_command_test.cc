// The promise of lockstep through its command line: the same bits for any number of ranks.
#include <gtest/gtest.h>

#include <string>

#include "tests/testing/command.h"
#include "tests/tools/lockstep_run.h"

namespace lockstep {
namespace {

class TrainCommand : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = FreshFolder();
    WriteText(folder_ + "/small.textproto", kSmallConfig);
  }

  // Trains into a new run folder; the hash of all weights, or what was said instead.
  std::string HashOf(const std::string& launcher, const std::string& flags) {
    const std::string run = folder_ + "/run" + std::to_string(runs_++);
    return WeightsHashOf(RunLockstep(
        "train " + folder_ + "/small.textproto --run-dir " + run + " " + flags, launcher));
  }

  std::string folder_;
  int runs_ = 0;
};

TEST_F(TrainCommand, WeightsAreTheSameBitsForAnyNumberOfThreadRanks) {
  const std::string expected = HashOf("", "--ranks 1");
  ASSERT_EQ(expected.size(), 16u) << expected;
  for (const int ranks : {1, 2, 3, 4, 5, 8}) {
    EXPECT_EQ(HashOf("", "--ranks " + std::to_string(ranks)), expected) << ranks << " ranks";
  }
  EXPECT_NE(HashOf("", "--ranks 2 --set 'seed: 8'"), expected);
}

TEST_F(TrainCommand, WeightsAreTheSameBitsForAnyNumberOfMpiRanks) {
  if (!HasMpirun()) GTEST_SKIP() << "NOT TESTED: mpirun is not installed";
  const std::string expected = HashOf("", "--ranks 1");
  for (const int ranks : {1, 2, 3, 4, 5, 8}) {
    EXPECT_EQ(HashOf(MpirunCommand(ranks), ""), expected) << ranks << " ranks";
  }
}

TEST_F(TrainCommand, ABatchSmallerThanTheRanksKeepsThePromise) {
  const std::string set = "--set 'training { batch_size: 3 steps: 40 }' ";
  const std::string expected = HashOf("", set + "--ranks 1");
  ASSERT_EQ(expected.size(), 16u) << expected;
  for (const int ranks : {2, 5, 8}) {
    EXPECT_EQ(HashOf("", set + "--ranks " + std::to_string(ranks)), expected) << ranks << " ranks";
  }
}

TEST_F(TrainCommand, EveryOptimizerKeepsThePromise) {
  for (const char* optimizer :
       {"optimizer { sgd { learning_rate: 0.1 momentum: 0.9 nesterov: true } }",
        "optimizer { rmsprop { learning_rate: 0.01 } }",
        "optimizer { adamw { learning_rate: 0.01 } clip_global_norm: 0.5 }"}) {
    const std::string set = std::string("--set '") + optimizer + "' ";
    const std::string expected = HashOf("", set + "--ranks 1");
    ASSERT_EQ(expected.size(), 16u) << expected;
    EXPECT_EQ(HashOf("", set + "--ranks 3"), expected) << optimizer;
  }
}

}  // namespace
}  // namespace lockstep
