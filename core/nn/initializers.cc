#include "core/nn/initializers.h"

#include <algorithm>
#include <cmath>

#include "core/base/rng.h"

namespace lockstep {
namespace {

void FillUniform(const RandomKey& key, double limit, std::span<float> values) {
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<float>((2.0 * Uniform(key, i) - 1.0) * limit);
  }
}

// A normal cut at two standard deviations has this standard deviation.
constexpr double kTruncatedStddev = 0.87962566103423978;

void FillTruncatedNormal(RandomKey key, double variance, std::span<float> values) {
  const double scale = std::sqrt(variance) / kTruncatedStddev;
  const uint64_t n = values.size();
  for (uint64_t i = 0; i < n; ++i) {
    float draw = Normal(key, i);
    // A rejected draw is replaced from the element's own stream, so that elements stay independent.
    RandomKey again = key;
    again.b = i + 1;
    for (uint64_t k = 0; std::abs(draw) > 2.0f; ++k) draw = Normal(again, k);
    values[i] = static_cast<float>(draw * scale);
  }
}

}  // namespace

void Initialize(const LayerParameter& parameter, uint64_t seed, uint32_t index,
                std::span<float> values) {
  const RandomKey key = {seed, RandomUse::kInitialWeights, index, 0};
  const double fan_in = static_cast<double>(std::max<int64_t>(parameter.fan_in, 1));
  const double fan_sum = fan_in + static_cast<double>(parameter.fan_out);
  switch (parameter.initializer) {
    case GLOROT_UNIFORM: return FillUniform(key, std::sqrt(6.0 / fan_sum), values);
    case HE_UNIFORM: return FillUniform(key, std::sqrt(6.0 / fan_in), values);
    case GLOROT_NORMAL: return FillTruncatedNormal(key, 2.0 / fan_sum, values);
    case HE_NORMAL: return FillTruncatedNormal(key, 2.0 / fan_in, values);
    case ZEROS: std::fill(values.begin(), values.end(), 0.0f); return;
    case ONES: std::fill(values.begin(), values.end(), 1.0f); return;
  }
}

}  // namespace lockstep
