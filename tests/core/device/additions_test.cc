#include "core/device/additions.h"

#include <gtest/gtest.h>

#include <vector>

namespace lockstep {
namespace {

TEST(Additions, FitIntoTheParametersOfAKernel) { EXPECT_LE(sizeof(Additions), 4096u - 8); }

// 2^24 + 1 + 1 in floats: 2^24 from the left, 2^24 + 2 from the right.
TEST(Additions, AreDoneInTheOrderOfTheList) {
  for (const bool from_right : {false, true}) {
    std::vector<std::vector<float>> values = {{9, 16777216}, {9, 1}, {9, 1}};
    Additions additions = {.count = 2};
    additions.steps[0] = {values[from_right ? 1 : 0].data(), values[from_right ? 2 : 1].data()};
    additions.steps[1] = {values[0].data(), values[from_right ? 1 : 2].data()};
    AddInOrderAt(additions, 1);
    EXPECT_EQ(values[0][1], from_right ? 16777218 : 16777216);
    EXPECT_EQ(values[0][0], 9);
  }
}

}  // namespace
}  // namespace lockstep
