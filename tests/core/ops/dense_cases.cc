// Dense layers. Random reals are held to the bound of their sums; small whole numbers, whose sums
// are exact, to equality, so that no term can be missing or doubled.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "core/device/tensor.h"
#include "core/ops/ops.h"
#include "core/ops/specs.h"
#include "tests/core/ops/conformance.h"
#include "tests/testing/floats.h"
#include "tests/testing/tolerance.h"

namespace lockstep {
namespace {

struct Layer {
  DenseSpec spec;
  int64_t rows = 0;
  bool wants_dx = false;
  bool exact = false;
};

std::string Describe(const Layer& layer) {
  return std::to_string(layer.rows) + " rows, activation " +
         std::to_string(static_cast<int>(layer.spec.activation)) +
         (layer.spec.use_bias ? ", bias" : "") + (layer.wants_dx ? ", dx" : "") +
         (layer.exact ? ", whole numbers" : "");
}

// The arrays of one layer; results are NaN until an op writes them.
struct Arrays {
  explicit Arrays(const Layer& layer)
      : x(layer.rows * layer.spec.in),
        w(layer.spec.in * layer.spec.out),
        b(layer.spec.out),
        y(layer.rows * layer.spec.out),
        dy(layer.rows * layer.spec.out),
        dx(layer.rows * layer.spec.in),
        dw(layer.spec.in * layer.spec.out),
        db(layer.spec.out) {}

