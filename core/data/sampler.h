// Which samples make up each batch: a pure function of (seed, epoch, step), one global order for
// all ranks. The last batch of an epoch is shorter when the set does not divide; nothing is
// dropped.
#ifndef LOCKSTEP_CORE_DATA_SAMPLER_H_
#define LOCKSTEP_CORE_DATA_SAMPLER_H_

#include <cstdint>
#include <span>
#include <vector>

#include "core/base/summation_tree.h"

namespace lockstep {

// Never, in one order for all epochs, or in a new one for each.
enum class Shuffle { kNever, kOnce, kEachEpoch };

// One thread at a time.
class Sampler {
 public:
  // REQUIRES: samples >= 1, batch_size >= 1.
  Sampler(int64_t samples, int64_t batch_size, Shuffle shuffle, uint64_t seed);

  int64_t steps_per_epoch() const { return steps_per_epoch_; }
  // Makes the order of this epoch. REQUIRES: called before Batch.
  void StartEpoch(uint32_t epoch);
  // Positions of the samples of step `step` of the epoch (0 based); valid until StartEpoch.
  std::span<const uint32_t> Batch(int64_t step) const;

 private:
  int64_t batch_size_;
  int64_t steps_per_epoch_;
  Shuffle shuffle_;
  uint64_t seed_;
  std::vector<uint32_t> order_;
};

// The part of a batch that is micro-batch `index` of `microbatches`: as even as order allows.
inline std::span<const uint32_t> Microbatch(std::span<const uint32_t> batch, int64_t microbatches,
                                            int64_t index) {
  const Range part = EvenPart(static_cast<int64_t>(batch.size()), microbatches, index);
  return batch.subspan(static_cast<size_t>(part.begin), static_cast<size_t>(part.size()));
}

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_DATA_SAMPLER_H_
