// The scaling experiment of the tests: the sample file of distributed/scaling.
#ifndef LOCKSTEP_TESTS_DISTRIBUTED_REPORT_SCALING_SAMPLE_H_
#define LOCKSTEP_TESTS_DISTRIBUTED_REPORT_SCALING_SAMPLE_H_

#include <gtest/gtest.h>

#include <string>

#include "core/base/file.h"
#include "distributed/scaling/scaling_result.h"

namespace lockstep {

// 1, 2 and 4 ranks measured, 1 to 128 predicted.
inline ScalingResult ScalingSample() {
  const std::string path = "tests/distributed/scaling/testdata/scaling.json";
  const StatusOr<std::string> text = ReadFile(path);
  EXPECT_TRUE(text.ok()) << text.status();
  const StatusOr<ScalingResult> result = ParseScalingJson(text.value_or(""), path);
  EXPECT_TRUE(result.ok()) << result.status();
  return result.value_or(ScalingResult{});
}

// The same with `text` wherever there is a text.
inline ScalingResult ScalingSampleOf(const std::string& text) {
  ScalingResult result = ScalingSample();
  for (std::string* place :
       {&result.name, &result.machine, &result.date, &result.command, &result.launcher,
        &result.hosts, &result.conclusion, &result.model_form}) {
    *place = text;
  }
  for (MeasuredRanks& one : result.measured) one.verdict = one.cause = text;
  for (FailedRun& one : result.failed) one.why = text;
  for (FittedTerm& one : result.terms) one.name = one.unit = one.meaning = text;
  for (Residual& one : result.residuals) one.part = text;
  for (PredictedRanks& one : result.predicted) one.dominant = text;
  for (ScalingWhatIf& one : result.what_ifs) one.change = one.dominant = text;
  return result;
}

}  // namespace lockstep

#endif  // LOCKSTEP_TESTS_DISTRIBUTED_REPORT_SCALING_SAMPLE_H_