  bool intact() const {
    return x.intact() && w.intact() && b.intact() && y.intact() && dy.intact() && dx.intact() &&
           dw.intact() && db.intact();
  }
  Floats x, w, b, y, dy, dx, dw, db;
};

void Forward(Ops* ops, const Layer& layer, Arrays* a) {
  ops->PlanDense(layer.spec)
      ->Forward({a->x.data(), layer.rows, layer.spec.in}, a->w.data(),
                layer.spec.use_bias ? a->b.data() : nullptr,
                {a->y.data(), layer.rows, layer.spec.out});
}

void Backward(Ops* ops, const Layer& layer, Arrays* a) {
  ops->PlanDense(layer.spec)
      ->Backward({a->x.data(), layer.rows, layer.spec.in}, a->w.data(),
                 {.y = {a->y.data(), layer.rows, layer.spec.out},
                  .dy = {a->dy.data(), layer.rows, layer.spec.out},
                  .dx = layer.wants_dx ? a->dx.data() : nullptr,
                  .dw = a->dw.data(),
                  .db = layer.spec.use_bias ? a->db.data() : nullptr});
}

Arrays Inputs(const Layer& layer) {
  const auto draw = [&](int64_t size, uint32_t stream) {
    return layer.exact ? SmallIntegers(size, stream) : RandomFloats(size, stream);
  };
  Arrays a(layer);
  a.x = draw(a.x.size(), 1);
  a.w = draw(a.w.size(), 2);
  a.b = draw(a.b.size(), 3);
  a.dy = draw(a.dy.size(), 4);
  return a;
}

Arrays Copy(const Layer& layer, const Arrays& from) {
  Arrays a(layer);
  a.x = from.x.Copy();
  a.w = from.w.Copy();
  a.b = from.b.Copy();
  a.y = from.y.Copy();
  a.dy = from.dy.Copy();
  return a;
}

// The sums of the absolute values of what each result adds up.
Arrays Magnitudes(Ops* reference, Layer layer, const Arrays& inputs) {
  layer.spec.activation = ActivationKind::kLinear;
  Arrays a(layer);
  a.x = inputs.x.Absolute();
  a.w = inputs.w.Absolute();
  a.b = inputs.b.Absolute();
  a.dy = inputs.dy.Absolute();
  Forward(reference, layer, &a);
  Backward(reference, layer, &a);
  return a;
}

void ExpectSum(const Floats& actual, const Floats& expected, const Floats& magnitude,
               int64_t terms) {
  ExpectWithin(actual.span(), expected.span(),
               [&](int64_t i) { return SumTolerance(terms, magnitude[i]); });
}

void Check(const OpsPair& ops, const Layer& layer) {
  SCOPED_TRACE(Describe(layer));
  const bool smooth = layer.spec.activation == ActivationKind::kSigmoid ||
                      layer.spec.activation == ActivationKind::kTanh;
  Arrays expected = Inputs(layer);
  const Arrays magnitude = Magnitudes(ops.reference, layer, expected);
  Forward(ops.reference, layer, &expected);
  Arrays actual = Copy(layer, expected);
  Forward(ops.tested, layer, &actual);
  const bool exact = layer.exact;
  // The slopes of the activations are at most 1; sigmoid and tanh have an error of their own.
  ExpectWithin(actual.y.span(), expected.y.span(), [&](int64_t i) {
    return exact ? (smooth ? 8 * kUnitRoundoff : 0)
                 : SumTolerance(layer.spec.in, magnitude.y[i]) + (smooth ? 8 * kUnitRoundoff : 0);
  });

  actual.y = expected.y.Copy();
  Backward(ops.reference, layer, &expected);
  Backward(ops.tested, layer, &actual);
  if (exact && !smooth) {
    ExpectExactly(actual.dy.span(), expected.dy.span());
    ExpectExactly(actual.dw.span(), expected.dw.span());
    ExpectExactly(actual.db.span(), expected.db.span());
    ExpectExactly(actual.dx.span(), expected.dx.span());
  } else {
    ExpectSum(actual.dy, expected.dy, magnitude.dy, 0);
    ExpectSum(actual.dw, expected.dw, magnitude.dw, layer.rows);
    ExpectSum(actual.db, expected.db, magnitude.db, layer.rows);
    ExpectSum(actual.dx, expected.dx, magnitude.dx, layer.spec.out);
  }
  EXPECT_TRUE(actual.intact()) << "written outside an array";
}

// Each activation with two of the eight combinations of bias, dx and kind of numbers; the next
// `turn` has others, so that four turns have them all. A large layer has one of the two, and
// one that is too large for the oracle none.
void CheckSize(const OpsPair& ops, int64_t in, int64_t out, int64_t rows, int turn) {
  constexpr int64_t kLarge = 1 << 15, kTooSlow = 1 << 18;
  constexpr ActivationKind kActivations[] = {ActivationKind::kLinear, ActivationKind::kRelu,
                                             ActivationKind::kSigmoid, ActivationKind::kTanh};
  if (rows * in * out > kTooSlow) return;
  for (int variant = 0; variant < 4; ++variant) {
    for (const bool exact : {false, true}) {
      if (rows * in * out > kLarge && exact == (variant >= 2)) continue;
      const int flags = (variant + turn) % 4;
      Layer layer;
      layer.spec = {.in = in,
                    .out = out,
                    .use_bias = (flags & 1) != 0,
                    .activation = kActivations[variant],
                    .max_rows = rows};
      layer.wants_dx = (flags & 2) != 0;
      layer.exact = exact;
      layer.rows = rows;
      Check(ops, layer);
      if (testing::Test::HasFailure()) return;
    }
  }
}

// A NaN must reach the loss, where training stops on it, and no other sample.
void CheckReluKeepsNan(const OpsPair& ops) {
  for (const bool use_bias : {false, true}) {
    Layer layer;
    layer.spec = {.in = 3,
                  .out = 5,
                  .use_bias = use_bias,
                  .activation = ActivationKind::kRelu,
                  .max_rows = 4};
    layer.rows = 4;
    Arrays a = Inputs(layer);
    a.x[1 * 3 + 2] = std::numeric_limits<float>::quiet_NaN();
    for (Ops* device : {ops.reference, ops.tested}) {
      Forward(device, layer, &a);
      for (int64_t i = 0; i < a.y.size(); ++i) {
        EXPECT_EQ(std::isnan(a.y[i]), i / 5 == 1) << device->name() << " at " << i;
      }
    }
  }
}

}  // namespace

std::vector<OpCase> DenseCases() {
  std::vector<OpCase> cases = {{"dense_relu_keeps_nan", CheckReluKeepsNan}};
  for (const int64_t in : {1, 3, 13, 64, 784}) {
    for (const int64_t out : {1, 2, 10, 16, 17, 46, 64, 85, 128}) {
      cases.push_back({"dense_" + std::to_string(in) + "_to_" + std::to_string(out),
                       [in, out](const OpsPair& ops) {
                         int turn = 0;
                         for (const int64_t rows : {0, 1, 2, 3, 4, 5, 16, 17, 33}) {
                           CheckSize(ops, in, out, rows, turn++);
                         }
                       }});
    }
  }
  return cases;
}

}  // namespace lockstep
