#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "core/ops/ops.h"
#include "tests/core/ops/conformance.h"
#include "tests/testing/floats.h"
#include "tests/testing/tolerance.h"

namespace lockstep {
namespace {

class CpuOpsTable : public testing::TestWithParam<OpCase> {};

TEST_P(CpuOpsTable, AgreeWithTheReference) {
  const std::unique_ptr<Ops> reference = MakeReferenceOps(), tested = MakeCpuOps();
  GetParam().check({reference.get(), tested.get()});
}

INSTANTIATE_TEST_SUITE_P(Conformance, CpuOpsTable, testing::ValuesIn(AllOpCases()),
                         [](const auto& row) { return row.param.name; });

TEST(CpuOps, NameTellsTheInstructionSetAndTheMaker) {
  const std::string name = MakeCpuOps()->name();
  const std::string set = name.substr(0, name.find(" ("));
  EXPECT_TRUE(set == "cpu avx512" || set == "cpu avx2" || set == "cpu x86-64") << name;
}

// y, dx and dw of a product large enough for oneDNN, its arrays `by` elements off the cache line.
std::vector<Floats> LargeProduct(int by) {
  constexpr int64_t kRows = 65, kIn = 131, kOut = 47;
  const auto ops = MakeCpuOps();
  Floats x = RandomFloats(kRows * kIn, 1).Copy(by), w = RandomFloats(kIn * kOut, 2).Copy(by),
         dy = RandomFloats(kRows * kOut, 3).Copy(by);
  std::vector<Floats> results;
  for (const int64_t size : {kRows * kOut, kRows * kIn, kIn * kOut}) results.emplace_back(size, by);
  const auto plan = ops->PlanDense({.in = kIn, .out = kOut, .max_rows = kRows});
  plan->Forward({x.data(), kRows, kIn}, w.data(), nullptr, {results[0].data(), kRows, kOut});
  plan->Backward({x.data(), kRows, kIn}, w.data(),
                 {.y = {results[0].data(), kRows, kOut},
                  .dy = {dy.data(), kRows, kOut},
                  .dx = results[1].data(),
                  .dw = results[2].data()});
  return results;
}

TEST(CpuOps, BitsOfALargeProductDependOnNeitherAlignmentNorTheObject) {
  const std::vector<Floats> aligned = LargeProduct(0);
  for (const int by : {0, 1, 8}) {
    const std::vector<Floats> moved = LargeProduct(by);
    for (size_t i = 0; i < aligned.size(); ++i) {
      ExpectExactly(moved[i].span(), aligned[i].span());
    }
  }
}

}  // namespace
}  // namespace lockstep
