// Dense layers on multi-hot input: ragged rows, among them empty ones, at any place of a longer
// list of indices.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <span>
#include <vector>

#include "core/base/rng.h"
#include "core/device/tensor.h"
#include "core/ops/ops.h"
#include "core/ops/specs.h"
#include "tests/core/ops/conformance.h"
#include "tests/testing/floats.h"
#include "tests/testing/tolerance.h"

namespace lockstep {
namespace {

// The rows of a batch with their memory.
struct MultiHot {
  std::vector<std::vector<uint32_t>> lists;
  std::vector<std::span<const uint32_t>> ones;  // the lists
  int64_t columns = 0;

  SparseRows rows() const { return {ones.data(), static_cast<int64_t>(ones.size()), columns}; }
  int64_t longest() const {
    size_t longest = 0;
    for (const auto& list : lists) longest = std::max(longest, list.size());
    return static_cast<int64_t>(longest);
  }
};

// Row r holds about r % 7 sixths of the columns: none in row 0, all in row 6.
MultiHot Ragged(int64_t rows, int64_t columns) {
  MultiHot x;
  x.columns = columns;
  for (int64_t r = 0; r < rows; ++r) {
    const RandomKey key = {7, RandomUse::kSynthetic, 100, static_cast<uint64_t>(r)};
    std::vector<uint32_t>& list = x.lists.emplace_back();
    for (int64_t k = 0; k < columns; ++k) {
      if (Uniform(key, static_cast<uint64_t>(k)) * 6 >= static_cast<float>(r % 7)) continue;
      list.push_back(static_cast<uint32_t>(k));
    }
  }
  x.ones.assign(x.lists.begin(), x.lists.end());
  return x;
}

struct Result {
  explicit Result(int64_t rows, const DenseSpec& spec)
      : y(rows * spec.out), dy(rows * spec.out), dw(spec.in * spec.out), db(spec.out) {}
  bool intact() const { return y.intact() && dy.intact() && dw.intact() && db.intact(); }
  Floats y, dy, dw, db;
};

// Forward and backward with weights and incoming gradients of whole numbers or reals.
Result Run(Ops* ops, const DenseSpec& spec, const MultiHot& x, bool exact, const Floats* given_y) {
  const auto draw = [&](int64_t size, uint32_t stream) {
    return exact ? SmallIntegers(size, stream) : RandomFloats(size, stream);
  };
  const int64_t rows = x.rows().rows;
  const Floats w = draw(spec.in * spec.out, 1), b = draw(spec.out, 2);
  Result result(rows, spec);
  result.dy = draw(rows * spec.out, 3);
  const auto plan = ops->PlanSparseDense(spec);
  const Matrix y = {result.y.data(), rows, spec.out};
  plan->Forward(x.rows(), w.data(), spec.use_bias ? b.data() : nullptr, y);
  Floats forward = result.y.Copy();
  if (given_y != nullptr) result.y = given_y->Copy();
  plan->Backward(x.rows(), {.y = {result.y.data(), rows, spec.out},
                            .dy = {result.dy.data(), rows, spec.out},
                            .dw = result.dw.data(),
                            .db = spec.use_bias ? result.db.data() : nullptr});
  result.y = std::move(forward);
  return result;
}

void Check(const OpsPair& ops, const DenseSpec& spec, const MultiHot& x, bool exact) {
  const bool smooth = spec.activation == ActivationKind::kSigmoid;
  const Result expected = Run(ops.reference, spec, x, exact, nullptr);
  const Result actual = Run(ops.tested, spec, x, exact, &expected.y);
  // Weights and gradients of the inexact case are below 1: so many terms are a sum's magnitude.
  const auto limit = [&](int64_t terms) {
    const double sum = exact ? 0 : SumTolerance(terms + 1, static_cast<double>(terms + 1));
    return [sum, smooth](int64_t) { return sum + (smooth ? 8 * kUnitRoundoff : 0); };
  };
  ExpectWithin(actual.y.span(), expected.y.span(), limit(x.longest()));
  if (exact && smooth) return;
  const int64_t rows = x.rows().rows;
  ExpectWithin(actual.dy.span(), expected.dy.span(), limit(0));
  ExpectWithin(actual.dw.span(), expected.dw.span(), limit(rows));
  ExpectWithin(actual.db.span(), expected.db.span(), limit(rows));
  EXPECT_TRUE(actual.intact()) << "written outside an array";
}

}  // namespace

std::vector<OpCase> SparseDenseCases() {
  std::vector<OpCase> cases;
  for (const int64_t in : {1, 13, 130}) {
    for (const int64_t out : {1, 2, 10, 16, 17, 46, 64, 85, 128}) {
      const auto check = [in, out](const OpsPair& ops) {
        for (const int64_t rows : {0, 1, 2, 15}) {
          for (int variant = 0; variant < 12; ++variant) {
            const ActivationKind kinds[] = {ActivationKind::kLinear, ActivationKind::kRelu,
                                            ActivationKind::kSigmoid};
            const DenseSpec spec = {.in = in,
                                    .out = out,
                                    .use_bias = variant % 2 == 0,
                                    .activation = kinds[variant / 4],
                                    .max_rows = rows};
            SCOPED_TRACE(std::to_string(rows) + " rows, variant " + std::to_string(variant));
            Check(ops, spec, Ragged(rows, in), variant % 4 < 2);
          }
        }
      };
      cases.push_back({"sparse_dense_" + std::to_string(in) + "_to_" + std::to_string(out), check});
    }
  }
  return cases;
}

}  // namespace lockstep
