#include "distributed/train/resume.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "core/params/parameter_layout.h"

namespace lockstep {
namespace {

ParameterLayout TestLayout() {
  return ParameterLayout({{.name = "dense/kernel", .shape = {5, 3}}, {.name = "dense/bias", .shape = {3}}});
}

OptimizerConfig Adam() {
  OptimizerConfig config;
  config.mutable_adam();
  return config;
}

// The optimizer's state, written and opened again.
StatusOr<SavedCheckpoint> Saved(Optimizer* optimizer) {
  CheckpointDraft draft;
  PutSlots(optimizer, &draft);
  const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
  const std::string folder = ::testing::TempDir() + test->name();
  const Status written = WriteCheckpoint(folder, draft, 1);
  if (!written.ok()) return written;
  return ReadNewestCheckpoint(folder);
}

TEST(Resume, EverySlotComesBack) {
  const ParameterLayout layout = TestLayout();
  Optimizer before(Adam(), layout), after(Adam(), layout);
  float value = 1;
  for (const Optimizer::Slot& slot : before.slots()) {
    for (float& v : slot.values) v = value++;
  }
  const StatusOr<SavedCheckpoint> saved = Saved(&before);
  ASSERT_TRUE(saved.ok()) << saved.status();
  ASSERT_EQ(saved->head().slot_size(), 2);
  ASSERT_TRUE(GetSlots(*saved, &after).ok());
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_TRUE(std::ranges::equal(before.slots()[i].values, after.slots()[i].values)) << i;
  }
}

TEST(Resume, AnotherOptimizersStateIsRefusedAndNamed) {
  const ParameterLayout layout = TestLayout();
  OptimizerConfig sgd;
  sgd.mutable_sgd()->set_momentum(0.9f);
  Optimizer made_with(sgd, layout), resumed_with(Adam(), layout);
  const StatusOr<SavedCheckpoint> saved = Saved(&made_with);
  ASSERT_TRUE(saved.ok()) << saved.status();
  const Status status = GetSlots(*saved, &resumed_with);
  EXPECT_EQ(ExitCodeOf(status), ExitCode::kBadData);
  EXPECT_NE(status.message().find("\"" + resumed_with.slots()[0].name + "\""),
            absl::string_view::npos)
      << status;
}

TEST(Resume, ASlotOfAnotherSizeIsRefused) {
  Optimizer small(Adam(), ParameterLayout({{.name = "dense/bias", .shape = {3}}}));
  Optimizer large(Adam(), TestLayout());
  const StatusOr<SavedCheckpoint> saved = Saved(&small);
  ASSERT_TRUE(saved.ok()) << saved.status();
  EXPECT_EQ(ExitCodeOf(GetSlots(*saved, &large)), ExitCode::kBadData);
}

TEST(Resume, TheEpochUnderWayComesBack) {
  EpochSummary epoch;
  epoch.samples = 123;
  epoch.sums = {0.1, 2, 3, 0.4, 0.5};
  Checkpoint checkpoint;
  PutEpoch(epoch, &checkpoint);
  const EpochSummary back = GetEpoch(checkpoint);
  EXPECT_EQ(back.samples, 123);
  EXPECT_EQ(back.sums.loss, 0.1);
  EXPECT_EQ(back.sums.correct, 2);
  EXPECT_EQ(back.sums.top_5_correct, 3);
  EXPECT_EQ(back.sums.absolute_error, 0.4);
  EXPECT_EQ(back.sums.squared_error, 0.5);
}

TEST(Resume, AnEpochThatHasNotBegunIsEmpty) {
  EXPECT_EQ(GetEpoch(Checkpoint()).samples, 0);
  EXPECT_EQ(GetEpoch(Checkpoint()).sums.loss, 0);
}

TEST(Resume, OtherBatchesOrSamplesAreRefusedAndNamed) {
  Checkpoint checkpoint;
  EXPECT_TRUE(CheckSamples(checkpoint, 64, 250).ok());  // of an older version
  PutSamples(64, 250, &checkpoint);
  EXPECT_TRUE(CheckSamples(checkpoint, 64, 250).ok());
  const Status batch = CheckSamples(checkpoint, 32, 250), samples = CheckSamples(checkpoint, 64, 9);
  EXPECT_EQ(ExitCodeOf(batch), ExitCode::kMismatch);
  EXPECT_NE(batch.message().find("batch_size 64, the config has 32"), absl::string_view::npos);
  EXPECT_EQ(ExitCodeOf(samples), ExitCode::kMismatch);
  EXPECT_NE(samples.message().find("250 training samples, the config's data has 9"),
            absl::string_view::npos);
}

}  // namespace
}  // namespace lockstep
