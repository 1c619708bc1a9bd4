#include "distributed/scaling/scaling_result.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/base/file.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;

constexpr const char* kSample = "tests/distributed/scaling/testdata/scaling.json";

ScalingResult Sample() {
  const StatusOr<std::string> text = ReadFile(kSample);
  EXPECT_TRUE(text.ok()) << text.status();
  const StatusOr<ScalingResult> result = ParseScalingJson(*text, kSample);
  EXPECT_TRUE(result.ok()) << result.status();
  return *result;
}

TEST(ScalingResult, ComesBackFromItsFile) {
  const ScalingResult sample = Sample();
  const std::string text = ScalingJson(sample);
  const StatusOr<ScalingResult> again = ParseScalingJson(text, "again");
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(ScalingJson(*again), text);
  EXPECT_EQ(again->name, "mnist");
  EXPECT_EQ(again->hosts, "h1:2,h2:2");
  ASSERT_EQ(again->measured.size(), 3u);
  const MeasuredRanks& two = again->measured[1];
  EXPECT_EQ(two.ranks, 2);
  EXPECT_EQ(two.repeat_step_ms.size(), 5u);
  EXPECT_DOUBLE_EQ(two.parts.total_ms(), 11.1);
  EXPECT_LT(two.speedup.low, two.speedup.value);
  EXPECT_EQ(again->failed.at(0).repeat, 3);
  EXPECT_EQ(again->drawn.phases.size(), 2u);
  EXPECT_EQ(again->drawn.buckets.at(3).bytes, 1048576);
  EXPECT_FALSE(again->terms.at(4).fitted);
}

TEST(ScalingResult, ValuesThatAreNotKnownAreNull) {
  const ScalingResult sample = Sample();
  EXPECT_TRUE(std::isnan(sample.measured[0].overlap_bound_ms));
  EXPECT_TRUE(std::isnan(sample.terms[4].estimate.low));
  EXPECT_THAT(ScalingJson(sample), HasSubstr("\"overlap_bound_ms\": null"));
}

TEST(ScalingResult, NamesTheFieldThatIsWrong) {
  const auto error = [](const std::string& text) {
    return std::string(ParseScalingJson(text, "s.json").status().message());
  };
  EXPECT_THAT(error("{"), HasSubstr("s.json: expected JSON"));
  EXPECT_THAT(error("[]"), HasSubstr("s.json: expected an object with a list \"measured\""));
  EXPECT_EQ(error(R"({"format": 1, "measured": [{}, {"ranks": 1.5}]})"),
            "s.json: measured[1].ranks: expected a whole number, found number");
  EXPECT_EQ(error(R"({"format": 1, "measured": [{"speedup": {"low": "x"}}]})"),
            "s.json: measured[0].speedup.low: expected a number or null, found string");
  EXPECT_EQ(error(R"({"format": 1, "measured": [{"speedup": 2}]})"),
            "s.json: measured[0].speedup: expected an object, found number");
  EXPECT_EQ(error(R"({"format": 1, "measured": [], "weak": 1})"),
            "s.json: weak: expected true or false, found number");
  EXPECT_EQ(error(R"({"format": 1, "measured": {}})"), "s.json: measured: expected a list, found object");
  EXPECT_EQ(error(R"({"format": 1, "measured": [], "name": []})"), "s.json: name: expected text, found array");
}

TEST(ScalingResult, AnotherFormatIsRefusedInOneLine) {
  const auto error = [](const std::string& text) {
    return std::string(ParseScalingJson(text, "s.json").status().message());
  };
  const std::string mend = "; it is of another version of lockstep: make it again with lockstep "
                           "scale --from DIR";
  EXPECT_EQ(error(R"({"format": 2, "all_new": []})"),
            "s.json: expected \"format\": 1, found 2" + mend);
  EXPECT_EQ(error(R"({"measured": []})"), "s.json: expected \"format\": 1, found none" + mend);
  EXPECT_EQ(error(R"({"format": "1\n2", "measured": []})"),
            "s.json: expected \"format\": 1, found \"1\\n2\"" + mend);
}

TEST(ScalingResult, IgnoresWhatAnotherVersionAdds) {
  const StatusOr<ScalingResult> result =
      ParseScalingJson(R"({"format": 1, "measured": [{"ranks": 3, "colour": "red"}], "new": {}})", "s.json");
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->measured.at(0).ranks, 3);
}

TEST(ScalingCsv, HasARowPerNumberOfRanksWithAsManyFieldsAsItsHeading) {
  const ScalingResult sample = Sample();
  const std::string csv = ScalingCsv(sample);
  size_t lines = 0, begin = 0;
  const auto fields = [](const std::string& line) { return std::ranges::count(line, ','); };
  const auto columns = fields(csv.substr(0, csv.find('\n')));
  while (begin < csv.size()) {
    const size_t end = csv.find('\n', begin);
    EXPECT_EQ(fields(csv.substr(begin, end - begin)), columns) << csv.substr(begin, end - begin);
    ++lines;
    begin = end + 1;
  }
  EXPECT_EQ(lines, 1 + sample.measured.size() + sample.predicted.size());
  EXPECT_THAT(csv, HasSubstr("\nmeasured,2,2,256,"));
  EXPECT_THAT(csv, HasSubstr("\npredicted,128,8,256,"));
}

}  // namespace
}  // namespace lockstep
