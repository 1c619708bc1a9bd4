#include "core/optim/schedule.h"

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "proto/config.pb.h"

namespace lockstep {
namespace {

ScheduleConfig Parse(const std::string& text) {
  ScheduleConfig schedule;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &schedule)) << text;
  return schedule;
}

struct Rate {
  int64_t step;  // counted from 1
  float rate;
};

struct Case {
  const char* name;
  const char* schedule;
  std::vector<Rate> rates;  // of a base of 0.1
};

// What Keras 3.15's CosineDecay and PiecewiseConstantDecay give for `iterations` = step - 1.
std::vector<Case> KerasCases() {
  return {
      {"Constant", "", {{1, 0.1f}, {2, 0.1f}, {1000000, 0.1f}}},
      {"Step", "step { boundary: [3, 6] }",
       {{1, 0.1f}, {4, 0.1f}, {5, 0.01f}, {7, 0.01f}, {8, 0.001f}, {101, 0.001f}}},
      {"Cosine", "cosine { decay_steps: 10 final_fraction: 0.2 }",
       {{1, 0.1f}, {2, 0.098042265f}, {6, 0.06f}, {10, 0.021957742f}, {11, 0.02f}, {26, 0.02f}}},
      {"WarmupThenCosine", "warmup_steps: 4 cosine { decay_steps: 10 final_fraction: 0.2 }",
       {{1, 0.0f}, {2, 0.025f}, {4, 0.075f}, {5, 0.1f}, {6, 0.098042265f}, {10, 0.06f},
        {14, 0.021957742f}, {15, 0.02f}, {31, 0.02f}}},
  };
}

class Schedule : public testing::TestWithParam<Case> {};

// Keras computes in float32: two roundings of the base, and one of 1 + cos where that is small.
TEST_P(Schedule, RatesAreThoseOfKeras) {
  const ScheduleConfig schedule = Parse(GetParam().schedule);
  for (const Rate& expected : GetParam().rates) {
    EXPECT_NEAR(ScheduledRate(schedule, 0.1f, expected.step), expected.rate,
                std::ldexp(0.1, -23))
        << "step " << expected.step;
  }
}

INSTANTIATE_TEST_SUITE_P(Keras, Schedule, testing::ValuesIn(KerasCases()),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(ScheduledRate, WarmupComesBeforeAnyKindAndBoundariesCountFromItsEnd) {
  const ScheduleConfig constant = Parse("warmup_steps: 4");
  EXPECT_EQ(ScheduledRate(constant, 0.1f, 1), 0.0f);
  EXPECT_EQ(ScheduledRate(constant, 0.1f, 3), 0.05f);
  EXPECT_EQ(ScheduledRate(constant, 0.1f, 5), 0.1f);
  const ScheduleConfig step = Parse("warmup_steps: 4 step { boundary: 3 factor: 0.5 }");
  EXPECT_EQ(ScheduledRate(step, 0.1f, 2), 0.025f);
  EXPECT_EQ(ScheduledRate(step, 0.1f, 8), 0.1f);
  EXPECT_EQ(ScheduledRate(step, 0.1f, 9), 0.05f);
}

TEST(ScheduledRate, AStepsRateIsTheProductOfTheDecimalsInTheConfig) {
  const ScheduleConfig schedule = Parse("step { boundary: [1, 2, 3] factor: 0.1 }");
  EXPECT_EQ(ScheduledRate(schedule, 0.01f, 3), 0.001f);
  EXPECT_EQ(ScheduledRate(schedule, 0.01f, 4), 0.0001f);
  EXPECT_EQ(ScheduledRate(schedule, 0.01f, 5), 0.00001f);
}

TEST(ScheduledRate, AStepFarBeyondTheScheduleHasItsLastRate) {
  const int64_t far = int64_t{1} << 60;
  EXPECT_EQ(ScheduledRate(Parse("cosine { decay_steps: 10 }"), 0.1f, far), 0.0f);
  EXPECT_EQ(ScheduledRate(Parse("step { boundary: 10 factor: 0.5 }"), 0.1f, far), 0.05f);
}

}  // namespace
}  // namespace lockstep
