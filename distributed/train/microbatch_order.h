// The micro-batches that one rank will take, in order, over all epochs that are left: what a Loader
// reads ahead by. It has a Sampler of its own, so the trainer's stays in its epoch.
#ifndef LOCKSTEP_DISTRIBUTED_TRAIN_MICROBATCH_ORDER_H_
#define LOCKSTEP_DISTRIBUTED_TRAIN_MICROBATCH_ORDER_H_

#include <cstdint>
#include <functional>

#include "core/base/summation_tree.h"
#include "core/data/loader.h"
#include "core/data/sampler.h"

namespace lockstep {

// Which part of a training a rank takes.
struct RankShare {
  int rank = 0, ranks = 1;
  int64_t first_step = 0, last_step = 0;  // steps first_step + 1 .. last_step of the run
  std::function<int64_t(int64_t samples)> microbatches;  // of a batch of so many samples
};

// Copyable; one thread at a time.
class MicrobatchOrder {
 public:
  MicrobatchOrder(Sampler sampler, RankShare share);

  // The next one, in the order in which TrainingLoop takes them; false after the last.
  bool Next(LoadRequest* request);

 private:
  Sampler sampler_;
  RankShare share_;
  int64_t step_;            // steps begun
  int64_t epoch_ = 0;       // that the sampler is in
  int64_t leaves_ = 0;      // micro-batches of the step begun
  Range mine_{0, 0};        // this rank's that are left of them
  std::span<const uint32_t> batch_;
};

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_TRAIN_MICROBATCH_ORDER_H_
