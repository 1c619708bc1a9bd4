#include "core/ops/cuda/conv_plan.h"

#include <gtest/gtest.h>

#include "tests/core/ops/conformance.h"
#include "tests/core/ops/cuda/host_kernel_ops.h"
#include "tests/testing/floats.h"

namespace lockstep::cuda {
namespace {

class ConvPlanTable : public testing::TestWithParam<OpCase> {};

TEST_P(ConvPlanTable, AgreesWithTheReference) { CheckOnTheHost(GetParam(), /*unusual=*/false); }
TEST_P(ConvPlanTable, AgreesInUnusualWays) { CheckOnTheHost(GetParam(), /*unusual=*/true); }

INSTANTIATE_TEST_SUITE_P(Conformance, ConvPlanTable, testing::ValuesIn(ConvCases()),
                         [](const auto& row) { return row.param.name; });

// `same_weights` saves the transposed copy; without it, and after Infer, the copy is made anew.
TEST(ConvPlan, PreparesWeightsWhereTheyMayHaveChangedAndOnlyThere) {
  HostDevice device;
  HostLibraries libraries(/*plain=*/false);
  ConvSpec spec;
  spec.in = spec.out = {2, 2, 1};
  spec.use_bias = false;
  spec.max_rows = 1;
  LibraryConv<HostDevice> plan(&device, &libraries, spec);
  const Floats x = RandomFloats(4, 1);
  Floats w = RandomFloats(1, 2), y(4), mean = RandomFloats(1, 3), input = x.Copy();
  Floats one = RandomFloats(1, 4, 2, 3);
  const auto first = [&](bool same_weights) {
    plan.Forward(input.matrix(1), w.data(), nullptr, y.matrix(1), same_weights);
    return y[0] / x[0];
  };
  const float before = w[0];
  EXPECT_FLOAT_EQ(first(false), before);
  w[0] = before + 1;
  EXPECT_FLOAT_EQ(first(true), before) << "the promise saves the copy";
  EXPECT_FLOAT_EQ(first(false), before + 1);
  plan.Infer(input.matrix(1), w.data(), nullptr, {one.data(), one.data(), mean.data(), one.data()},
             y.matrix(1), true);
  EXPECT_FLOAT_EQ(first(true), before + 1) << "the folded copy must not serve";
}

}  // namespace
}  // namespace lockstep::cuda
