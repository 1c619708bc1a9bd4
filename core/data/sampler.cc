#include "core/data/sampler.h"

#include <algorithm>
#include <numeric>

#include "core/base/check.h"
#include "core/base/rng.h"

namespace lockstep {

Sampler::Sampler(int64_t samples, int64_t batch_size, Shuffle shuffle, uint64_t seed)
    : batch_size_(batch_size),
      steps_per_epoch_((samples + batch_size - 1) / batch_size),
      shuffle_(shuffle),
      seed_(seed),
      order_(static_cast<size_t>(samples)) {
  LOCKSTEP_CHECK(samples >= 1 && batch_size >= 1, "%lld samples, batch %lld", (long long)samples,
                 (long long)batch_size);
  std::iota(order_.begin(), order_.end(), 0u);
}

void Sampler::StartEpoch(uint32_t epoch) {
  if (shuffle_ == Shuffle::kNever) return;
  const uint32_t order = shuffle_ == Shuffle::kOnce ? 1 : epoch;
  Permutation({seed_, RandomUse::kShuffle, order, 0}, order_);
}

std::span<const uint32_t> Sampler::Batch(int64_t step) const {
  const size_t begin = static_cast<size_t>(step * batch_size_);
  const size_t end = std::min(begin + static_cast<size_t>(batch_size_), order_.size());
  return std::span(order_).subspan(begin, end - begin);
}

}  // namespace lockstep
