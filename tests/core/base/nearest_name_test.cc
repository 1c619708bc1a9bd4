#include "core/base/nearest_name.h"

#include <gtest/gtest.h>

namespace lockstep {
namespace {

const std::vector<std::string> kNames = {"imdb", "reuters", "boston_housing", "mnist",
                                         "fashion_mnist"};

TEST(NearestName, AMisspellingIsMetByWhatWasMeant) {
  EXPECT_EQ(NearestName("imbd", kNames), "imdb");
  EXPECT_EQ(NearestName("boston_houses", kNames), "boston_housing");
  EXPECT_EQ(NearestName("mnistt", kNames), "mnist");
}

TEST(NearestName, NothingIsSuggestedForAWordThatIsNoMisspelling) {
  EXPECT_EQ(NearestName("abcdefgh", kNames), "");
  EXPECT_EQ(NearestName("x", {}), "");
  EXPECT_EQ(NearestName("", kNames), "");
  EXPECT_EQ(NearestName("imdb" + std::string(1000, 'x'), kNames), "");
}

TEST(DidYouMean, IsAQuestionOrNothing) {
  EXPECT_EQ(DidYouMean("imbd", kNames), "; did you mean \"imdb\"?");
  EXPECT_EQ(DidYouMean("abcdefgh", kNames), "");
}

}  // namespace
}  // namespace lockstep
