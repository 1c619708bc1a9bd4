// The ops that are exact or almost so: fill, add, copies, bytes, averages, sums, dropout.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <numeric>
#include <string>
#include <vector>

#include "core/base/rng.h"
#include "core/ops/element.h"
#include "core/ops/ops.h"
#include "core/ops/specs.h"
#include "tests/core/ops/conformance.h"
#include "tests/testing/floats.h"
#include "tests/testing/tolerance.h"

namespace lockstep {
namespace {

constexpr int64_t kSizes[] = {0, 1, 7, 8, 15, 16, 17, 63, 64, 1000};

void CheckFill(const OpsPair& ops) {
  for (const int64_t size : kSizes) {
    Floats x(size, 1);
    ops.tested->Fill(x.data(), size, 1.5f);
    for (const float value : x.span()) EXPECT_EQ(value, 1.5f);
    EXPECT_TRUE(x.intact());
  }
}

void CheckAdd(const OpsPair& ops) {
  for (const int64_t size : kSizes) {
    const Floats x = RandomFloats(size, 1);
    Floats expected = RandomFloats(size, 2), actual = expected.Copy(3);
    ops.reference->Add(x.data(), expected.data(), size);
    ops.tested->Add(x.data(), actual.data(), size);
    ExpectExactly(actual.span(), expected.span());
    EXPECT_TRUE(actual.intact());
  }
}

void CheckBytes(const OpsPair& ops) {
  std::vector<uint8_t> bytes(1000);
  std::iota(bytes.begin(), bytes.end(), uint8_t{0});
  for (const float divide_by : {1.0f, 255.0f, 256.0f, 0.3f}) {
    for (const int64_t size : kSizes) {
      Floats expected(size), actual(size, 5);
      ops.reference->BytesToFloat(bytes.data(), {divide_by}, expected.data(), size);
      ops.tested->BytesToFloat(bytes.data(), {divide_by}, actual.data(), size);
      ExpectExactly(actual.span(), expected.span());
      EXPECT_TRUE(actual.intact());
    }
  }
}

// Mean and deviation of each channel; more channels than there is a vector pattern for, too.
void CheckBytesPerChannel(const OpsPair& ops) {
  std::vector<uint8_t> bytes(1000);
  std::iota(bytes.begin(), bytes.end(), uint8_t{0});
  const Floats mean = RandomFloats(7, 1), deviation = RandomFloats(7, 2, 0.2f, 0.4f);
  for (const int64_t channels : {1, 3, 4, 7}) {
    for (const int64_t pixels : {0, 1, 5, 16, 100}) {
      const int64_t size = pixels * channels;
      for (const int given : {1, 2, 3}) {
        const ImageScale scale = {.divide_by = 255,
                                  .channels = channels,
                                  .mean = given & 1 ? mean.data() : nullptr,
                                  .std = given & 2 ? deviation.data() : nullptr};
        Floats expected(size), actual(size, 5);
        ops.reference->BytesToFloat(bytes.data(), scale, expected.data(), size);
        ops.tested->BytesToFloat(bytes.data(), scale, actual.data(), size);
        // The division fused with what follows, or not: one rounding of values up to 10.
        ExpectWithin(actual.span(), expected.span(), [](int64_t) { return SumTolerance(1, 10); });
        EXPECT_TRUE(actual.intact());
      }
    }
  }
}

void CheckMovingAverage(const OpsPair& ops) {
  for (const float momentum : {0.0f, 0.9f, 0.99f, 1.0f}) {
    for (const int64_t size : kSizes) {
      const Floats x = RandomFloats(size, 1);
      Floats expected = RandomFloats(size, 2), actual = expected.Copy(1);
      ops.reference->MovingAverage(x.data(), momentum, expected.data(), size);
      ops.tested->MovingAverage(x.data(), momentum, actual.data(), size);
      ExpectWithin(actual.span(), expected.span(), [](int64_t) { return SumTolerance(2, 1); });
      EXPECT_TRUE(actual.intact());
    }
  }
}

void CheckCopyBlocks(const OpsPair& ops) {
  const std::vector<BlockCopy> copies = {
      {.outer = 3, .inner = 4, .block = 5, .source_outer = 20, .source_inner = 5,
       .target_outer = 60, .target_inner = 13},
      {.outer = 2, .inner = 1, .block = 17, .source_outer = 30, .target_outer = 17},
      {.outer = 1, .inner = 9, .block = 1, .source_inner = 3, .target_inner = 2},
      {.outer = 0, .inner = 9, .block = 1, .source_inner = 3, .target_inner = 2},
      {.outer = 4, .inner = 3, .block = 0}};
  for (const BlockCopy& copy : copies) {
    const Floats source = RandomFloats(200, 1);
    Floats expected = RandomFloats(200, 2), actual = expected.Copy(1);
    ops.reference->CopyBlocks(copy, source.data(), expected.data());
    ops.tested->CopyBlocks(copy, source.data(), actual.data());
    ExpectExactly(actual.span(), expected.span());
  }
}

void CheckSumOfSquares(const OpsPair& ops) {
  for (const int64_t size : kSizes) {
    // Squares from 1e-76 to 1e76: float32 could hold neither.
    Floats x = RandomFloats(size, 1);
    if (size > 2) x[1] = 1e38f, x[2] = 1e-38f;
    const double expected = ops.reference->SumOfProducts(x.data(), x.data(), size);
    const double actual = ops.tested->SumOfProducts(x.data(), x.data(), size);
    EXPECT_NEAR(actual, expected, static_cast<double>(size) * 0x1.0p-53 * expected);
    const Floats moved = x.Copy(1);
    EXPECT_EQ(ops.tested->SumOfProducts(moved.data(), moved.data(), size), actual)
        << "bits depend on alignment";
  }
}

void CheckSumOfSquaresIsNotFinite(const OpsPair& ops) {
  for (const float bad : {NAN, INFINITY}) {
    Floats x = RandomFloats(17, 1);
    x[16] = bad;
    EXPECT_FALSE(std::isfinite(ops.tested->SumOfProducts(x.data(), x.data(), 17)));
  }
}

// Dropout's mask and its scaling are promised to the bit.
void CheckDropout(const OpsPair& ops) {
  const std::vector<uint32_t> ids = {0, 7, 4000000000u};
  for (const float rate : {0.0f, 0.1f, 0.5f, 0.999f}) {
    for (const int64_t cols : {1, 2, 3, 4, 5, 64, 129}) {
      for (const int64_t rows : {0, 1, 3}) {
        const DropoutSpec spec = {.rate = rate,
                                  .seed = 0xABCDEF0123456789u,
                                  .layer = 3,
                                  .step = 1 << 20,
                                  .sample_ids = ids.data()};
        Floats x = RandomFloats(rows * cols, 1), expected(rows * cols), actual(rows * cols, 1);
        ops.reference->Dropout(spec, {x.data(), rows, cols}, {expected.data(), rows, cols});
        ops.tested->Dropout(spec, {x.data(), rows, cols}, {actual.data(), rows, cols});
        ExpectExactly(actual.span(), expected.span());
        EXPECT_TRUE(actual.intact());
        ops.tested->Dropout(spec, {x.data(), rows, cols}, {x.data(), rows, cols});
        ExpectExactly(x.span(), expected.span());
      }
    }
  }
}

// An element is kept where its draw is at least the rate, the rate itself among them.
void CheckDropoutKeepsADrawOfTheRate(const OpsPair& ops) {
  const uint32_t id = 5;
  DropoutSpec spec = {.seed = 1, .layer = 2, .step = 3, .sample_ids = &id};
  spec.rate = Uniform(DropoutKey(spec.seed, spec.layer, spec.step, id), 6);
  for (Ops* device : {ops.reference, ops.tested}) {
    Floats x = RandomFloats(9, 1, 1, 2), y(9);
    device->Dropout(spec, x.matrix(1), y.matrix(1));
    EXPECT_NE(y[6], 0) << device->name();
  }
}

// A sample's mask goes with the sample, whatever rows lie beside it.
void CheckDropoutFollowsTheSample(const OpsPair& ops) {
  const uint32_t ids[] = {5, 9}, swapped[] = {9, 5};
  Floats x(2 * 33), first(2 * 33), second(2 * 33);
  for (float& value : x.span()) value = 1;
  DropoutSpec spec = {.rate = 0.5f, .seed = 1, .layer = 2, .step = 3, .sample_ids = ids};
  ops.tested->Dropout(spec, x.matrix(2), first.matrix(2));
  spec.sample_ids = swapped;
  ops.tested->Dropout(spec, x.matrix(2), second.matrix(2));
  ExpectExactly(first.span().first(33), second.span().last(33));
  ExpectExactly(first.span().last(33), second.span().first(33));
}

}  // namespace

std::vector<OpCase> ElementCases() {
  return {{"fill", CheckFill},
          {"add", CheckAdd},
          {"bytes_to_float", CheckBytes},
          {"bytes_to_float_per_channel", CheckBytesPerChannel},
          {"moving_average", CheckMovingAverage},
          {"copy_blocks", CheckCopyBlocks},
          {"sum_of_squares", CheckSumOfSquares},
          {"sum_of_squares_tells_nan_and_inf", CheckSumOfSquaresIsNotFinite},
          {"dropout", CheckDropout},
          {"dropout_keeps_a_draw_of_the_rate", CheckDropoutKeepsADrawOfTheRate},
          {"dropout_follows_the_sample", CheckDropoutFollowsTheSample}};
}

}  // namespace lockstep
