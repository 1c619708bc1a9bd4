#include "core/ops/bfloat16_ops.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/ops/bfloat16.h"
#include "core/ops/ops.h"
#include "core/ops/specs.h"
#include "tests/testing/floats.h"
#include "tests/testing/tolerance.h"

namespace lockstep {
namespace {

Floats Rounded(const Floats& x) {
  Floats rounded = x.Copy();
  for (float& value : rounded.span()) value = RoundedToBfloat16(value);
  return rounded;
}

// What a layer reads, and what it writes.
struct Layer {
  Layer(int64_t rows, int64_t in, int64_t weights, int64_t filters, int64_t out)
      : x(RandomFloats(rows * in, 1)),
        w(RandomFloats(weights, 2)),
        b(RandomFloats(filters, 3)),
        y(rows * out),
        dy(RandomFloats(rows * out, 4)),
        dx(rows * in),
        dw(weights),
        db(filters) {}
  LinearGradients gradients(int64_t rows) {
    return {y.matrix(rows), dy.matrix(rows), dx.data(), dw.data(), db.data()};
  }
  Floats x, w, b, y, dy, dx, dw, db;
};

// The reference's layer takes rounded x and w forward; backward it takes the gradient before the
// activation, rounded, with an activation that is linear.
void ExpectSame(const Layer& actual, const Layer& expected, int64_t terms) {
  const auto limit = [&](int64_t) { return SumTolerance(terms, static_cast<double>(terms)); };
  ExpectWithin(actual.y.span(), expected.y.span(), limit);
  ExpectWithin(actual.dx.span(), expected.dx.span(), limit);
  ExpectWithin(actual.dw.span(), expected.dw.span(), limit);
  ExpectWithin(actual.db.span(), expected.db.span(), limit);
}

// Replaces dy by its gradient before a relu, rounded.
void RoundBeforeRelu(Layer* layer) {
  for (int64_t i = 0; i < layer->dy.size(); ++i) {
    layer->dy[i] = layer->y[i] > 0 ? RoundedToBfloat16(layer->dy[i]) : 0.0f;
  }
}

TEST(Bfloat16Ops, DenseLayersTakeRoundedInputsForwardAndBackward) {
  constexpr int64_t kRows = 7, kIn = 33, kOut = 5;
  DenseSpec spec = {.in = kIn,
                    .out = kOut,
                    .use_bias = true,
                    .activation = ActivationKind::kRelu,
                    .max_rows = kRows};
  Layer actual(kRows, kIn, kIn * kOut, kOut, kOut), expected(kRows, kIn, kIn * kOut, kOut, kOut);
  const auto tested = MakeBfloat16Ops(MakeCpuOps()), reference = MakeReferenceOps();
  const auto plan = tested->PlanDense(spec);
  plan->Forward(actual.x.matrix(kRows), actual.w.data(), actual.b.data(), actual.y.matrix(kRows));
  const Floats x = actual.x.Copy(), w = actual.w.Copy();
  expected.x = Rounded(expected.x);
  expected.w = Rounded(expected.w);
  reference->PlanDense(spec)->Forward(expected.x.matrix(kRows), expected.w.data(),
                                      expected.b.data(), expected.y.matrix(kRows));
  RoundBeforeRelu(&expected);
  spec.activation = ActivationKind::kLinear;
  reference->PlanDense(spec)->Backward(expected.x.matrix(kRows), expected.w.data(),
                                       expected.gradients(kRows));
  plan->Backward(actual.x.matrix(kRows), actual.w.data(), actual.gradients(kRows));
  ExpectSame(actual, expected, kIn);
  EXPECT_TRUE(SameBits(actual.x, x) && SameBits(actual.w, w)) << "weights stay float32";
}

TEST(Bfloat16Ops, ConvolutionsTakeRoundedInputsForwardAndBackward) {
  constexpr int64_t kRows = 2, kPixels = 6 * 5, kWeights = 3 * 3 * 4 * 8;
  ConvSpec spec;
  spec.in = {6, 5, 4};
  spec.out = {6, 5, 8};
  spec.window = {
      .height = 3, .width = 3, .pad_top = 1, .pad_bottom = 1, .pad_left = 1, .pad_right = 1};
  spec.activation = ActivationKind::kRelu;
  spec.max_rows = kRows;
  Layer actual(kRows, kPixels * 4, kWeights, 8, kPixels * 8);
  Layer expected(kRows, kPixels * 4, kWeights, 8, kPixels * 8);
  const auto tested = MakeBfloat16Ops(MakeCpuOps()), reference = MakeReferenceOps();
  const auto plan = tested->PlanConv(spec);
  plan->Forward(actual.x.matrix(kRows), actual.w.data(), actual.b.data(), actual.y.matrix(kRows),
                false);
  expected.x = Rounded(expected.x);
  expected.w = Rounded(expected.w);
  reference->PlanConv(spec)->Forward(expected.x.matrix(kRows), expected.w.data(), expected.b.data(),
                                     expected.y.matrix(kRows), false);
  RoundBeforeRelu(&expected);
  spec.activation = ActivationKind::kLinear;
  reference->PlanConv(spec)->Backward(expected.x.matrix(kRows), expected.w.data(),
                                      expected.gradients(kRows), false);
  plan->Backward(actual.x.matrix(kRows), actual.w.data(), actual.gradients(kRows), true);
  ExpectSame(actual, expected, kRows * kPixels + 9 * 8);
}

TEST(Bfloat16Ops, MultiHotLayersAddRoundedWeights) {
  const DenseSpec spec = {.in = 9, .out = 4, .max_rows = 1};
  const std::vector<uint32_t> words = {1, 4, 8};
  const std::span<const uint32_t> rows[] = {words};
  const Floats w = RandomFloats(36, 1), rounded = Rounded(w);
  Floats b = RandomFloats(4, 2), actual(4), expected(4);
  MakeBfloat16Ops(MakeCpuOps())
      ->PlanSparseDense(spec)
      ->Forward({rows, 1, 9}, w.data(), b.data(), actual.matrix(1));
  MakeReferenceOps()->PlanSparseDense(spec)->Forward({rows, 1, 9}, rounded.data(), b.data(),
                                                     expected.matrix(1));
  ExpectWithin(actual.span(), expected.span(), [](int64_t) { return SumTolerance(4, 4); });
}

TEST(Bfloat16Ops, AreNamedApartSoThatRanksDoNotMixThem) {
  EXPECT_EQ(MakeBfloat16Ops(MakeCpuOps())->name(), MakeCpuOps()->name() + " bfloat16");
}

}  // namespace
}  // namespace lockstep
