#include "tests/core/ops/cuda/copying_ops.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <set>
#include <vector>

#include "core/ops/ops.h"
#include "tests/core/ops/conformance.h"

namespace lockstep {
namespace {

// The host's memory as a device's, and what is left of it.
class HostMemory final : public TestMemory {
 public:
  ~HostMemory() override { EXPECT_TRUE(held_.empty()) << "memory was not given back"; }
  void* Allocate(size_t bytes) override {
    return *held_.insert(std::malloc(bytes == 0 ? 1 : bytes)).first;
  }
  void Free(void* memory) override {
    held_.erase(memory);
    std::free(memory);
  }
  void ToDevice(void* to, const void* from, size_t bytes) override {
    if (bytes > 0) std::memcpy(to, from, bytes);
  }
  void ToHost(void* to, const void* from, size_t bytes) override {
    if (bytes > 0) std::memcpy(to, from, bytes);
  }

 private:
  std::set<void*> held_;
};

// A few convolutions are enough: what is tested is which arrays are copied.
std::vector<OpCase> Cases() {
  const std::vector<OpCase> convolutions = ConvCases();
  std::vector<OpCase> cases(convolutions.begin(), convolutions.begin() + 3);
  for (const auto& some :
       {ActivationCases(), BatchNormCases(), DenseCases(), ElementCases(), LossCases(), LrnCases(),
        PoolCases(), SparseDenseCases(), UpdateCases()}) {
    cases.insert(cases.end(), some.begin(), some.end());
  }
  return cases;
}

TEST(CopyingOps, GiveWhatTheOpsGiveOnTheArraysThemselves) {
  const std::unique_ptr<Ops> reference = MakeReferenceOps(), inner = MakeReferenceOps();
  HostMemory memory;
  const std::unique_ptr<Ops> copying = MakeCopyingOps(inner.get(), &memory);
  for (const OpCase& row : Cases()) {
    SCOPED_TRACE(row.name);
    row.check({reference.get(), copying.get()});
  }
}

}  // namespace
}  // namespace lockstep
