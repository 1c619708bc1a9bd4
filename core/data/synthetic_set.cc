#include "core/data/synthetic_set.h"

#include <algorithm>

#include "core/base/rng.h"

namespace lockstep {
namespace {

// Samples first .. first + size - 1.
Dataset MakeSynthetic(const SyntheticData& config, uint64_t seed, int64_t first, int64_t size) {
  Dataset data;
  data.size = size;
  data.format.shape.assign(config.shape().begin(), config.shape().end());
  data.format.classes = config.classes();
  const size_t features = static_cast<size_t>(data.format.features());
  const uint32_t groups = std::max(config.classes(), 1u);
  for (int64_t i = 0; i < size; ++i) {
    const uint64_t sample = static_cast<uint64_t>(first + i);
    const uint32_t label = static_cast<uint32_t>(sample % groups);
    const RandomKey mean = {seed, RandomUse::kSynthetic, 1, label};
    const RandomKey noise = {seed, RandomUse::kSynthetic, 2, sample};
    double sum = 0;
    for (size_t j = 0; j < features; ++j) {
      const float value = (Uniform(mean, j) < 0.5f ? -1.0f : 1.0f) + Normal(noise, j);
      data.dense.push_back(value);
      sum += value;
    }
    if (config.classes() > 0) data.labels.push_back(static_cast<int32_t>(label));
    else data.targets.push_back(static_cast<float>(sum / static_cast<double>(features)));
  }
  return data;
}

}  // namespace

TrainAndTest LoadSynthetic(const SyntheticData& config, uint64_t seed) {
  const int64_t samples = config.samples();
  TrainAndTest sets;
  sets.train = MakeSynthetic(config, seed, 0, samples);
  sets.test = MakeSynthetic(config, seed, samples, std::max<int64_t>(samples / 5, 1));
  return sets;
}

}  // namespace lockstep
