#include "core/data/class_label.h"

#include <gtest/gtest.h>

namespace lockstep {
namespace {

TEST(ClassLabel, IsTheName) { EXPECT_EQ(ClassLabel({"cat", "dog"}, 1), "dog"); }

TEST(ClassLabel, IsTheNumberWhereThereIsNoName) {
  EXPECT_EQ(ClassLabel({}, 1), "1");
  EXPECT_EQ(ClassLabel({"cat", "dog"}, 2), "2");
  EXPECT_EQ(ClassLabel({"cat", "dog"}, -1), "-1");
}

}  // namespace
}  // namespace lockstep
