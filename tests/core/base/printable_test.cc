#include "core/base/printable.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace lockstep {
namespace {

TEST(Printable, PlainTextAndUtf8StayAsTheyAre) {
  for (const std::string text :
       {"", "dense/kernel [3,4]", "H\xc3\xb6he", "\xe2\x82\xac", "\xf0\x9f\x98\x80"}) {
    EXPECT_EQ(Printable(text), text);
  }
}

TEST(Printable, NoControlCharacterReachesATerminal) {
  EXPECT_EQ(Printable("a\nb\tc\x1b[31m\x7f"), "a?b?c?[31m?");
  EXPECT_EQ(Printable(std::string_view("\0x", 2)), "?x");
  EXPECT_EQ(Printable("\xc2\x9b"
                      "31m"),
            "??31m");  // U+009B begins an escape sequence, too
}

TEST(Printable, BytesThatAreNoUtf8AreReplaced) {
  EXPECT_EQ(Printable("\xff\xfe"
                      "a"),
            "??a");
  EXPECT_EQ(Printable("a\xc3"), "a?");               // cut
  EXPECT_EQ(Printable("\xc0\xaf"), "??");            // '/' written too long
  EXPECT_EQ(Printable("\xe0\x80\xaf"), "???");       // the same in three bytes
  EXPECT_EQ(Printable("\xed\xa0\x80"), "???");       // half of a surrogate pair
  EXPECT_EQ(Printable("\xf4\x90\x80\x80"), "????");  // beyond U+10FFFF
}

TEST(Printable, LongTextIsCutBetweenCharacters) {
  EXPECT_EQ(Printable("abcdef", 6), "abcdef");
  EXPECT_EQ(Printable("abcdefg", 6), "abcdef...");
  EXPECT_EQ(Printable("ab\xc3\xb6", 3), "ab...");
}

TEST(NameList, ShowsTheFirstAndCountsTheRest) {
  NameList names;
  EXPECT_TRUE(names.empty());
  EXPECT_EQ(names.ToString(), "");
  for (char c = 'a'; c <= 'l'; ++c) names.Add(std::string(1, c));
  EXPECT_EQ(names.ToString(), "a, b, c, d, e, f, g, h, i, j, k, l");
  names.Add("m\n");
  names.Add("n");
  EXPECT_EQ(names.ToString(), "a, b, c, d, e, f, g, h, i, j, k, l and 2 more");
}

}  // namespace
}  // namespace lockstep
