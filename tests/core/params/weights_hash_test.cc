#include "core/params/weights_hash.h"

#include <gtest/gtest.h>

#include <vector>

namespace lockstep {
namespace {

TEST(WeightsHash, SeesEveryWeightAndNoPadding) {
  const ParameterLayout layout({{"kernel", {3, 5}}, {"bias", {5}, ParameterGroup::kBias, 0}});
  std::vector<float> weights(static_cast<size_t>(layout.size_elems()), 0.5f);
  const uint64_t hash = WeightsHash(layout, weights.data());
  for (size_t i = 0; i < weights.size(); ++i) {
    weights[i] = -0.5f;
    const size_t place = i % ParameterLayout::kBlockElems;
    const bool is_weight = place < (i < ParameterLayout::kBlockElems ? 15 : 5);
    EXPECT_EQ(WeightsHash(layout, weights.data()) != hash, is_weight) << i;
    weights[i] = 0.5f;
  }
}

TEST(WeightsHash, TellsMinusZeroFromZero) {
  const ParameterLayout layout({{"bias", {1}}});
  std::vector<float> weights(static_cast<size_t>(layout.size_elems()));
  const uint64_t hash = WeightsHash(layout, weights.data());
  weights[0] = -0.0f;
  EXPECT_NE(WeightsHash(layout, weights.data()), hash);
}

}  // namespace
}  // namespace lockstep
