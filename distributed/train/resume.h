// What a checkpoint holds beside the weights: the optimizer's slots, the epoch under way and what
// a step was.
#ifndef LOCKSTEP_DISTRIBUTED_TRAIN_RESUME_H_
#define LOCKSTEP_DISTRIBUTED_TRAIN_RESUME_H_

#include <cstdint>

#include "core/base/status.h"
#include "core/io/checkpoint.h"
#include "core/optim/optimizer.h"
#include "distributed/train/step_record.h"

namespace lockstep {

// The optimizer must live until `draft` is written.
void PutSlots(Optimizer* optimizer, CheckpointDraft* draft);

// Errors: BadDataError if the checkpoint's slots are not those of this optimizer. IoError.
Status GetSlots(const SavedCheckpoint& checkpoint, Optimizer* optimizer);

// The sums and samples of the epoch under way.
void PutEpoch(const EpochSummary& epoch, Checkpoint* checkpoint);
EpochSummary GetEpoch(const Checkpoint& checkpoint);

// The samples of a batch and of an epoch: what counts of steps mean.
void PutSamples(int64_t batch_size, int64_t train_samples, Checkpoint* checkpoint);

// Errors: MismatchError if the checkpoint was made with others; one that does not say is accepted.
Status CheckSamples(const Checkpoint& checkpoint, int64_t batch_size, int64_t train_samples);

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_TRAIN_RESUME_H_
