// Batch normalisation: forward, inference and gradients with and without relu and addend, for whole
// and odd numbers of channels, and a mean far from zero.
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "core/ops/ops.h"
#include "core/ops/specs.h"
#include "tests/core/ops/conformance.h"
#include "tests/testing/floats.h"
#include "tests/testing/tolerance.h"

namespace lockstep {
namespace {

// The arrays of one use; results are NaN until an op writes them.
struct Arrays {
  Arrays(const BatchNormSpec& spec, int64_t rows, int misaligned)
      : x(RandomFloats(rows * spec.pixels * spec.channels, 1, -1, 2).Copy(misaligned)),
        addend(RandomFloats(x.size(), 2).Copy(misaligned)),
        dy(RandomFloats(x.size(), 3).Copy(misaligned)),
        gamma(RandomFloats(spec.channels, 4, 0.5f, 1.5f)),
        beta(RandomFloats(spec.channels, 5)),
        y(x.size(), misaligned),
        dx(x.size(), misaligned),
        daddend(x.size(), misaligned),
        mean(spec.channels),
        variance(spec.channels),
        dgamma(spec.channels),
        dbeta(spec.channels) {}

  BatchNormParameters parameters() {
    return {gamma.data(), beta.data(), mean.data(), variance.data()};
  }
  bool intact() const {
    return y.intact() && dx.intact() && daddend.intact() && mean.intact() && variance.intact() &&
           dgamma.intact() && dbeta.intact();
  }
  Floats x, addend, dy, gamma, beta, y, dx, daddend, mean, variance, dgamma, dbeta;
};

void Run(Ops* ops, const BatchNormSpec& spec, int64_t rows, Arrays* a) {
  const auto plan = ops->PlanBatchNorm(spec);
  const float* addend = spec.has_addend ? a->addend.data() : nullptr;
  plan->Forward(a->x.matrix(rows), addend, a->parameters(), a->y.matrix(rows));
  // A result next to 0 may fall to the other side of the relu: such elements bring no gradient.
  for (int64_t i = 0; i < a->y.size(); ++i) {
    if (spec.activation == ActivationKind::kRelu && a->y[i] < 1e-4f) a->dy[i] = 0;
  }
  plan->Backward(a->x.matrix(rows), a->parameters(),
                 {.y = a->y.matrix(rows),
                  .dy = a->dy.matrix(rows),
                  .dx = a->dx.data(),
                  .daddend = spec.has_addend ? a->daddend.data() : nullptr,
                  .dgamma = a->dgamma.data(),
                  .dbeta = a->dbeta.data()});
}

// The values are of size 1 to 10 and at least 0.3 apart in deviation, so a bound by the number of
// terms with one factor for size covers all.
void ExpectSame(const BatchNormSpec& spec, const Arrays& actual, const Arrays& expected) {
  const int64_t pixels = actual.x.size() / spec.channels;
  const double terms = static_cast<double>(pixels);
  const auto element = [&](int64_t) { return SumTolerance(pixels, 30); };
  const auto sum = [&](int64_t) { return SumTolerance(pixels, 30 * terms); };
  ExpectWithin(actual.mean.span(), expected.mean.span(), element);
  ExpectWithin(actual.variance.span(), expected.variance.span(), element);
  ExpectWithin(actual.y.span(), expected.y.span(), element);
  ExpectWithin(actual.dx.span(), expected.dx.span(), element);
  if (spec.has_addend) ExpectWithin(actual.daddend.span(), expected.daddend.span(), element);
  ExpectWithin(actual.dgamma.span(), expected.dgamma.span(), sum);
  ExpectWithin(actual.dbeta.span(), expected.dbeta.span(), sum);
}

void CheckBatchNorm(const OpsPair& ops) {
  for (const int64_t channels : {1, 3, 5, 16, 17, 64}) {
    for (const int64_t pixels : {1, 49, 300}) {
      for (const int form : {0, 1, 2, 3}) {
        const int64_t rows = pixels == 1 ? 20 : 3;
        const BatchNormSpec spec = {
            .pixels = pixels,
            .channels = channels,
            .activation = form % 2 == 0 ? ActivationKind::kLinear : ActivationKind::kRelu,
            .has_addend = form >= 2,
            .max_rows = rows};
        SCOPED_TRACE(testing::Message() << channels << " channels, " << pixels << ", " << form);
        Arrays expected(spec, rows, 0), actual(spec, rows, 3);
        Run(ops.reference, spec, rows, &expected);
        Run(ops.tested, spec, rows, &actual);
        ExpectSame(spec, actual, expected);
        EXPECT_TRUE(actual.intact());
        Arrays moved(spec, rows, 5);
        Run(ops.tested, spec, rows, &moved);
        EXPECT_TRUE(SameBits(moved.dx, actual.dx)) << "bits depend on alignment";
      }
    }
  }
}

void CheckInference(const OpsPair& ops) {
  for (const bool addend : {false, true}) {
    const BatchNormSpec spec = {.pixels = 4,
                                .channels = 19,
                                .activation = ActivationKind::kRelu,
                                .has_addend = addend,
                                .max_rows = 2};
    Arrays expected(spec, 2, 0), actual(spec, 2, 1);
    for (Arrays* a : {&expected, &actual}) {
      for (int64_t c = 0; c < spec.channels; ++c) {
        a->mean[c] = 0.1f * static_cast<float>(c);
        a->variance[c] = 0.5f + a->mean[c];
      }
      Ops* device = a == &expected ? ops.reference : ops.tested;
      const auto plan = device->PlanBatchNorm(spec);
      plan->Infer(a->x.matrix(2), addend ? a->addend.data() : nullptr, a->parameters(),
                  a->x.matrix(2));  // in place
    }
    ExpectWithin(actual.x.span(), expected.x.span(), [](int64_t) { return SumTolerance(8, 10); });
  }
}

// Mean 1000, deviation 1: a sum of squares less the square of the sum would have no digit left.
void CheckMeanFarFromZero(const OpsPair& ops) {
  const BatchNormSpec spec = {.pixels = 1000, .channels = 18, .max_rows = 1};
  Floats x = RandomFloats(18000, 1, 998.268f, 1001.732f);
  Arrays expected(spec, 1, 0), actual(spec, 1, 0);
  for (Arrays* a : {&expected, &actual}) {
    const auto plan = (a == &expected ? ops.reference : ops.tested)->PlanBatchNorm(spec);
    plan->Forward(x.matrix(1), nullptr, a->parameters(), a->y.matrix(1));
  }
  ExpectWithin(actual.variance.span(), expected.variance.span(), [](int64_t) { return 2e-6; });
  ExpectWithin(actual.mean.span(), expected.mean.span(), [](int64_t) { return 1e-4; });
}

// The gradients may be written over dy: over dx or over the addend's.
void CheckGradientsInPlace(const OpsPair& ops) {
  for (const bool addend : {false, true}) {
    const BatchNormSpec spec = {.pixels = 9,
                                .channels = 21,
                                .activation = ActivationKind::kRelu,
                                .has_addend = addend,
                                .max_rows = 2};
    Arrays apart(spec, 2, 0), in_place(spec, 2, 0);
    Run(ops.tested, spec, 2, &apart);
    const auto plan = ops.tested->PlanBatchNorm(spec);
    Arrays& a = in_place;
    plan->Forward(a.x.matrix(2), addend ? a.addend.data() : nullptr, a.parameters(),
                  a.y.matrix(2));
    for (int64_t i = 0; i < a.y.size(); ++i) a.dy[i] = a.y[i] < 1e-4f ? 0 : a.dy[i];
    plan->Backward(a.x.matrix(2), a.parameters(),
                   {.y = a.y.matrix(2),
                    .dy = a.dy.matrix(2),
                    .dx = addend ? a.dx.data() : a.dy.data(),
                    .daddend = addend ? a.dy.data() : nullptr,
                    .dgamma = a.dgamma.data(),
                    .dbeta = a.dbeta.data()});
    EXPECT_TRUE(SameBits(addend ? a.dx : a.dy, apart.dx));
    EXPECT_TRUE(!addend || SameBits(a.dy, apart.daddend));
  }
}

}  // namespace

std::vector<OpCase> BatchNormCases() {
  return {{"batch_norm", CheckBatchNorm},
          {"batch_norm_inference", CheckInference},
          {"batch_norm_mean_far_from_zero", CheckMeanFarFromZero},
          {"batch_norm_gradients_in_place", CheckGradientsInPlace}};
}

}  // namespace lockstep
