#include "distributed/report/page_assets.h"

#include <gtest/gtest.h>

namespace lockstep {
namespace {

constexpr auto kNowhere = std::string_view::npos;

TEST(PageAssets, AreNotEmpty) {
  EXPECT_NE(kPageHtml.find("<!DOCTYPE html>"), kNowhere);
  EXPECT_NE(kPageStyle.find(":root"), kNowhere);
  EXPECT_NE(kPageScript.find("function confusionTable"), kNowhere);
  EXPECT_NE(kScalingHtml.find("<!DOCTYPE html>"), kNowhere);
  EXPECT_NE(kChartJs.find("Chart.js v"), kNowhere);
}

TEST(PageAssets, DoNotEndTheElementsTheyStandIn) {
  EXPECT_EQ(kPageStyle.find("</"), kNowhere);
  EXPECT_EQ(kScalingStyle.find("</"), kNowhere);
  EXPECT_EQ(kPageScript.find("</"), kNowhere);
  EXPECT_EQ(kPageScript.find("<!--"), kNowhere);
  EXPECT_EQ(kChartJs.find("</script"), kNowhere);
}

TEST(PageAssets, WriteTextNeverMarkup) {
  for (const char* call : {"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("}) {
    EXPECT_EQ(kPageScript.find(call), kNowhere) << call;
  }
}

}  // namespace
}  // namespace lockstep
