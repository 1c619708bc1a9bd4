// Our own kernels for GPUs, run on the host over the table of ops; conv_plan_test has the
// convolutions.
#include "core/ops/cuda/kernel_ops.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/core/ops/conformance.h"
#include "tests/core/ops/cuda/host_kernel_ops.h"

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

}  // namespace
}  // namespace lockstep::cuda
