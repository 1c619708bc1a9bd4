// Local response normalisation: every power that has a path of its own, windows wider than the
// channels, odd numbers of channels.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/ops/ops.h"
#include "core/ops/specs.h"
#include "tests/core/ops/conformance.h"
#include "tests/testing/floats.h"
#include "tests/testing/tolerance.h"

namespace lockstep {
namespace {

void CheckLrn(const OpsPair& ops) {
  for (const int64_t channels : {1, 3, 16, 17, 96}) {
    for (const float beta : {0.75f, 0.5f, 1.0f, 0.6f}) {
      for (const int64_t radius : {0, 1, 2, 40}) {
        SCOPED_TRACE(testing::Message() << channels << ", " << beta << ", " << radius);
        const LrnSpec spec = {.channels = channels,
                              .depth_radius = radius,
                              .bias = 1.5f,
                              .alpha = 0.3f,
                              .beta = beta};
        constexpr int64_t kPixels = 7;
        Floats x = RandomFloats(kPixels * channels, 1), dy = RandomFloats(kPixels * channels, 2);
        Floats scale(x.size()), y(x.size()), dx(x.size());
        Floats got_scale(x.size(), 1), got_y(x.size(), 2), got_dx(x.size(), 3);
        ops.reference->Lrn(spec, x.matrix(kPixels), scale.data(), y.matrix(kPixels));
        ops.tested->Lrn(spec, x.matrix(kPixels), got_scale.data(), got_y.matrix(kPixels));
        // scale is 1.5 to 1.5 + 0.3 * 81: a sum of so many squares; its power at most doubles the
        // relative error. |x| and |dy| are below 1.
        const int64_t terms = 2 * radius + 1;
        const auto within = [&](int64_t i) { return 4 * SumTolerance(terms, scale[i]); };
        ExpectWithin(got_scale.span(), scale.span(), within);
        ExpectWithin(got_y.span(), y.span(), [&](int64_t) { return 4 * SumTolerance(terms, 1); });
        ops.reference->LrnGradient(spec, x.matrix(kPixels), scale.data(), y.matrix(kPixels),
                                   dy.matrix(kPixels), dx.matrix(kPixels));
        ops.tested->LrnGradient(spec, x.matrix(kPixels), got_scale.data(), got_y.matrix(kPixels),
                                dy.matrix(kPixels), got_dx.matrix(kPixels));
        const double magnitude = 1 + 0.6 * static_cast<double>(terms);
        ExpectWithin(got_dx.span(), dx.span(),
                     [&](int64_t) { return 8 * SumTolerance(terms, magnitude); });
        EXPECT_TRUE(got_scale.intact() && got_y.intact() && got_dx.intact());
        Floats again(x.size());
        ops.tested->Lrn(spec, x.matrix(kPixels), nullptr, again.matrix(kPixels));
        EXPECT_TRUE(SameBits(again, got_y)) << "without a scale";
      }
    }
  }
}

}  // namespace

std::vector<OpCase> LrnCases() { return {{"lrn", CheckLrn}}; }

}  // namespace lockstep
