#include "distributed/report/page_template.h"

#include <gtest/gtest.h>

#include <vector>

namespace lockstep {
namespace {

TEST(FillPage, FillsEachPlaceWithoutLookingIntoWhatItFilled) {
  const std::vector<Filling> fillings = {{"a", "{{b}}"}, {"b", "B"}};
  EXPECT_EQ(FillPage("<{{a}}>{{b}}{{b}}", fillings), "<{{b}}>BB");
  EXPECT_EQ(FillPage("plain", {}), "plain");
}

TEST(FillPageDeath, RefusesAPlaceThatNothingFills) {
  EXPECT_DEATH(FillPage("{{a}}", {}), "\\{\\{a\\}\\} is no known place");
  EXPECT_DEATH(FillPage("{{a", {}), "without");
}

}  // namespace
}  // namespace lockstep
