#include "core/optim/l2_penalty.h"

#include <gtest/gtest.h>

#include <vector>

#include "core/ops/ops.h"
#include "core/params/parameter_layout.h"
#include "proto/config.pb.h"

namespace lockstep {
namespace {

TEST(L2Penalty, IsTheSumOfSquaresOfEveryKernelAndOfNoBias) {
  const ParameterLayout layout({{"a/kernel", Shape{2}, ParameterGroup::kKernel, 0},
                                {"a/bias", Shape{1}, ParameterGroup::kBias, 0},
                                {"b/kernel", Shape{1}, ParameterGroup::kKernel, 1}});
  std::vector<float> weights(static_cast<size_t>(layout.size_elems()));
  float* kernel = weights.data() + layout.Find("a/kernel")->offset_elems;
  kernel[0] = 3;
  kernel[1] = -4;
  weights[static_cast<size_t>(layout.Find("a/bias")->offset_elems)] = 100;
  weights[static_cast<size_t>(layout.Find("b/kernel")->offset_elems)] = 5;
  OptimizerConfig config;
  const auto ops = MakeCpuOps();
  EXPECT_EQ(L2Penalty(config, layout, weights.data(), ops.get()), 0);
  config.set_l2(0.5f);
  EXPECT_EQ(L2Penalty(config, layout, weights.data(), ops.get()), 25);
}

}  // namespace
}  // namespace lockstep
