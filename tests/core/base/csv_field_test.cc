#include "core/base/csv_field.h"

#include <gtest/gtest.h>

namespace lockstep {
namespace {

TEST(CsvField, LeavesPlainTextAsItIs) {
  EXPECT_EQ(CsvField("a b"), "a b");
  EXPECT_EQ(CsvField(""), "");
}

TEST(CsvField, QuotesCommasQuotesAndEndsOfLines) {
  EXPECT_EQ(CsvField("a,b"), "\"a,b\"");
  EXPECT_EQ(CsvField("5\" disk"), "\"5\"\" disk\"");
  EXPECT_EQ(CsvField("a\nb"), "\"a\nb\"");
  EXPECT_EQ(CsvField("a\rb"), "\"a\rb\"");
}

}  // namespace
}  // namespace lockstep
