#include "tests/core/ops/conformance.h"

namespace lockstep {

std::vector<OpCase> AllOpCases() {
  std::vector<OpCase> all;
  for (const auto& cases :
       {BatchNormCases(), ConvCases(), DenseCases(), SparseDenseCases(), ElementCases(),
        ActivationCases(), LossCases(), LrnCases(), PoolCases(), UpdateCases()}) {
    all.insert(all.end(), cases.begin(), cases.end());
  }
  return all;
}

}  // namespace lockstep
