// What the conformance table cannot show of the CPU's convolution: whatever was computed before or
// lies beside, the same sizes give the same bits.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <memory>
#include <vector>

#include "core/device/tensor.h"
#include "core/ops/ops.h"
#include "core/ops/specs.h"
#include "tests/testing/floats.h"
#include "tests/testing/tolerance.h"

namespace lockstep {
namespace {

WindowSpec Square(int64_t extent, int64_t stride, int64_t padding) {
  return {.height = extent,
          .width = extent,
          .stride_height = stride,
          .stride_width = stride,
          .pad_top = padding,
          .pad_bottom = padding,
          .pad_left = padding,
          .pad_right = padding};
}

// One of each kind of convolution that common networks have.
const ConvSpec kSpecs[] = {
    {.in = {23, 23, 3}, .out = {12, 12, 16}, .window = Square(7, 2, 3), .max_rows = 5},
    {.in = {14, 14, 32}, .out = {14, 14, 48}, .window = Square(3, 1, 1), .max_rows = 5},
    {.in = {14, 14, 64}, .out = {14, 14, 32}, .window = Square(1, 1, 0), .max_rows = 5},
    {.in = {14, 14, 32}, .out = {7, 7, 64}, .window = Square(1, 2, 0), .max_rows = 5},
    {.in = {13, 13, 17}, .out = {7, 7, 33}, .window = Square(3, 2, 1), .max_rows = 5},
    // Pictures are packed for the kernel's gradient.
    {.in = {28, 28, 32}, .out = {14, 14, 48}, .window = Square(3, 2, 1), .max_rows = 5},
    {.in = {9, 9, 32}, .out = {9, 9, 64}, .window = Square(5, 1, 2), .groups = 2, .max_rows = 5},
    {.in = {9, 9, 24}, .out = {9, 9, 24}, .window = Square(3, 1, 1), .groups = 24, .max_rows = 5},
    // Cut into bands.
    {.in = {70, 90, 80}, .out = {70, 90, 16}, .window = Square(3, 1, 1), .max_rows = 5},
    {.in = {70, 90, 80}, .out = {70, 90, 16}, .window = Square(1, 1, 0), .max_rows = 5},
};

int64_t KernelElems(const ConvSpec& spec) {
  return spec.window.height * spec.window.width * spec.in.channels / spec.groups *
         spec.out.channels;
}

// The arrays of one convolution and its results.
struct Case {
  Case(const ConvSpec& spec_in, int64_t rows_in, int by = 0)
      : spec(spec_in),
        rows(rows_in),
        x(RandomFloats(rows * spec.in.elems(), 1).Copy(by)),
        w(RandomFloats(KernelElems(spec), 2).Copy(by)),
        b(RandomFloats(spec.out.channels, 3).Copy(by)),
        dy(RandomFloats(rows * spec.out.elems(), 4).Copy(by)),
        y(rows * spec.out.elems(), by),
        dx(rows * spec.in.elems(), by),
        dw(KernelElems(spec), by),
        db(spec.out.channels, by) {}

  Matrix X() { return {x.data(), rows, spec.in.elems()}; }
  Matrix Y() { return {y.data(), rows, spec.out.elems()}; }
  void Run(ConvPlan* plan, bool same_weights = false) {
    plan->Forward(X(), w.data(), b.data(), Y(), same_weights);
    plan->Backward(X(), w.data(),
                   {.y = Y(),
                    .dy = {dy.data(), rows, spec.out.elems()},
                    .dx = dx.data(),
                    .dw = dw.data(),
                    .db = db.data()},
                   true);
  }

