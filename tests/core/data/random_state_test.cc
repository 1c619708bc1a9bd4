#include "core/data/random_state.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace lockstep {
namespace {

using Order = std::vector<uint32_t>;

// The sum of position times value: one number for a whole order.
uint64_t Moment(const Order& order) {
  uint64_t sum = 0;
  for (size_t i = 0; i < order.size(); ++i) sum += i * order[i];
  return sum;
}

// All constants are numpy.random.RandomState(seed).shuffle(numpy.arange(n)).
TEST(RandomState, ShufflesAsNumpyDoes) {
  EXPECT_EQ(RandomState(113).ShuffledOrder(1), Order({0}));
  EXPECT_EQ(RandomState(113).ShuffledOrder(2), Order({0, 1}));
  EXPECT_EQ(RandomState(113).ShuffledOrder(3), Order({2, 0, 1}));
  EXPECT_EQ(RandomState(0).ShuffledOrder(8), Order({6, 2, 1, 7, 3, 0, 5, 4}));
  EXPECT_EQ(RandomState(1).ShuffledOrder(8), Order({7, 2, 1, 6, 0, 4, 3, 5}));
  EXPECT_EQ(RandomState(4294967295).ShuffledOrder(8), Order({1, 7, 6, 0, 5, 4, 2, 3}));
}

TEST(RandomState, ASecondShuffleGoesOnWithTheSameStream) {
  RandomState random(113);
  EXPECT_EQ(random.ShuffledOrder(10), Order({9, 3, 6, 1, 0, 7, 4, 8, 2, 5}));
  EXPECT_EQ(random.ShuffledOrder(10), Order({6, 9, 5, 0, 1, 4, 8, 3, 7, 2}));
}

TEST(RandomState, LongOrdersAgreeToTheirLastElement) {
  const Order imdb = RandomState(113).ShuffledOrder(25000);
  EXPECT_EQ(Order(imdb.begin(), imdb.begin() + 5), Order({7798, 13226, 18078, 793, 17499}));
  EXPECT_EQ(Order(imdb.end() - 5, imdb.end()), Order({11010, 16236, 22690, 4828, 14501}));
  EXPECT_EQ(Moment(imdb), 3919982184325u);
  const Order past_16_bits = RandomState(7).ShuffledOrder(65537);
  EXPECT_EQ(Order(past_16_bits.begin(), past_16_bits.begin() + 3), Order({47804, 15466, 49000}));
  EXPECT_EQ(Moment(past_16_bits), 70373207711800u);
}

TEST(RandomState, ShufflingNothingDrawsNothing) {
  RandomState random(113);
  EXPECT_TRUE(random.ShuffledOrder(0).empty());
  EXPECT_EQ(random.ShuffledOrder(3), Order({2, 0, 1}));
}

}  // namespace
}  // namespace lockstep
