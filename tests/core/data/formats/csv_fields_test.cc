#include "core/data/formats/csv_fields.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace lockstep {
namespace {

using Lines = std::vector<std::vector<std::string>>;

// Up to the first error, whose message is the last field.
Lines Read(std::string_view text) {
  Lines lines;
  CsvFields fields(text, "t.csv");
  while (fields.NextLine()) {
    lines.emplace_back();
    while (!fields.line_done()) {
      const StatusOr<std::string_view> field = fields.NextField();
      lines.back().push_back(field.ok() ? std::string(*field)
                                        : std::string(field.status().message()));
      if (!field.ok()) return lines;
    }
  }
  return lines;
}

TEST(CsvFields, AreSplitAtCommasAndFreeOfBlanks) {
  EXPECT_EQ(Read("a, b ,,c d\n\r\n1,\r\n"), (Lines{{"a", "b", "", "c d"}, {"1", ""}}));
  EXPECT_EQ(Read("\xEF\xBB\xBF"
                 "a"),
            (Lines{{"a"}}));
  EXPECT_EQ(Read(""), Lines{});
}

TEST(CsvFields, InQuotesHoldCommasAndQuotes) {
  EXPECT_EQ(Read(R"("a,b", "say ""no""" ,"""")"), (Lines{{"a,b", "say \"no\"", "\""}}));
  EXPECT_EQ(Read(R"("","""a","b""c""d")"), (Lines{{"", "\"a", "b\"c\"d"}}));
  EXPECT_EQ(Read(R"(3" wide,x)"), (Lines{{"3\" wide", "x"}}));
}

TEST(CsvFields, ErrorsNameLineAndColumn) {
  EXPECT_EQ(Read("\na, \"b"), (Lines{{"a", "t.csv:2:4: the quote that begins here has no end"}}));
  EXPECT_EQ(Read(R"("a""",1)"), (Lines{{"a\"", "1"}}));
  EXPECT_EQ(Read(R"("a"")"), (Lines{{"t.csv:1:1: the quote that begins here has no end"}}));
  EXPECT_EQ(Read(R"("a"b,c)"), (Lines{{"t.csv:1:1: text follows the closing quote of this field"}}));
}

TEST(CsvFields, CountLinesFromOneAndEmptyOnesToo) {
  CsvFields fields("\n\nx\n\ny", "t.csv");
  ASSERT_TRUE(fields.NextLine());
  EXPECT_EQ(fields.line(), 3);
  ASSERT_TRUE(fields.NextLine());
  EXPECT_EQ(fields.line(), 5);
  EXPECT_FALSE(fields.NextLine());
}

}  // namespace
}  // namespace lockstep
