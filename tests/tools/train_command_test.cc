// The promise of lockstep through its command line: the same bits for any number of ranks.
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "tests/testing/command.h"

namespace lockstep {
namespace {

// Dropout, and 230 samples in batches of 64: the last batch has 38.
constexpr const char* kConfig = R"(
name: "uneven"
seed: 7
data { synthetic { shape: 20 classes: 3 samples: 250 } validation { first: 20 } }
model {
  layer { dense { units: 16 activation: RELU } }
  layer { dropout { rate: 0.3 } }
  layer { dense { units: 3 activation: SOFTMAX } }
}
loss: CATEGORICAL_CROSSENTROPY
metric: ACCURACY
optimizer { adam { learning_rate: 0.01 } }
training { batch_size: 64 epochs: 3 microbatches: 8 }
)";

class TrainCommand : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = testing::TempDir() + "/" +
              testing::UnitTest::GetInstance()->current_test_info()->name();
    ASSERT_EQ(RunCommand("rm -rf " + folder_ + " && mkdir -p " + folder_).exit_code, 0);
    config_ = folder_ + "/uneven.textproto";
    std::ofstream(config_) << kConfig;
  }

  // Trains into a new run folder; the hash of all weights, or what was said instead.
  std::string HashOf(const std::string& launcher, const std::string& flags) {
    const std::string run = folder_ + "/run" + std::to_string(runs_++);
    const CommandResult result =
        RunCommand("TMPDIR=/tmp " + launcher + RunfilePath("tools/lockstep") + " train " + config_ +
                   " --run-dir " + run + " " + flags);
    const size_t at = result.output.find("weights_hash ");
    if (result.exit_code != 0 || at == std::string::npos) return "failed: " + result.output;
    return result.output.substr(at + 13, 16);
  }

  std::string folder_, config_;
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
