// The conformance table of Ops: every op of core/ops/ops.h has its rows here, and every device's
// implementation passes them against the oracle (MakeReferenceOps). A new op is a new row.
#ifndef LOCKSTEP_TESTS_CORE_OPS_CONFORMANCE_H_
#define LOCKSTEP_TESTS_CORE_OPS_CONFORMANCE_H_

#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "core/ops/ops.h"

namespace lockstep {

// What a row compares.
struct OpsPair {
  Ops* reference = nullptr;
  Ops* tested = nullptr;
};

// One row. `check` makes gtest expectations.
struct OpCase {
  std::string name;  // letters, digits and _
  std::function<void(const OpsPair&)> check;
};

inline void PrintTo(const OpCase& row, std::ostream* out) { *out << row.name; }

std::vector<OpCase> BatchNormCases();
std::vector<OpCase> ConvCases();
std::vector<OpCase> DenseCases();
std::vector<OpCase> SparseDenseCases();
std::vector<OpCase> ElementCases();  // fill, add, bytes, sum of squares, dropout
std::vector<OpCase> ActivationCases();
std::vector<OpCase> LossCases();
std::vector<OpCase> LrnCases();
std::vector<OpCase> PoolCases();
std::vector<OpCase> UpdateCases();

// The whole table.
std::vector<OpCase> AllOpCases();

}  // namespace lockstep

#endif  // LOCKSTEP_TESTS_CORE_OPS_CONFORMANCE_H_
