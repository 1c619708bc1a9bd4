#include "distributed/report/report_page.h"

#include <gtest/gtest.h>

#include "core/base/file.h"
#include "distributed/report/page_assets.h"

namespace lockstep {
namespace {

constexpr auto kNowhere = std::string::npos;
const char* const kEvil = "</script><script>alert(\"{{data}}\")</script><!--";

// A run with a hostile text wherever a file or a data set puts text.
RunReport EvilRun() {
  RunReport run;
  run.name = run.folder = run.config_text = kEvil;
  run.history = {{kEvil, {1, 2}}, {std::string("val_") + kEvil, {1, 2}}};
  run.summary = {{kEvil, kEvil, {}}, {"weights_hash", kEvil, {}}};
  run.steps.rank_0_ms = {{kEvil, 1.0}};
  run.predictions = Predictions{.count = 1,
                                .outputs = 2,
                                .classes = 2,
                                .class_names = {kEvil, kEvil},
                                .values = {1, 0},
                                .labels = {1},
                                .targets = {},
                                .samples = {{.index = 0, .picture = {}, .text = kEvil}},
                                .mistakes = {}};
  return run;
}

int Occurrences(const std::string& text, std::string_view part) {
  int count = 0;
  for (size_t at = text.find(part); at != kNowhere; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST(RenderReport, LetsNoTextOfTheRunBecomeMarkup) {
  const StatusOr<std::string> evil = RenderReport({EvilRun()});
  const StatusOr<std::string> plain = RenderReport({RunReport{}});
  ASSERT_TRUE(evil.ok() && plain.ok());
  EXPECT_EQ(evil->find("<script>alert"), kNowhere);
  for (const char* markup : {"<script", "</script", "<!--", "<!"}) {
    EXPECT_EQ(Occurrences(*evil, markup), Occurrences(*plain, markup)) << markup;
  }
}

TEST(RenderReport, NeedsNoNetwork) {
  const StatusOr<std::string> page = RenderReport({EvilRun()});
  ASSERT_TRUE(page.ok());
  EXPECT_NE(page->find("default-src 'none'"), kNowhere);
  std::string own = *page;  // Chart.js names its home page in a comment
  own.erase(own.find(kChartJs), kChartJs.size());
  for (const char* fetch : {"http://", "https://", "src=\"", "<link", "@import", "url(", "fetch(",
                            "XMLHttpRequest", "import("}) {
    EXPECT_EQ(own.find(fetch), kNowhere) << fetch;
  }
}

TEST(RenderReport, GivesTheSameBytesForTheSameRuns) {
  EXPECT_EQ(*RenderReport({EvilRun()}), *RenderReport({EvilRun()}));
}

TEST(RenderReport, RefusesNoRunsAndPredictionsThatDoNotFitTogether) {
  EXPECT_EQ(ExitCodeOf(RenderReport({}).status()), ExitCode::kUsage);
  RunReport run = EvilRun();
  run.predictions->labels[0] = 2;
  EXPECT_EQ(ExitCodeOf(RenderReport({run}).status()), ExitCode::kBug);
}

TEST(WriteReport, WritesThePageOrSaysWhyNot) {
  const std::string path = JoinPath(::testing::TempDir(), "report.html");
  ASSERT_TRUE(WriteReport({RunReport{}}, path).ok());
  EXPECT_EQ(*ReadFile(path), *RenderReport({RunReport{}}));
  const Status status = WriteReport({RunReport{}}, path + "/below/a/file.html");
  EXPECT_EQ(ExitCodeOf(status), ExitCode::kCannotWrite);
}

}  // namespace
}  // namespace lockstep
