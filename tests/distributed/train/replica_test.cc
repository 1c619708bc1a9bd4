#include "distributed/train/replica.h"

#include <gtest/gtest.h>

#include "core/io/weights_file.h"
#include "core/params/weights_hash.h"
#include "tests/distributed/train/small_run.h"

namespace lockstep {
namespace {

Replica Make(const Config& config) {
  StatusOr<Replica> replica = MakeReplica(config, SmallData(config).train.format, 4);
  EXPECT_TRUE(replica.ok()) << replica.status();
  return *std::move(replica);
}

uint64_t HashOf(const Replica& replica) {
  return WeightsHash(replica.graph->layout(), replica.weights.data());
}

TEST(Replica, TheSeedAloneMakesTheWeights) {
  EXPECT_EQ(HashOf(Make(SmallConfig())), HashOf(Make(SmallConfig())));
  EXPECT_NE(HashOf(Make(SmallConfig())), HashOf(Make(SmallConfig("seed: 6"))));
}

TEST(Replica, WeightsOfAFileReplaceTheSeeds) {
  const Replica of_seed = Make(SmallConfig());
  const std::string path = testing::TempDir() + "/weights.npz";
  ASSERT_TRUE(WriteWeights(path, WeightsFormat::kNpz, of_seed.graph->layout(),
                           of_seed.weights.data())
                  .ok());
  const Replica of_file =
      Make(SmallConfig("seed: 6 training { initial_weights: \"" + path + "\" }"));
  EXPECT_EQ(HashOf(of_file), HashOf(of_seed));
}

TEST(Replica, AnAbsentFileOfWeightsIsNamed) {
  const Config config =
      SmallConfig("training { initial_weights: \"" + testing::TempDir() + "/absent.npz\" }");
  const Status status = MakeReplica(config, SmallData(config).train.format, 4).status();
  EXPECT_EQ(ExitCodeOf(status), ExitCode::kMissingInput);
  EXPECT_NE(status.message().find("absent.npz"), absl::string_view::npos) << status;
}

TEST(Replica, AModelThatDoesNotFitTheSamplesIsRefused) {
  const Config config = SmallConfig("model { layer { dense { units: 4 activation: SOFTMAX } } }");
  const Status status = MakeReplica(config, SmallData(config).train.format, 4).status();
  EXPECT_EQ(ExitCodeOf(status), ExitCode::kUsage) << status;
}

TEST(Microbatches, AreTheConfigsOrOnePerRankAndNoMoreThanSamples) {
  Config config = SmallConfig();  // a batch of 16 in 8
  EXPECT_EQ(MicrobatchCount(config, 3, 16), 8);
  EXPECT_EQ(MicrobatchCount(config, 3, 5), 5);
  EXPECT_EQ(MicrobatchRows(config, 3), 2);
  config.mutable_training()->set_microbatches(5);
  EXPECT_EQ(MicrobatchRows(config, 1), 4);  // 4 3 3 3 3
  config.mutable_training()->clear_microbatches();
  EXPECT_EQ(MicrobatchCount(config, 3, 16), 3);
  EXPECT_EQ(MicrobatchCount(config, 3, 2), 2);
  EXPECT_EQ(MicrobatchRows(config, 3), 6);
}

}  // namespace
}  // namespace lockstep
