#include "distributed/train/step_trace.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "core/base/file.h"
#include "tests/distributed/train/small_run.h"

namespace lockstep {
namespace {

using nlohmann::json;

json TraceOf(int ranks, const std::string& more) {
  const std::string folder = testing::TempDir() + "/trace";
  std::filesystem::remove_all(folder);
  const std::string path = testing::TempDir() + "/trace.json";
  const Config config =
      SmallConfig("data { synthetic { samples: 965 } } training { epochs: 1 } " + more);
  for (const auto& outcome :
       TrainOnThreads(config, ranks, {.folder = folder, .trace_file = path})) {
    EXPECT_TRUE(outcome.ok()) << outcome.status();
  }
  const auto text = ReadFile(path);
  EXPECT_TRUE(text.ok()) << text.status();
  return json::parse(*text, nullptr, false);
}

// The phases of a rank, in order.
std::vector<json> PhasesOf(const json& trace, int rank) {
  std::vector<json> phases;
  for (const json& event : trace["traceEvents"]) {
    if (event["ph"] == "X" && event["pid"] == rank && event["tid"] == 0) phases.push_back(event);
  }
  return phases;
}

TEST(StepTrace, HoldsTheFirstStepsOfAllRanks) {
  for (const int ranks : {1, 3}) {
    const json trace = TraceOf(ranks, "");
    ASSERT_TRUE(trace.is_object());
    for (int rank = 0; rank < ranks; ++rank) {
      std::map<int, int> optimizers;  // by step
      for (const json& phase : PhasesOf(trace, rank)) {
        optimizers[phase["args"]["step"].get<int>()] += phase["name"] == "optimizer";
      }
      ASSERT_EQ(optimizers.size(), 20u) << ranks << " ranks";
      for (const auto& [step, count] : optimizers) EXPECT_EQ(count, 1) << "step " << step;
    }
  }
}

// But for flushes, of which one follows the first step and more a machine that is slow just then.
TEST(StepTrace, PhasesFollowEachOtherWithoutAGap) {
  const std::vector<json> phases = PhasesOf(TraceOf(2, ""), 0);
  constexpr double kRounding = 0.02;  // microseconds: of ticks, and of each phase to nanoseconds
  size_t together = 0;
  for (size_t i = 1; i < phases.size(); ++i) {
    const double end = phases[i - 1]["ts"].get<double>() + phases[i - 1]["dur"].get<double>();
    together += std::abs(phases[i]["ts"].get<double>() - end) < kRounding;
  }
  EXPECT_GT(together, 3 * phases.size() / 4) << "of " << phases.size();
}

TEST(StepTrace, EveryBucketHasARowAndLiesInItsStep) {
  const json trace = TraceOf(2, "");
  size_t buckets = 0;
  for (const json& event : trace["traceEvents"]) {
    if (event["ph"] == "X" && event["tid"] == 1) {
      EXPECT_EQ(event["name"], "bucket 0");
      ++buckets;
    }
  }
  EXPECT_EQ(buckets, 2u * 20);
}

}  // namespace
}  // namespace lockstep
