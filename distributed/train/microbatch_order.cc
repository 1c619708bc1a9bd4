#include "distributed/train/microbatch_order.h"

#include <utility>

namespace lockstep {

MicrobatchOrder::MicrobatchOrder(Sampler sampler, RankShare share)
    : sampler_(std::move(sampler)), share_(std::move(share)), step_(share_.first_step) {}

bool MicrobatchOrder::Next(LoadRequest* request) {
  while (mine_.size() == 0) {  // a rank may have none of a small batch
    if (step_ >= share_.last_step) return false;
    const int64_t steps = sampler_.steps_per_epoch();
    if (const int64_t epoch = step_ / steps + 1; epoch != epoch_) {
      epoch_ = epoch;
      sampler_.StartEpoch(static_cast<uint32_t>(epoch));
    }
    batch_ = sampler_.Batch(step_++ % steps);
    leaves_ = share_.microbatches(static_cast<int64_t>(batch_.size()));
    mine_ = EvenPart(leaves_, share_.ranks, share_.rank);
  }
  request->epoch = static_cast<uint32_t>(epoch_);
  request->ids = Microbatch(batch_, leaves_, mine_.begin++);
  return true;
}

}  // namespace lockstep
