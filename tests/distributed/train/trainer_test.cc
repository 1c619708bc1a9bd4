#include "distributed/train/trainer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/distributed/train/small_run.h"

namespace lockstep {
namespace {

using nlohmann::json;

std::string FreshFolder(const std::string& name) {
  const std::string folder = testing::TempDir() + "/" + name;
  std::filesystem::remove_all(folder);
  return folder;
}

json ParseFile(const std::string& path) {
  std::ifstream file(path);
  return json::parse(file, nullptr, false);
}

// The hash of all ranks' weights, which must be one.
uint64_t HashOf(const Config& config, int ranks, const std::string& folder = "") {
  uint64_t hash = 0;
  for (const auto& outcome : TrainOnThreads(config, ranks, {.folder = folder})) {
    EXPECT_TRUE(outcome.ok()) << outcome.status();
    if (!outcome.ok()) return 0;
    if (hash == 0) hash = outcome->facts.weights_hash;
    EXPECT_EQ(outcome->facts.weights_hash, hash);
  }
  return hash;
}

TEST(Trainer, AnyNumberOfRanksEndsWithTheSameBits) {
  for (const char* more : {
           "", "training { batch_size: 1 epochs: 1 }", "training { batch_size: 13 }", "training { microbatches: 5 }",
           "training { batch_size: 47 }", "optimizer { sgd { momentum: 0.9 } l2: 0.01 }",
           "optimizer { rmsprop {} clip_global_norm: 0.1 }", "training { shuffle: false }"}) {
    const Config config = SmallConfig(more);
    const uint64_t expected = HashOf(config, 1);
    for (const int ranks : {1, 2, 3, 4, 5}) EXPECT_EQ(HashOf(config, ranks), expected) << more;
  }
}

// The small network with batch normalisation behind both of its dense layers' products.
Config NormalizedConfig(const std::string& training = "") {
  const Config small = SmallConfig("training { " + training + " }");
  Config config = small;
  config.clear_model();
  ModelConfig& model = *config.mutable_model();
  model.add_layer()->mutable_batch_normalization()->set_momentum(0.5f);
  *model.add_layer() = small.model().layer(0);
  model.mutable_layer(1)->mutable_dense()->set_activation(LINEAR);
  model.add_layer()->mutable_batch_normalization();
  model.add_layer()->mutable_activation()->set_function(RELU);
  for (int i = 1; i < small.model().layer_size(); ++i) *model.add_layer() = small.model().layer(i);
  return config;
}

TEST(Trainer, MovingStatisticsEndWithTheSameBitsForAnyNumberOfRanks) {
  const uint64_t expected = HashOf(NormalizedConfig(), 1);
  for (const int ranks : {2, 3, 4, 8}) EXPECT_EQ(HashOf(NormalizedConfig(), ranks), expected);
  EXPECT_EQ(HashOf(NormalizedConfig("recompute: ALWAYS"), 3), expected);
  EXPECT_NE(HashOf(NormalizedConfig("microbatches: 7"), 1), expected) << "the statistics' samples";
}

TEST(Trainer, AStepMovesTheStatisticsByTheMeanOverItsBatch) {
  const Config config = NormalizedConfig("steps: 1 shuffle: false");
  const auto outcomes = TrainOnThreads(config, 2);
  ASSERT_TRUE(outcomes[0].ok()) << outcomes[0].status();
  const Replica& replica = outcomes[0]->replica;
  const float* moving =
      replica.weights.data() +
      replica.graph->layout().Find("batch_normalization/moving_mean")->offset_elems;
  const DatasetSplits data = SmallData(config);
  const int64_t features = data.train.format.features();
  for (int64_t k = 0; k < features; ++k) {
    double sum = 0, absolute = 0;
    for (int64_t i = 0; i < 16; ++i) {
      const double x = data.train.dense[static_cast<size_t>(i * features + k)];
      sum += x;
      absolute += std::abs(x);
    }
    // From 0 with momentum 0.5; a sum of 16 in float32.
    EXPECT_NEAR(moving[k], 0.5 * sum / 16, absolute / 16 * 20 * std::ldexp(1.0, -24)) << k;
  }
}

TEST(Trainer, HistoryIsTheSameBitsForAnyNumberOfRanks) {
  json expected;
  for (const int ranks : {1, 2, 3, 5, 8}) {
    const std::string folder = FreshFolder("history");
    HashOf(SmallConfig(), ranks, folder);
    json history = ParseFile(folder + "/history.json");
    history.erase("seconds");
    ASSERT_EQ(history["val_loss"].size(), 3u);
    if (expected.is_null()) expected = history;
    EXPECT_EQ(history, expected) << ranks << " ranks";
  }
}

TEST(Trainer, AnotherSeedTrainsOtherWeights) {
  EXPECT_NE(HashOf(SmallConfig("seed: 6"), 2), HashOf(SmallConfig(), 2));
}

TEST(Trainer, UnsetMicrobatchesAreOnePerRank) {
  Config config = SmallConfig();
  config.mutable_training()->clear_microbatches();
  for (const int ranks : {1, 3}) {
    const auto outcomes = TrainOnThreads(config, ranks);
    ASSERT_TRUE(outcomes[0].ok()) << outcomes[0].status();
    EXPECT_EQ(outcomes[0]->facts.microbatches, ranks);
  }
}

TEST(Trainer, LearnsToTellTheClasses) {
  const std::string folder = FreshFolder("learns");
  HashOf(SmallConfig("training { epochs: 60 }"), 2, folder);
  const json loss = ParseFile(folder + "/history.json")["loss"];
  EXPECT_LT(loss.back().get<double>(), loss.front().get<double>() / 3) << loss;
}

TEST(Trainer, EndsAfterTheStepsAskedFor) {
  const auto outcomes = TrainOnThreads(SmallConfig("training { steps: 4 }"), 2);
  ASSERT_TRUE(outcomes[0].ok()) << outcomes[0].status();
  EXPECT_EQ(outcomes[0]->facts.steps, 4);
  EXPECT_FALSE(outcomes[0]->stopped);
}

TEST(Trainer, AStopRequestEndsAllRanksWithACheckpointThatGoesOnTheSame) {
  for (const Config& config : {SmallConfig(), NormalizedConfig()}) {
    const std::string folder = FreshFolder("stop");
    const std::atomic<bool> stop = true;
    for (const auto& outcome : TrainOnThreads(config, 2, {.folder = folder, .stop = &stop})) {
      ASSERT_TRUE(outcome.ok()) << outcome.status();
      EXPECT_TRUE(outcome->stopped);
      EXPECT_LT(outcome->facts.steps, 9);
    }
    const auto start = ReadNewestCheckpoint(folder + "/checkpoints");
    ASSERT_TRUE(start.ok()) << start.status();
    const auto resumed = TrainOnThreads(config, 3, {.folder = folder, .start = &*start});
    ASSERT_TRUE(resumed[0].ok()) << resumed[0].status();
    EXPECT_EQ(resumed[0]->facts.steps, 9);
    EXPECT_EQ(resumed[0]->facts.weights_hash, HashOf(config, 1));
  }
}

// A crash in the third epoch leaves the checkpoint of the second one's end.
TEST(Trainer, ACheckpointOfAnEpochsEndHoldsNothingOfThatEpoch) {
  const std::string folder = FreshFolder("epoch_end");
  ASSERT_TRUE(TrainOnThreads(SmallConfig(), 1, {.folder = folder, .often = true})[0].ok());
  const json whole = ParseFile(folder + "/history.json");
  const auto start = ReadCheckpoint(folder + "/checkpoints/step-0000000006.ckpt");
  ASSERT_TRUE(start.ok()) << start.status();
  EXPECT_EQ(start->head().epoch_samples(), 0);
  ASSERT_TRUE(TrainOnThreads(SmallConfig(), 1, {.folder = folder, .start = &*start})[0].ok());
  EXPECT_EQ(ParseFile(folder + "/history.json")["loss"], whole["loss"]);
}

// With one step per epoch; the diverging penalty ends it as a crash would.
TEST(Trainer, HistoryHoldsTheEpochsOfEveryCheckpoint) {
  const std::string folder = FreshFolder("history_first");
  const Config config = SmallConfig(
      "training { batch_size: 47 epochs: 100 } optimizer { sgd { learning_rate: 1 } l2: 1000 }");
  const auto outcomes = TrainOnThreads(config, 1, {.folder = folder, .often = true});
  ASSERT_EQ(ExitCodeOf(outcomes[0].status()), ExitCode::kNotFinite) << outcomes[0].status();
  const auto newest = ReadNewestCheckpoint(folder + "/checkpoints");
  ASSERT_TRUE(newest.ok()) << newest.status();
  ASSERT_GT(newest->head().step(), 2);
  EXPECT_GE(ParseFile(folder + "/history.json")["loss"].size(),
            static_cast<size_t>(newest->head().step()));
}

TEST(Trainer, AStopRequestAtTheLastStepEndsAFinishedTraining) {
  const std::atomic<bool> stop = true;
  for (const char* more : {"training { epochs: 1 batch_size: 47 }", "training { steps: 1 }"}) {
    const auto outcomes = TrainOnThreads(SmallConfig(more), 2, {.stop = &stop});
    ASSERT_TRUE(outcomes[0].ok()) << outcomes[0].status();
    EXPECT_FALSE(outcomes[0]->stopped) << more;
  }
}

TEST(Trainer, ALossThatIsNotFiniteEndsEveryRankWithTheStepNamed) {
  const Config config = SmallConfig("optimizer { sgd { learning_rate: 1e30 } }");
  for (const auto& outcome : TrainOnThreads(config, 3)) {
    EXPECT_EQ(ExitCodeOf(outcome.status()), ExitCode::kNotFinite);
    EXPECT_NE(outcome.status().message().find("at step 2"), absl::string_view::npos)
        << outcome.status();
  }
}

// No later loss would show what the last update did.
TEST(Trainer, AValidationLossOrALastUpdateThatIsNotFiniteEndsEveryRankWithoutACheckpoint) {
  const std::string folder = FreshFolder("last_update");
  Config config = SmallConfig(
      "training { steps: 1 } optimizer { sgd { learning_rate: 1e30 } l2: 1e30 }");
  for (const char* named : {"the validation loss became ", "/kernel became infinite "}) {
    for (const auto& outcome : TrainOnThreads(config, 2, {.folder = folder, .often = true})) {
      EXPECT_EQ(ExitCodeOf(outcome.status()), ExitCode::kNotFinite);
      EXPECT_NE(outcome.status().message().find(named), absl::string_view::npos)
          << outcome.status();
      EXPECT_NE(outcome.status().message().find("at step 1"), absl::string_view::npos);
    }
    EXPECT_FALSE(ReadNewestCheckpoint(folder + "/checkpoints").ok());
    config.mutable_data()->clear_validation();
  }
}

TEST(Trainer, ACheckpointOfAnotherNetworkIsRefusedBeforeAnythingIsWritten) {
  const std::string folder = FreshFolder("other");
  HashOf(SmallConfig(), 1, folder);
  const auto start = ReadNewestCheckpoint(folder + "/checkpoints");
  ASSERT_TRUE(start.ok()) << start.status();
  Config config = SmallConfig();
  config.mutable_model()->mutable_layer(0)->mutable_dense()->set_units(8);
  const json history = ParseFile(folder + "/history.json");
  const auto outcomes = TrainOnThreads(config, 1, {.folder = folder, .start = &*start});
  EXPECT_EQ(ExitCodeOf(outcomes[0].status()), ExitCode::kBadData);
  EXPECT_EQ(ParseFile(folder + "/history.json"), history);
}

}  // namespace
}  // namespace lockstep
