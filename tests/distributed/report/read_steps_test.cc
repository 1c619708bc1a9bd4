#include "distributed/report/read_steps.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/base/file.h"

namespace lockstep {
namespace {

const char* const kTwoSteps =
    "{\"step\":1,\"loss\":0.5,\"learning_rate\":0.1,\"forward_ms\":2,\"max_forward_ms\":3}\n"
    "{\"step\":2,\"loss\":null,\"learning_rate\":0.1,\"forward_ms\":4,\"max_forward_ms\":5}\n";

StatusOr<StepCurve> Read(const std::string& text) {
  const std::string path = JoinPath(::testing::TempDir(), "steps.jsonl");
  EXPECT_TRUE(WriteFileAtomically(path, text).ok());
  return ReadSteps(path, 1000);
}

TEST(ReadSteps, GivesLossRateAndMeanMillisecondsByPhase) {
  const StatusOr<StepCurve> curve = Read(kTwoSteps);
  ASSERT_TRUE(curve.ok()) << curve.status();
  ASSERT_EQ(curve->points.size(), 2u);
  EXPECT_EQ(curve->points[1].step, 2);
  EXPECT_DOUBLE_EQ(curve->points[0].loss, 0.5);
  EXPECT_TRUE(std::isnan(curve->points[1].loss));
  EXPECT_EQ(curve->rank_0_ms, (std::vector<std::pair<std::string, double>>{{"forward", 3}}));
  EXPECT_EQ(curve->slowest_ms, (std::vector<std::pair<std::string, double>>{{"forward", 4}}));
}

TEST(ReadSteps, LeavesOutALastLineWithoutItsEnd) {
  const StatusOr<StepCurve> curve = Read(std::string(kTwoSteps) + "{\"step\":3,\"lo");
  ASSERT_TRUE(curve.ok()) << curve.status();
  EXPECT_EQ(curve->points.size(), 2u);
}

TEST(ReadSteps, NamesTheLineThatIsBroken) {
  for (const char* line : {"{\"step\":3,\"lo", "[]", "7", "", "{\"step\":\"3\"}",
                           "{\"step\":3,\"loss\":\"x\",\"learning_rate\":1}",
                           "{\"step\":3,\"loss\":1}"}) {
    const StatusOr<StepCurve> curve = Read(std::string(kTwoSteps) + line + "\n");
    ASSERT_EQ(ExitCodeOf(curve.status()), ExitCode::kBadData) << line;
    EXPECT_NE(curve.status().message().find("steps.jsonl:3: "), std::string::npos) << line;
  }
}

TEST(ReadSteps, OfAnEmptyFileIsEmpty) {
  const StatusOr<StepCurve> curve = Read("");
  ASSERT_TRUE(curve.ok());
  EXPECT_TRUE(curve->points.empty());
}

}  // namespace
}  // namespace lockstep
