// Activations and their gradients, in place and not, over the whole range of float32.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "core/device/tensor.h"
#include "core/ops/ops.h"
#include "core/ops/specs.h"
#include "tests/core/ops/conformance.h"
#include "tests/testing/floats.h"
#include "tests/testing/tolerance.h"

namespace lockstep {
namespace {

constexpr double u = kUnitRoundoff;

struct Function {
  const char* name;
  ActivationKind kind;
};
constexpr Function kFunctions[] = {
    {"linear", ActivationKind::kLinear},   {"relu", ActivationKind::kRelu},
    {"sigmoid", ActivationKind::kSigmoid}, {"tanh", ActivationKind::kTanh},
    {"gelu", ActivationKind::kGelu},       {"softmax", ActivationKind::kSoftmax}};

// Random values of every size with the special ones among them.
Floats Inputs(int64_t size) {
  constexpr float kSpecial[] = {0.0f,   -0.0f,  1e-45f,  -1e-39f, 1e-20f, 0.5f,
                                -1.0f,  5.0f,   -5.0f,   17.0f,   -17.0f, 87.0f,
                                -88.0f, 104.0f, -104.0f, 1e4f,    -1e30f};
  Floats x = RandomFloats(size, 1, -6, 6);
  for (int64_t i = 0; i < size; i += 3) x[i] = kSpecial[static_cast<size_t>(i / 3) % 17];
  return x;
}

// How far y[i] may be off. exp, tanh and erf of the C library are within 2 units in the last place.
double ForwardLimit(ActivationKind kind, const Floats& x, const Floats& y, int64_t i,
                    int64_t cols) {
  switch (kind) {
    case ActivationKind::kLinear:
    case ActivationKind::kRelu:
      return 0;
    case ActivationKind::kSigmoid:
    case ActivationKind::kTanh:
      return 6 * u * std::abs(y[i]) + 4 * kDenormal;
    case ActivationKind::kGelu:  // 1 + erf loses what x < 0 cancels
      return 6 * u * std::abs(x[i]) + 4 * kDenormal;
    case ActivationKind::kSoftmax:
      break;
  }
  // Rounding x - largest moves exp by that much, relatively.
  const auto row =
      x.span().subspan(static_cast<size_t>(i / cols * cols), static_cast<size_t>(cols));
  const double below = *std::max_element(row.begin(), row.end()) - static_cast<double>(x[i]);
  return (below + static_cast<double>(cols) + 8) * u * y[i] + kSmallestShare;
}

// How far dx[i] may be off.
double GradientLimit(ActivationKind kind, const Floats& x, const Floats& y, const Floats& dy,
                     int64_t i, int64_t cols) {
  switch (kind) {
    case ActivationKind::kLinear:
    case ActivationKind::kRelu:
      return 0;
    case ActivationKind::kSigmoid:
    case ActivationKind::kTanh:
      return 4 * u * std::abs(dy[i]) + 4 * kDenormal;
    case ActivationKind::kGelu:  // |x| exp(-x^2/2) below 1
      return 8 * u * std::abs(dy[i]) * (1 + std::min(1.0, std::abs(static_cast<double>(x[i]))));
    case ActivationKind::kSoftmax:
      break;
  }
  double magnitude = std::abs(dy[i]);
  for (int64_t j = i / cols * cols; j < i / cols * cols + cols; ++j) {
    magnitude += std::abs(static_cast<double>(y[j]) * dy[j]);
  }
  return SumTolerance(cols, magnitude * y[i]);
}

void CheckShape(const OpsPair& ops, ActivationKind kind, int64_t rows, int64_t cols) {
  SCOPED_TRACE(std::to_string(rows) + " x " + std::to_string(cols));
  const auto matrix = [&](Floats* f) { return Matrix{f->data(), rows, cols}; };
  Floats x = Inputs(rows * cols), y(x.size()), actual(x.size(), 1), in_place = x.Copy(2);
  ops.reference->Activate(kind, matrix(&x), matrix(&y));
  ops.tested->Activate(kind, matrix(&x), matrix(&actual));
  ExpectWithin(actual.span(), y.span(),
               [&](int64_t i) { return ForwardLimit(kind, x, y, i, cols); });
  ops.tested->Activate(kind, matrix(&in_place), matrix(&in_place));
  ExpectExactly(in_place.span(), actual.span());

  Floats dy = RandomFloats(x.size(), 2), dx(x.size()), actual_dx(x.size(), 1), dy_dx = dy.Copy(3);
  ops.reference->ActivateGradient(kind, matrix(&x), matrix(&y), matrix(&dy), matrix(&dx));
  ops.tested->ActivateGradient(kind, matrix(&x), matrix(&y), matrix(&dy), matrix(&actual_dx));
  ExpectWithin(actual_dx.span(), dx.span(),
               [&](int64_t i) { return GradientLimit(kind, x, y, dy, i, cols); });
  // x is promised to be read for gelu only, y for the others only.
  const bool gelu = kind == ActivationKind::kGelu;
  const Matrix none = {nullptr, rows, cols};
  ops.tested->ActivateGradient(kind, gelu ? matrix(&x) : none, gelu ? none : matrix(&y),
                               matrix(&dy_dx), matrix(&dy_dx));
  ExpectExactly(dy_dx.span(), actual_dx.span());
  EXPECT_TRUE(actual.intact() && actual_dx.intact() && in_place.intact() && dy_dx.intact());
}

// A NaN must reach the loss, where training stops on it.
void CheckNan(const OpsPair& ops, ActivationKind kind) {
  for (const int64_t at : {0, 5, 16}) {
    Floats x = RandomFloats(17, 1), y(17), dx(17);
    x[at] = std::numeric_limits<float>::quiet_NaN();
    for (Ops* device : {ops.reference, ops.tested}) {
      device->Activate(kind, x.matrix(1), y.matrix(1));
      EXPECT_TRUE(std::isnan(y[at])) << device->name() << " at " << at;
    }
  }
}

}  // namespace

std::vector<OpCase> ActivationCases() {
  std::vector<OpCase> cases;
  for (const Function& function : kFunctions) {
    const ActivationKind kind = function.kind;
    cases.push_back({"activation_" + std::string(function.name), [kind](const OpsPair& ops) {
                       for (const int64_t rows : {0, 1, 3, 20}) {
                         for (const int64_t cols : {1, 2, 10, 16, 17, 46}) {
                           CheckShape(ops, kind, rows, cols);
                         }
                       }
                     }});
    cases.push_back({"activation_" + std::string(function.name) + "_keeps_nan",
                     [kind](const OpsPair& ops) { CheckNan(ops, kind); }});
  }
  return cases;
}

}  // namespace lockstep
