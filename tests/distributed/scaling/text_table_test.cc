#include "distributed/scaling/text_table.h"

#include <gtest/gtest.h>

namespace lockstep {
namespace {

std::string ErrorOf(const std::string& text) {
  const auto table = TextTable::Parse(text, "t.csv", {"name", "count"}, {"note"});
  if (!table.ok()) return std::string(table.status().message());
  const auto count = table->Count(0, "count");
  return count.ok() ? "" : std::string(count.status().message());
}

TEST(TextTable, ReadsQuotedFieldsByColumnName) {
  const auto table =
      TextTable::Parse("count,name\r\n\r\n3,\"a, \"\"b\"\"\"\r\n", "t.csv", {"name", "count"}, {});
  ASSERT_TRUE(table.ok()) << table.status();
  ASSERT_EQ(table->rows(), 1u);
  EXPECT_EQ(table->Text(0, "name"), "a, \"b\"");
  EXPECT_EQ(*table->Count(0, "count"), 3);
  EXPECT_EQ(*table->Number(0, "absent", 7), 7);
}

TEST(TextTable, ErrorsNameFileLineAndColumn) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "t.csv:1: the file is empty"},
      {"name,cuont\n", "t.csv:1: unknown column \"cuont\"; did you mean \"count\"?"},
      {"name\n", "t.csv:1: expected a column \"count\""},
      {"name,count,name\n", "t.csv:1: column \"name\" stands twice"},
      {"name,count\na,1\nb\n", "t.csv:3: expected 2 fields"},
      {"name,count\n\"a,1\n", "t.csv:2:1: the quote that begins here has no end"},
      {"name,count\na,1.5\n", "t.csv:2: count: expected a whole number"},
      {"name,count\na,-1\n", "t.csv:2: count: expected a number from 0 up, found \"-1\""},
      {"name,count\na,nan\n", "t.csv:2: count: expected a number"},
      {"name,count\na,1x\n", "t.csv:2: count: expected a number"},
  };
  for (const auto& [text, message] : cases) {
    EXPECT_EQ(ErrorOf(text).substr(0, std::string(message).size()), message) << text;
  }
}

}  // namespace
}  // namespace lockstep
