#include "distributed/scaling/traced_step.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_format.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;

std::string Event(const char* name, int rank, int row, double begin_ms, double ms, int step) {
  return absl::StrFormat(",\n{\"name\":\"%s\",\"ph\":\"X\",\"pid\":%d,\"tid\":%d,\"ts\":%.3f,"
                         "\"dur\":%.3f,\"args\":{\"step\":%d}}",
                         name, rank, row, 1000 * begin_ms, 1000 * ms, step);
}

// Two ranks; rank 1 begins 1 ms later, and rank 0 waits for it.
std::string Step(int step, double at, double backward_ms) {
  const double ready = at + 2 + backward_ms;
  return Event("forward", 0, 0, at, 2, step) + Event("backward", 0, 0, at + 2, backward_ms, step) +
         Event("wait for rank 1", 0, 0, ready, 1, step) +
         Event("transfer", 0, 0, ready + 1, 3, step) +
         Event("optimizer", 0, 0, ready + 4, 1, step) + Event("forward", 1, 0, at + 1, 2, step) +
         Event("backward", 1, 0, at + 3, backward_ms, step) +
         Event("transfer", 1, 0, ready + 1, 3, step) +
         Event("optimizer", 1, 0, ready + 4, 1, step) +
         Event("bucket 0", 0, 1, ready - 1, 3, step) + Event("bucket 0", 1, 1, ready, 3, step) +
         Event("bucket 1", 0, 2, ready, 4, step) + Event("bucket 1", 1, 2, ready + 1, 2, step);
}

std::string Trace(const std::string& events) {
  return R"({"traceEvents":[{"name":"process_name","ph":"M","pid":0,"tid":0,"args":{"name":"r"}})" +
         events + "]}";
}

TEST(TracedStep, IsTheOneOfMedianLengthWithoutTheFirst) {
  // Backward of 90, 4, 6 and 5 ms.
  const auto step = MedianStepOfTrace(
      Trace(Step(1, 0, 90) + Step(2, 200, 4) + Step(3, 300, 6) + Step(4, 400, 5)), "t.json");
  ASSERT_TRUE(step.ok()) << step.status();
  EXPECT_EQ(step->step, 4);
  ASSERT_EQ(step->ranks, 2);
  ASSERT_EQ(step->phases[0].size(), 5u);
  EXPECT_EQ(step->phases[0][2].phase, "wait");
  EXPECT_DOUBLE_EQ(step->phases[0][2].begin_ms, 7);
  EXPECT_DOUBLE_EQ(step->phases[0][2].end_ms, 8);
  EXPECT_DOUBLE_EQ(step->phases[1][0].begin_ms, 1);
}

TEST(TracedStep, BucketsAreReadyOnceAllRanksHaveThem) {
  const auto step = MedianStepOfTrace(Trace(Step(1, 0, 5) + Step(2, 100, 5)), "t.json");
  ASSERT_TRUE(step.ok()) << step.status();
  ASSERT_EQ(step->buckets.size(), 2u);
  EXPECT_DOUBLE_EQ(step->buckets[0].ready_ms, 7);
  EXPECT_DOUBLE_EQ(step->buckets[0].begin_ms, 7);
  EXPECT_DOUBLE_EQ(step->buckets[0].end_ms, 10);
  EXPECT_DOUBLE_EQ(step->buckets[1].ready_ms, 8);
  EXPECT_DOUBLE_EQ(step->buckets[1].begin_ms, 10) << "the one before is through then";
  EXPECT_DOUBLE_EQ(step->buckets[1].end_ms, 11);
}

TEST(TracedStep, WhatIsNoTraceIsNamed) {
  const auto error = [](const std::string& text) {
    return std::string(MedianStepOfTrace(text, "t.json").status().message());
  };
  EXPECT_THAT(error("["), HasSubstr("t.json: expected a trace"));
  EXPECT_THAT(error("{\"traceEvents\":3}"), HasSubstr("t.json: expected a trace"));
  EXPECT_THAT(error(Trace(Step(1, 0, 5))), HasSubstr("t.json: has no second step"));
  for (const char* event : {"3", "{\"ph\":\"X\"}", "{\"ph\":\"X\",\"args\":{\"step\":\"x\"}}",
                            "{\"ph\":\"X\",\"name\":\"a\",\"pid\":1e9,\"tid\":0,\"ts\":0,"
                            "\"dur\":1,\"args\":{\"step\":2}}"}) {
    EXPECT_THAT(error(Trace(std::string(",") + event)), HasSubstr("no second step")) << event;
  }
}

}  // namespace
}  // namespace lockstep
