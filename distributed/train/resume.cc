#include "distributed/train/resume.h"

#include <algorithm>

#include "absl/strings/str_format.h"

namespace lockstep {

void PutSlots(Optimizer* optimizer, CheckpointDraft* draft) {
  for (const Optimizer::Slot& slot : optimizer->slots()) {
    SavedTensor* saved = draft->head.add_slot();
    saved->set_name(slot.name);
    saved->add_shape(static_cast<int64_t>(slot.values.size()));
    draft->slots.emplace_back(slot.values);
  }
}

Status GetSlots(const SavedCheckpoint& checkpoint, Optimizer* optimizer) {
  const auto& tensors = checkpoint.head().slot();
  for (const Optimizer::Slot& slot : optimizer->slots()) {
    const auto saved = std::find_if(tensors.begin(), tensors.end(),
                                    [&](const SavedTensor& t) { return t.name() == slot.name; });
    if (saved == tensors.end() || saved->shape_size() != 1 ||
        saved->shape(0) != static_cast<int64_t>(slot.values.size())) {
      return BadDataError("the checkpoint has no optimizer state \"" + slot.name +
                          "\" of the config's size: resume with the optimizer it was made with");
    }
    LOCKSTEP_RETURN_IF_ERROR(
        checkpoint.ReadSlot(static_cast<int>(saved - tensors.begin()), slot.values));
  }
  return OkStatus();
}

void PutEpoch(const EpochSummary& epoch, Checkpoint* checkpoint) {
  SavedSums* sums = checkpoint->mutable_epoch_sums();
  sums->set_loss(epoch.sums.loss);
  sums->set_correct(epoch.sums.correct);
  sums->set_top_5_correct(epoch.sums.top_5_correct);
  sums->set_absolute_error(epoch.sums.absolute_error);
  sums->set_squared_error(epoch.sums.squared_error);
  checkpoint->set_epoch_samples(epoch.samples);
}

EpochSummary GetEpoch(const Checkpoint& checkpoint) {
  const SavedSums& sums = checkpoint.epoch_sums();
  EpochSummary epoch;
  epoch.sums = {sums.loss(), sums.correct(), sums.top_5_correct(), sums.absolute_error(),
                sums.squared_error()};
  epoch.samples = checkpoint.epoch_samples();
  return epoch;
}

void PutSamples(int64_t batch_size, int64_t train_samples, Checkpoint* checkpoint) {
  checkpoint->set_batch_size(batch_size);
  checkpoint->set_train_samples(train_samples);
}

Status CheckSamples(const Checkpoint& checkpoint, int64_t batch_size, int64_t train_samples) {
  if (checkpoint.has_batch_size() && checkpoint.batch_size() != batch_size) {
    return MismatchError(absl::StrFormat(
        "the checkpoint was made with training.batch_size %d, the config has %d: resume with the "
        "same, or start a new run with its weights (export, training.initial_weights)",
        checkpoint.batch_size(), batch_size));
  }
  if (checkpoint.has_train_samples() && checkpoint.train_samples() != train_samples) {
    return MismatchError(absl::StrFormat(
        "the checkpoint was made with %d training samples, the config's data has %d: resume with "
        "the same take and validation, or start a new run with its weights (export, "
        "training.initial_weights)",
        checkpoint.train_samples(), train_samples));
  }
  return OkStatus();
}

}  // namespace lockstep
