#include "distributed/report/scaling_page.h"

#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "core/base/file.h"
#include "tests/distributed/report/scaling_sample.h"

namespace lockstep {
namespace {

constexpr auto kNowhere = std::string::npos;
const char* const kEvil = "</p></style><script>alert(\"{{body}}\")</script><!--'&";
const char* const kPictures[] = {"scaling_speedup", "scaling_efficiency", "scaling_breakdown",
                                 "scaling_shares", "scaling_timeline"};

int Occurrences(const std::string& text, std::string_view part) {
  int count = 0;
  for (size_t at = text.find(part); at != kNowhere; at = text.find(part, at + 1)) ++count;
  return count;
}

// What the page's link of that name holds.
std::string Downloaded(const std::string& page, const std::string& file) {
  const size_t name = page.find("download=\"" + file + "\"");
  const size_t begin = page.find(";base64,", name) + 8;
  std::string content;
  if (name == kNowhere ||
      !absl::Base64Unescape(page.substr(begin, page.find('"', begin) - begin), &content)) {
    return "absent";
  }
  return content;
}

TEST(RenderScalingPage, HasEachPictureForAScreenAndForATelephone) {
  const std::string page = RenderScalingPage(ScalingSample());
  EXPECT_EQ(Occurrences(page, "<figure"), 5);
  EXPECT_EQ(Occurrences(page, "<svg"), 10);
  EXPECT_EQ(Occurrences(page, "<div class=\"narrow\"><svg"), 5);
  for (const char* words :
       {"Speed-up and efficiency", "Where a step\u2019s time goes", "One step and its buckets",
        "What would change", "The model\u2019s terms", "<h2>How it was measured", "<h3>Measured",
        "<h3>Predicted"}) {
    EXPECT_EQ(Occurrences(page, words), 1) << words;
  }
}

TEST(RenderScalingPage, SaysTheConclusionFirst) {
  const std::string page = RenderScalingPage(ScalingSample());
  const size_t conclusion = page.find("class=\"conclusion\">2 ranks are 1.69 times as fast as 1");
  ASSERT_NE(conclusion, kNowhere);
  EXPECT_LT(conclusion, page.find("<figure"));
  EXPECT_NE(page.find("1 of the runs failed and does not count"), kNowhere);
  EXPECT_EQ(page.find("More repeats"), kNowhere);
}

TEST(RenderScalingPage, SaysWhatWouldTellWhereTheNoiseAllowsNoConclusion) {
  ScalingResult result = ScalingSample();
  result.conclusive = false;
  result.conclusion = "the noise (+-8 %) allows no conclusion";
  const std::string page = RenderScalingPage(result);
  EXPECT_NE(page.find(">the noise (\u00b18 %) allows no conclusion<"), kNowhere);
  EXPECT_NE(page.find("More repeats (--repeats)"), kNowhere);
}

TEST(RenderScalingPage, WarnsOfAModelThatMissesWhatWasMeasured) {
  ScalingResult result = ScalingSample();
  const char* const kMiss = "the model misses the measured step of 4 ranks by +14 %";
  EXPECT_NE(RenderScalingPage(result).find(kMiss), kNowhere);
  for (PredictedRanks& one : result.predicted) one.step_ms.low = 0, one.step_ms.high = 100;
  EXPECT_EQ(RenderScalingPage(result).find("the model misses"), kNowhere);
}

TEST(RenderScalingPage, LetsNoTextBecomeMarkup) {
  const std::string evil = RenderScalingPage(ScalingSampleOf(kEvil));
  const std::string plain = RenderScalingPage(ScalingSampleOf("plain"));
  EXPECT_EQ(evil.find("<script"), kNowhere);
  for (const char* markup : {"<p", "</style", "<!", "<td", "</p"}) {
    EXPECT_EQ(Occurrences(evil, markup), Occurrences(plain, markup)) << markup;
  }
}

TEST(RenderScalingPage, NeedsNoNetworkAndNoScript) {
  const std::string page = RenderScalingPage(ScalingSample());
  EXPECT_NE(page.find("default-src 'none'"), kNowhere);
  for (const char* fetch :
       {"http://", "https://", "src=\"", "<link", "@import", "url(", "<script"}) {
    EXPECT_EQ(page.find(fetch), kNowhere) << fetch;
  }
}

TEST(RenderScalingPage, TakesAResultWithNothingInIt) {
  const std::string page = RenderScalingPage({});
  EXPECT_EQ(Occurrences(page, ">no data</text>"), 4);
  for (const char* bad : {"nan\"", "inf\"", "=\"nan", "=\"inf", ">nan", ">inf"}) {
    EXPECT_EQ(page.find(bad), kNowhere) << bad;
  }
  EXPECT_EQ(page.find("<table"), kNowhere);
}

TEST(WriteScalingPage, WritesThePageAndEachPictureAsTheLinksHaveThem) {
  const ScalingResult result = ScalingSample();
  const std::string folder = ::testing::TempDir();
  ASSERT_TRUE(WriteScalingPage(result, folder).ok());
  const StatusOr<std::string> page = ReadFile(JoinPath(folder, "scaling.html"));
  ASSERT_TRUE(page.ok());
  EXPECT_EQ(*page, RenderScalingPage(result));
  for (const std::string name : kPictures) {
    const StatusOr<std::string> svg = ReadFile(JoinPath(folder, name + ".svg"));
    const StatusOr<std::string> csv = ReadFile(JoinPath(folder, name + ".csv"));
    ASSERT_TRUE(svg.ok() && csv.ok()) << name;
    EXPECT_NE(svg->find("xmlns="), kNowhere);
    EXPECT_EQ(svg->find("var("), kNowhere);
    EXPECT_EQ(Downloaded(*page, name + ".svg"), *svg);
    EXPECT_EQ(Downloaded(*page, name + ".csv"), *csv);
  }
}

TEST(WriteScalingPage, SaysWhyItCannot) {
  const Status status = WriteScalingPage({}, "/proc/absent");
  EXPECT_EQ(ExitCodeOf(status), ExitCode::kCannotWrite);
  EXPECT_NE(status.message().find("/proc/absent"), kNowhere);
}

}  // namespace
}  // namespace lockstep
