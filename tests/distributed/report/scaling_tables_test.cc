#include "distributed/report/scaling_tables.h"

#include <gtest/gtest.h>

#include "tests/distributed/report/scaling_sample.h"

namespace lockstep {
namespace {

int Rows(const std::string& table) {
  int count = 0;
  for (size_t at = table.find("<tr>"); at != table.npos; at = table.find("<tr>", at + 1)) ++count;
  return count;
}

void ExpectCells(const std::string& table, const std::vector<std::string>& cells) {
  for (const std::string& cell : cells) {
    EXPECT_NE(table.find(">" + cell + "<"), table.npos) << cell << " in\n" << table;
  }
}

TEST(ShortNumber, HasThreeDigits) {
  EXPECT_EQ(ShortNumber(0), "0");
  EXPECT_EQ(ShortNumber(12345.6), "12,346");
  EXPECT_EQ(ShortNumber(123.4), "123");
  EXPECT_EQ(ShortNumber(12.34), "12.3");
  EXPECT_EQ(ShortNumber(-1.234), "-1.23");
  EXPECT_EQ(ShortNumber(0.1234), "0.123");
  EXPECT_EQ(ShortNumber(0.00001234), "1.23e-05");
  EXPECT_EQ(ShortNumber(kNotKnown), "\u2013");
}

TEST(EstimateHtml, HasAnIntervalWhereOneIsKnown) {
  EXPECT_EQ(EstimateHtml({2, 1.5, 3}), "2.00 <span class=\"quiet\">1.50 \u2013 3.00</span>");
  EXPECT_EQ(EstimateHtml({0.5, 0.4, 0.6}, 100),
            "50.0 <span class=\"quiet\">40.0 \u2013 60.0</span>");
  EXPECT_EQ(EstimateHtml({.value = 2}), "2.00");
  EXPECT_EQ(EstimateHtml({}), "\u2013");
}

TEST(MeasuredTable, HasEachNumberOfRanksWithItsIntervals) {
  const std::string table = MeasuredTable(ScalingSample());
  EXPECT_EQ(Rows(table), 1 + 3);
  ExpectCells(table, {"256", "11.1 ", "10.9 \u2013 11.3", "23,063 ", "1.69 ", "1.65 \u2013 1.73",
                      "84.5 ", "82.7 \u2013 86.3", "0.087 "});
}

TEST(OverlapTable, HasBoundAndVerdict) {
  ExpectCells(
      OverlapTable(ScalingSample()),
      {"7.00", "7.20", "communication exposed 8 % (bucket 1): larger batch or faster network"});
}

TEST(PredictedTable, TellsItsErrorWhereItWasMeasured) {
  const std::string table = PredictedTable(ScalingSample());
  EXPECT_EQ(Rows(table), 1 + 8);
  ExpectCells(table,
              {"-8.4 %", "+13.6 %", "\u2013", "1.84 ", "92.2 ", "128", "compute", "transfer"});
}

TEST(WhatIfTable, BeginsWithWhatIsSo) {
  const std::string table = WhatIfTable(ScalingSample());
  EXPECT_EQ(Rows(table), 1 + 1 + 3);
  ExpectCells(table, {"as it is", "2.6 %", "network 4 times as fast", "3.10 ", "6.00", "9.4 %",
                      "stragglers"});
  EXPECT_LT(table.find("as it is"), table.find("network 4 times"));
}

TEST(TermsTable, TellsFittedFromAssumed) {
  ExpectCells(TermsTable(ScalingSample()), {"link_bandwidth", "118 ", "111 \u2013 125", "MB/s",
                                            "of one host, each way", "fitted", "0.010", "assumed"});
}

TEST(ResidualsTable, TellsTheDifference) {
  ExpectCells(ResidualsTable(ScalingSample()), {"compute", "9.30", "9.10", "-2.2 %"});
}

TEST(FailedTable, SaysWhy) {
  ExpectCells(FailedTable(ScalingSample()), {"3", "lockstep train ended with signal 9 (killed)"});
}

TEST(FactsTable, SaysHowToMeasureItAgain) {
  ScalingResult result = ScalingSample();
  ExpectCells(FactsTable(result), {"AMD EPYC 9V45, 2 cores", "2026-11-25 09:30:00 UTC",
                                   "lockstep scale examples/mnist.textproto --ranks 1,2,4 "
                                   "--launcher mpirun --hosts h1:2,h2:2",
                                   "h1:2,h2:2"});
  result.hosts = "";
  EXPECT_EQ(FactsTable(result).find(">hosts<"), std::string::npos);
}

TEST(Tables, AreEmptyWithoutRows) {
  const ScalingResult nothing;
  EXPECT_EQ(MeasuredTable(nothing) + OverlapTable(nothing) + PredictedTable(nothing) +
                WhatIfTable(nothing) + TermsTable(nothing) + ResidualsTable(nothing) +
                FailedTable(nothing) + FactsTable(nothing),
            "");
}

}  // namespace
}  // namespace lockstep
