// Losses: sums, predictions and gradients of every kind, with saturated logits, ties and NaN.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "core/ops/ops.h"
#include "core/ops/specs.h"
#include "tests/core/ops/conformance.h"
#include "tests/testing/floats.h"
#include "tests/testing/tolerance.h"

namespace lockstep {
namespace {

struct Kind {
  const char* name;
  LossKind kind;
};
constexpr Kind kKinds[] = {{"binary_crossentropy", LossKind::kBinaryCrossentropy},
                           {"categorical_crossentropy", LossKind::kCategoricalCrossentropy},
                           {"mean_squared_error", LossKind::kMeanSquaredError},
                           {"mean_absolute_error", LossKind::kMeanAbsoluteError}};

bool IsCrossentropy(LossKind kind) {
  return kind == LossKind::kBinaryCrossentropy || kind == LossKind::kCategoricalCrossentropy;
}

// A micro-batch and room for what Loss writes.
struct Samples {
  Samples(LossKind loss, int64_t sample_rows, int64_t sample_outputs, Floats values)
      : kind(loss),
        rows(sample_rows),
        outputs(sample_outputs),
        output(std::move(values)),
        targets(RandomFloats(rows * outputs, 3, -2, 2)),
        predictions(rows * outputs, 1),
        doutput(rows * outputs, 2) {
    const int64_t classes = kind == LossKind::kBinaryCrossentropy ? 2 : outputs;
    for (int64_t r = 0; r < rows; ++r) labels.push_back(static_cast<int32_t>(r * 5 % classes));
  }

  LossBatch batch() {
    return {.output = {output.data(), rows, outputs},
            .labels = IsCrossentropy(kind) ? labels.data() : nullptr,
            .targets = IsCrossentropy(kind) ? nullptr : targets.data(),
            .predictions = predictions.data(),
            .doutput = doutput.data(),
            .batch_samples = 3 * rows + 1,
            .weight = rows % 2 == 0 ? 1.0f : 0.3f};
  }

  LossKind kind;
  int64_t rows, outputs;
  Floats output, targets, predictions, doutput;
  std::vector<int32_t> labels;
};

void ExpectSums(const LossSums& actual, const LossSums& expected, const Samples& samples) {
  // Per sample and relative to 1 where a probability is subtracted from 0 or 1.
  const double relative = static_cast<double>(samples.outputs + 8) * kUnitRoundoff;
  const double absolute = IsCrossentropy(samples.kind) ? static_cast<double>(samples.rows) : 0;
  EXPECT_NEAR(actual.loss, expected.loss, relative * (expected.loss + absolute));
  EXPECT_NEAR(actual.absolute_error, expected.absolute_error,
              relative * (expected.absolute_error + absolute));
  EXPECT_NEAR(actual.squared_error, expected.squared_error,
              relative * (expected.squared_error + absolute));
  EXPECT_EQ(actual.correct, expected.correct);
  EXPECT_EQ(actual.top_5_correct, expected.top_5_correct);
}

void Check(const OpsPair& ops, Samples expected) {
  Samples actual(expected.kind, expected.rows, expected.outputs, expected.output.Copy(3));
  const LossSums expected_sums = ops.reference->Loss(expected.kind, expected.batch());
  const LossSums sums = ops.tested->Loss(actual.kind, actual.batch());
  ExpectSums(sums, expected_sums, expected);
  const double terms = static_cast<double>(expected.outputs + 8);
  const bool crossentropy = IsCrossentropy(expected.kind);
  // exp of a difference of logits is off by the difference's rounding.
  const auto spread = [&](int64_t i) {
    const double p = expected.predictions[i];
    return crossentropy && p > 0 ? -std::log(p) : 0;
  };
  ExpectWithin(actual.predictions.span(), expected.predictions.span(), [&](int64_t i) {
    return crossentropy
               ? (terms + spread(i)) * kUnitRoundoff * expected.predictions[i] + kSmallestShare
               : 0;
  });
  const double samples = static_cast<double>(expected.batch().batch_samples);
  ExpectWithin(actual.doutput.span(), expected.doutput.span(), [&](int64_t i) {
    return crossentropy ? terms * kUnitRoundoff / samples
                        : terms * kUnitRoundoff * std::abs(expected.doutput[i]) + 4 * kDenormal;
  });
  EXPECT_TRUE(actual.predictions.intact() && actual.doutput.intact());

  // What is not asked for changes nothing else.
  LossBatch sums_alone = actual.batch();
  sums_alone.predictions = sums_alone.doutput = nullptr;
  EXPECT_EQ(ops.tested->Loss(actual.kind, sums_alone).loss, sums.loss);
}

std::vector<int64_t> OutputCounts(LossKind kind) {
  if (kind == LossKind::kBinaryCrossentropy) return {1};
  if (kind == LossKind::kCategoricalCrossentropy) return {2, 3, 5, 6, 10, 16, 17, 46, 128};
  return {1, 2, 3, 16, 17, 46};
}

void CheckSizes(const OpsPair& ops, LossKind kind) {
  for (const int64_t outputs : OutputCounts(kind)) {
    for (const int64_t rows : {0, 1, 2, 33}) {
      for (const float scale : {1e-3f, 1.0f, 30.0f, 1e4f, 1e30f}) {
        if (!IsCrossentropy(kind) && scale > 1e10f) continue;  // squares overflow
        SCOPED_TRACE(std::to_string(rows) + " x " + std::to_string(outputs) + ", scale " +
                     std::to_string(scale));
        Check(ops, Samples(kind, rows, outputs, RandomFloats(rows * outputs, 5, -scale, scale)));
      }
    }
  }
}

// All outputs equal, or equal in pairs: argmax takes the first, top 5 counts what is larger.
void CheckTies(const OpsPair& ops, LossKind kind) {
  for (const int64_t outputs : OutputCounts(kind)) {
    Floats equal(12 * outputs), pairs(12 * outputs);
    for (int64_t i = 0; i < equal.size(); ++i) {
      equal[i] = 0;
      pairs[i] = static_cast<float>(i / 2 % 4);
    }
    Check(ops, Samples(kind, 12, outputs, std::move(equal)));
    Check(ops, Samples(kind, 12, outputs, std::move(pairs)));
  }
}

// Training stops on a loss that is not a number.
void CheckNan(const OpsPair& ops, LossKind kind) {
  for (const int64_t outputs : OutputCounts(kind)) {
    for (const int64_t at : {int64_t{0}, outputs - 1, 3 * outputs - 1}) {
      Samples samples(kind, 3, outputs, RandomFloats(3 * outputs, 1));
      samples.output[at] = std::numeric_limits<float>::quiet_NaN();
      EXPECT_TRUE(std::isnan(ops.reference->Loss(kind, samples.batch()).loss));
      EXPECT_TRUE(std::isnan(ops.tested->Loss(kind, samples.batch()).loss)) << at;
    }
  }
}

}  // namespace

std::vector<OpCase> LossCases() {
  std::vector<OpCase> cases;
  for (const Kind& row : kKinds) {
    const std::string name = row.name;
    const LossKind kind = row.kind;
    cases.push_back({name, [kind](const OpsPair& ops) { CheckSizes(ops, kind); }});
    cases.push_back({name + "_ties", [kind](const OpsPair& ops) { CheckTies(ops, kind); }});
    cases.push_back({name + "_nan", [kind](const OpsPair& ops) { CheckNan(ops, kind); }});
  }
  return cases;
}

}  // namespace lockstep