  const ConvSpec spec;
  const int64_t rows;
  Floats x, w, b, dy, y, dx, dw, db;
};

void ExpectSameResults(const Case& actual, const Case& expected) {
  ExpectExactly(actual.y.span(), expected.y.span());
  ExpectExactly(actual.dx.span(), expected.dx.span());
  ExpectExactly(actual.dw.span(), expected.dw.span());
  ExpectExactly(actual.db.span(), expected.db.span());
}

TEST(CpuConv, BitsDependOnNeitherAlignmentNorTheRowsComputedBefore) {
  for (const ConvSpec& spec : kSpecs) {
    SCOPED_TRACE(&spec - kSpecs);
    const auto ops = MakeCpuOps();
    Case fresh(spec, 3);
    fresh.Run(ops->PlanConv(spec).get());
    const auto plan = ops->PlanConv(spec);
    for (const int64_t rows : {5, 1, 2, 4}) Case(spec, rows).Run(plan.get());
    for (const int by : {0, 1, 8}) {
      Case moved(spec, 3, by);
      moved.Run(plan.get());
      ExpectSameResults(moved, fresh);
    }
  }
}

TEST(CpuConv, BitsDependOnNoOtherPlanOfTheSameOps) {
  const auto alone = MakeCpuOps(), shared = MakeCpuOps();
  std::vector<std::unique_ptr<ConvPlan>> plans;
  for (const ConvSpec& spec : kSpecs) plans.push_back(shared->PlanConv(spec));
  for (size_t i = 0; i < plans.size(); ++i) {
    Case expected(kSpecs[i], 5), actual(kSpecs[i], 5);
    expected.Run(alone->PlanConv(kSpecs[i]).get());
    actual.Run(plans[i].get());
    ExpectSameResults(actual, expected);
  }
}

TEST(CpuConv, ChangedWeightsAreTakenUnlessTheyArePromisedToBeTheSame) {
  for (const ConvSpec& spec : kSpecs) {
    SCOPED_TRACE(&spec - kSpecs);
    const auto ops = MakeCpuOps();
    const auto plan = ops->PlanConv(spec);
    Case first(spec, 2), again(spec, 2), changed(spec, 2), expected(spec, 2);
    first.Run(plan.get());
    again.Run(plan.get(), true);
    ExpectSameResults(again, first);
    for (float& w : changed.w.span()) w = -2 * w;
    for (float& w : expected.w.span()) w = -2 * w;
    changed.Run(plan.get());
    expected.Run(ops->PlanConv(spec).get());
    ExpectSameResults(changed, expected);
  }
}

TEST(CpuConv, ForwardAndInferInTurnsDoNotMixTheirKernels) {
  for (const ConvSpec& spec : kSpecs) {
    SCOPED_TRACE(&spec - kSpecs);
    const auto ops = MakeCpuOps();
    const auto plan = ops->PlanConv(spec);
    Case first(spec, 2), second(spec, 2);
    const int64_t filters = spec.out.channels;
    Floats gamma = RandomFloats(filters, 5), beta = RandomFloats(filters, 6);
    Floats mean = RandomFloats(filters, 7), variance = RandomFloats(filters, 8).Absolute();
    const BatchNormParameters p = {gamma.data(), beta.data(), mean.data(), variance.data()};
    Floats inferred(first.y.size());
    first.Run(plan.get());
    plan->Infer(first.X(), first.w.data(), first.b.data(), p, first.Y(), true);
    inferred = first.y.Copy();
    second.Run(plan.get(), true);
    first.Run(plan.get(), true);
    ExpectExactly(first.y.span(), second.y.span());
    plan->Infer(first.X(), first.w.data(), first.b.data(), p, first.Y(), true);
    ExpectExactly(first.y.span(), inferred.span());
    for (float& value : gamma.span()) value = 2 * value;
    for (float& value : beta.span()) value = 2 * value;
    for (float& value : inferred.span()) value = 2 * value;
    plan->Infer(first.X(), first.w.data(), first.b.data(), p, first.Y(), false);
    ExpectExactly(first.y.span(), inferred.span());
  }
}

TEST(CpuConv, ANanPassesThroughTheActivation) {
  for (ConvSpec spec : kSpecs) {
    SCOPED_TRACE(spec.out.channels);
    spec.activation = ActivationKind::kRelu;
    const auto ops = MakeCpuOps();
    const auto plan = ops->PlanConv(spec);
    Case broken(spec, 1);
    for (float& w : broken.w.span()) w = std::numeric_limits<float>::quiet_NaN();
    broken.Run(plan.get());
    for (const float y : broken.y.span()) ASSERT_TRUE(std::isnan(y));
  }
}

TEST(CpuConv, WorkspaceBytesGrowWithThePlans) {
  const auto ops = MakeCpuOps();
  int64_t before = ops->workspace_bytes();
  for (const ConvSpec& spec : kSpecs) {
    const auto plan = ops->PlanConv(spec);
    EXPECT_GE(ops->workspace_bytes(), before);
    before = ops->workspace_bytes();
  }
  EXPECT_GT(before, 0);
}

}  // namespace
}  // namespace lockstep
