// What a checkpoint holds beside the weights: the optimizer's slots and the epoch under way.
#ifndef LOCKSTEP_DISTRIBUTED_TRAIN_RESUME_H_
#define LOCKSTEP_DISTRIBUTED_TRAIN_RESUME_H_

#include "core/base/status.h"
#include "core/io/checkpoint.h"
#include "core/optim/optimizer.h"
#include "distributed/train/step_record.h"

namespace lockstep {

void PutSlots(Optimizer* optimizer, Checkpoint* checkpoint);

// Errors: BadDataError if the checkpoint's slots are not those of this optimizer.
Status GetSlots(const Checkpoint& checkpoint, Optimizer* optimizer);

// The sums and samples of the epoch under way.
void PutEpoch(const EpochSummary& epoch, Checkpoint* checkpoint);
EpochSummary GetEpoch(const Checkpoint& checkpoint);

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_TRAIN_RESUME_H_
