#include "core/data/formats/csv.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/core/data/formats/damage.h"

namespace lockstep {
namespace {

StatusOr<CsvTable> Parse(const std::string& text) { return ParseCsv(text, "price", "houses.csv"); }

struct Good {
  std::string text;
  std::vector<std::string> features;
  std::vector<double> x;
  std::vector<double> y;
};

TEST(ParseCsv, ReadsWhatTablesAreWrittenLike) {
  const Good kGood[] = {
      {"a,price\n1,2\n", {"a"}, {1}, {2}},
      {"price,a,b\n1,2,3\n4,5,6", {"a", "b"}, {2, 3, 5, 6}, {1, 4}},  // no last line end
      {"a,price\r\n1,2\r\n\r\n3,4\r\n\n\n", {"a"}, {1, 3}, {2, 4}},   // CRLF, blank lines
      {"\xEF\xBB\xBF"
       "a,price\n1,2\n",
       {"a"},
       {1},
       {2}},  // byte order mark
      {"rooms per house , \"price\"\n 1 ,\" 2\"\n", {"rooms per house"}, {1}, {2}},
      {"\"3\"\" pipes\",price\n1,2\n", {"3\" pipes"}, {1}, {2}},  // a quote within quotes
      {"\"a,b\",price\n\"1\",\"2\"\n", {"a,b"}, {1}, {2}},  // a comma within quotes
      {"a,price\n-1.5e-3,+2E2\n.5,-0\n", {"a"}, {-0.0015, 0.5}, {200, 0}},
      {"a,price\n1e-400,-1e-400\n", {"a"}, {0}, {0}},  // below the smallest float64
      {"a,price\n1.7976931348623157e308,0.1\n", {"a"}, {1.7976931348623157e308}, {0.1}},
      {"H\xc3\xb6he,price\n1,2\n", {"H\xc3\xb6he"}, {1}, {2}},
  };
  for (const Good& good : kGood) {
    SCOPED_TRACE(good.text);
    const StatusOr<CsvTable> table = Parse(good.text);
    ASSERT_TRUE(table.ok()) << table.status();
    EXPECT_EQ(table->features, good.features);
    EXPECT_EQ(table->x, good.x);
    EXPECT_EQ(table->y, good.y);
    EXPECT_EQ(table->rows, static_cast<int64_t>(good.y.size()));
  }
}

struct Bad {
  std::string text;
  std::string start;  // of the message: the place
  std::string named;  // within it
};

TEST(ParseCsv, RefusesWithThePlaceAndTheCause) {
  const Bad kBad[] = {
      {"", "houses.csv: empty", ""},
      {"\xEF\xBB\xBF\r\n\n", "houses.csv: empty", ""},
      {"a,price\n", "houses.csv: no row", ""},
      {"a,b\n1,2\n",
       "houses.csv:1:1: ", "a column \"price\" and at least one other; the columns are a, b"},
      {"price\n1\n", "houses.csv:1:1: ", "at least one other"},
      {"a,,price\n1,2,3\n", "houses.csv:1:3: ", "without a name"},
      {"a,price,\n1,2,3\n", "houses.csv:1:9: ", "without a name"},
      {"a,a,b,price\n1,2,3,4\n", "houses.csv:1:3: ", "two columns are named \"a\""},
      {"a,price\n1,2\n\n3,x\n", "houses.csv:4:3: ", "a finite number for \"price\", found \"x\""},
      {"a,price\n,2\n", "houses.csv:2:1: ", "found \"\""},
      {"a,price\n1,\n", "houses.csv:2:3: ", "found \"\""},
      {"a,price\n1\n", "houses.csv:2:1: ", "ends after 1 fields; the header has 2"},
      {"a,price\n1,2,3\n", "houses.csv:2:3: ", "the header has 2 columns"},
      {"a,price\n1,2,\n", "houses.csv:2:3: ", "the header has 2 columns"},
      {"a,price\n1,2,3,4\n", "houses.csv:2:3: ", "the header has 2 columns"},
      {"a,price\n   \n", "houses.csv:2:4: ", "found \"\""},
      {"a,price\nnan,2\n", "houses.csv:2:1: ", "found \"nan\""},
      {"a,price\n1,-inf\n", "houses.csv:2:3: ", "found \"-inf\""},
      {"a,price\n1e400,2\n", "houses.csv:2:1: ", "found \"1e400\""},
      {"a,price\n0x10,2\n", "houses.csv:2:1: ", "found \"0x10\""},
      {"a,price\n1 2,2\n", "houses.csv:2:1: ", "found \"1 2\""},
      {"a,price\n1;2\n", "houses.csv:2:1: ", "found \"1;2\""},
      {"a,price\n+-1,2\n", "houses.csv:2:1: ", "found \"+-1\""},
      {"a,price\n1e,2\n", "houses.csv:2:1: ", "found \"1e\""},
      {"a,price\n\"1,2\n", "houses.csv:2:1: ", "quote"},
      {"a,price\n\"1\"0,2\n", "houses.csv:2:1: ", "closing quote"},
      {"a,price\n1\x1b[31m,2\n", "houses.csv:2:1: ", "found \"1?[31m\""},
      {"a,price\n" + std::string(500, '9') + "x,2\n", "houses.csv:2:1: ", "9...\""},
  };
  for (const Bad& bad : kBad) {
    SCOPED_TRACE(bad.text);
    const Status status = Parse(bad.text).status();
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(ComplaintAbout(status, bad.start), "");
    EXPECT_NE(Message(status).find(bad.named), std::string::npos) << status;
  }
}

const std::string kTable = "\"size\",rooms,price\r\n1.5,-2,\"3e2\"\r\n\r\n4,5,6\r\n";

TEST(ParseCsv, EveryCutIsReadOrRefusedInOneLine) {
  ForEachCut(kTable, [](const std::string& cut, size_t at) {
    EXPECT_EQ(ComplaintAbout(Parse(cut).status(), "houses.csv"), "") << at;
  });
}

TEST(ParseCsv, EveryChangedByteIsReadOrRefusedInOneLine) {
  ForEachFlip(kTable, 0, kTable.size(), [](const std::string& damaged, size_t at) {
    const StatusOr<CsvTable> table = Parse(damaged);
    ASSERT_EQ(ComplaintAbout(table.status(), "houses.csv"), "") << at;
    if (!table.ok()) return;
    ASSERT_EQ(table->x.size(), static_cast<size_t>(table->rows) * table->features.size()) << at;
    ASSERT_EQ(table->y.size(), static_cast<size_t>(table->rows)) << at;
  });
}

}  // namespace
}  // namespace lockstep
