#include "distributed/train/fit_memory.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>

#include "core/base/status.h"
#include "distributed/train/replica.h"
#include "proto/config.pb.h"
#include "tests/distributed/train/small_run.h"

namespace lockstep {
namespace {

// A network deep enough to be worth computing again.
Config DeepConfig(const std::string& training = "") {
  const Config small = SmallConfig("training { " + training + " }");
  Config config = small;
  config.clear_model();
  for (int i = 0; i < 12; ++i) {
    DenseConfig* dense = config.mutable_model()->add_layer()->mutable_dense();
    dense->set_units(64);
    dense->set_activation(TANH);
  }
  config.mutable_model()->MergeFrom(small.model());
  return config;
}

Replica Make(const Config& config) {
  StatusOr<Replica> replica = MakeReplica(config, SmallData(config).train.format, 16);
  EXPECT_TRUE(replica.ok()) << replica.status();
  return *std::move(replica);
}

constexpr int64_t kNoLimit = std::numeric_limits<int64_t>::max();

TEST(FitMemory, CountsTheFlatBuffersThatARankAllocates) {
  const Config config = DeepConfig();
  const Replica replica = Make(config);
  const RankMemory memory = MeasureRank(config, 1, *replica.graph);
  const int64_t flat = replica.graph->layout().size_elems() * 4;
  EXPECT_EQ(memory.weights, flat);
  EXPECT_EQ(memory.gradients, 4 * flat) << "log2(8 micro-batches) + 1";
  EXPECT_EQ(memory.optimizer, 2 * flat) << "adam's";
  EXPECT_EQ(MeasureRank(config, 8, *replica.graph).gradients, flat);
}

TEST(FitMemory, AutoFitsTheLimitAndNeverDoesNothing) {
  const Config never = DeepConfig(), automatic = DeepConfig("recompute: AUTO");
  const Replica kept = Make(never), fitted = Make(automatic), roomy = Make(automatic);
  ASSERT_TRUE(FitMemory(never, 1, 1, kept.graph.get()).ok());
  const RankMemory all = MeasureRank(never, 1, *kept.graph);
  const int64_t limit = all.total() - all.graph.arena_bytes / 4;
  ASSERT_TRUE(FitMemory(automatic, 1, limit, fitted.graph.get()).ok());
  EXPECT_LE(MeasureRank(automatic, 1, *fitted.graph).total(), limit);
  ASSERT_TRUE(FitMemory(automatic, 1, kNoLimit, roomy.graph.get()).ok());
  EXPECT_EQ(roomy.graph->memory().recomputed_multiply_adds, 0);
  EXPECT_EQ(roomy.graph->memory().arena_bytes, all.graph.arena_bytes);
}

TEST(FitMemory, WhatCannotFitIsOneLineWithBothNumbers) {
  const Config config = DeepConfig("recompute: AUTO memory_limit_mib: 1 batch_size: 4096");
  StatusOr<Replica> replica = MakeReplica(config, SmallData(config).train.format, 4096);
  ASSERT_TRUE(replica.ok()) << replica.status();
  const int64_t limit = MemoryLimit(config.training(), 2);
  EXPECT_EQ(limit, 1 << 20) << "each rank's own";
  const Status status = FitMemory(config, 1, limit, replica->graph.get());
  EXPECT_EQ(ExitCodeOf(status), ExitCode::kOutOfMemory);
  const std::string message(status.message());
  EXPECT_NE(message.find("may use 1 MiB (memory_limit_mib)"), std::string::npos) << message;
  EXPECT_NE(message.find("batch_size"), std::string::npos) << message;
  EXPECT_EQ(message.find('\n'), std::string::npos) << message;
}

TEST(FitMemory, WithoutALimitRanksShareWhatTheHostHas) {
  const TrainingConfig training;
  const int64_t one = MemoryLimit(training, 1), four = MemoryLimit(training, 4);
  EXPECT_GT(four, 0);
  EXPECT_LT(four, one / 2) << "available memory may change in between, but not so much";
}

TEST(FitMemory, TrainingHasTheSameBitsHoweverMuchIsComputedAgain) {
  uint64_t hash = 0;
  for (const char* recompute : {"NEVER", "ALWAYS", "AUTO"}) {
    const auto outcomes =
        TrainOnThreads(DeepConfig(std::string("recompute: ") + recompute), 2);
    ASSERT_TRUE(outcomes[0].ok()) << outcomes[0].status();
    if (hash == 0) hash = outcomes[0]->facts.weights_hash;
    EXPECT_EQ(outcomes[0]->facts.weights_hash, hash) << recompute;
  }
}

}  // namespace
}  // namespace lockstep
