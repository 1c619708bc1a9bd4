// Our own kernels for GPUs, run on the host over the table of ops; conv_plan_test has the
// convolutions.
#include "core/ops/cuda/kernel_ops.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/ops/ops.h"
#include "tests/core/ops/conformance.h"
#include "tests/core/ops/cuda/host_device.h"
#include "tests/core/ops/cuda/host_kernel_ops.h"
#include "tests/core/ops/cuda/host_libraries.h"
#include "tests/testing/floats.h"

namespace lockstep::cuda {
namespace {

std::vector<OpCase> Cases() {
  std::vector<OpCase> cases;
  for (const auto& some :
       {ActivationCases(), BatchNormCases(), DenseCases(), ElementCases(), LossCases(), LrnCases(),
        PoolCases(), SparseDenseCases(), UpdateCases()}) {
    cases.insert(cases.end(), some.begin(), some.end());
  }
  return cases;
}

class KernelOpsTable : public testing::TestWithParam<OpCase> {};

TEST_P(KernelOpsTable, AgreeWithTheReference) { CheckOnTheHost(GetParam(), /*unusual=*/false); }
TEST_P(KernelOpsTable, AgreeInUnusualWays) { CheckOnTheHost(GetParam(), /*unusual=*/true); }

INSTANTIATE_TEST_SUITE_P(Conformance, KernelOpsTable, testing::ValuesIn(Cases()),
                         [](const auto& row) { return row.param.name; });

// y and dw of a multi-hot layer, more rows than a block asks at a time.
std::vector<Floats> MultiHotLayer(Ops* ops) {
  constexpr int64_t kRows = 300, kWords = 50, kOut = 20;
  std::vector<std::vector<uint32_t>> lists(kRows);
  std::vector<std::span<const uint32_t>> ones;
  for (size_t row = 0; row < lists.size(); ++row) {
    for (uint32_t word = 0; word < kWords; ++word) {
      if ((row * 7 + word * 11) % 5 < 2) lists[row].push_back(word);
    }
    ones.emplace_back(lists[row]);
  }
  const SparseRows x = {ones.data(), kRows, kWords};
  const Floats w = RandomFloats(kWords * kOut, 1), b = RandomFloats(kOut, 2);
  Floats dy = RandomFloats(kRows * kOut, 3);
  std::vector<Floats> results;
  results.emplace_back(kRows * kOut);
  results.emplace_back(kWords * kOut);
  const auto plan = ops->PlanSparseDense({.in = kWords, .out = kOut, .max_rows = kRows});
  plan->Forward(x, w.data(), b.data(), results[0].matrix(kRows));
  LinearGradients gradients;
  gradients.dy = dy.matrix(kRows);
  gradients.dw = results[1].data();
  plan->Backward(x, gradients);
  return results;
}

TEST(KernelOps, MultiHotLayersHaveTheBitsOfTheCpu) {
  HostDevice device;
  HostLibraries libraries(/*plain=*/false);
  HostKernelOps kernels(&device, &libraries);
  const std::unique_ptr<Ops> cpu = MakeCpuOps();
  const std::vector<Floats> expected = MultiHotLayer(cpu.get()), actual = MultiHotLayer(&kernels);
  for (size_t i = 0; i < expected.size(); ++i) EXPECT_TRUE(SameBits(actual[i], expected[i])) << i;
}

}  // namespace
}  // namespace lockstep::cuda
