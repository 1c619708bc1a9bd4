// Checkpoints: all that is needed to go on with a training as if it had never stopped.
//
// File, all numbers little-endian: 8 bytes "LSCKPT2\n"; 8 bytes: length of the head; 8 bytes: XXH3
// of the head, seeded with its length; the head, a lockstep.Checkpoint message
// (proto/checkpoint.proto); the float32 values of its weights and then of its slots, one after
// another; 8 bytes: their hash, that of pieces of at most 1 MiB of a tensor, each seeded with the
// hash before it (the first with the head's). Values go between the file and the buffers they live
// in, so that writing and reading need no memory of the weights' size. A file is written under
// another name and renamed, so one that exists is whole; the hashes find what the disk did to it.
#ifndef LOCKSTEP_CORE_IO_CHECKPOINT_H_
#define LOCKSTEP_CORE_IO_CHECKPOINT_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "core/params/parameter_layout.h"
#include "proto/checkpoint.pb.h"

namespace lockstep {

// A checkpoint to be written: its head and, for each of the head's tensors, where its values are.
struct CheckpointDraft {
  Checkpoint head;
  std::vector<std::span<const float>> weights;
  std::vector<std::span<const float>> slots;
};

// A checkpoint's file, held open: one that is removed meanwhile can still be read. Copies share it;
// any thread may read.
class SavedCheckpoint {
 public:
  const Checkpoint& head() const { return head_; }
  // Fills `to` with the values of head().weight(index) or head().slot(index). REQUIRES: `to` has
  // the tensor's size. Errors: IoError.
  Status ReadWeight(int index, std::span<float> to) const;
  Status ReadSlot(int index, std::span<float> to) const;

 private:
  friend StatusOr<SavedCheckpoint> ReadCheckpoint(const std::string& path);
  Status ReadValues(size_t tensor, std::span<float> to) const;
  // Whether the values are those that were written. Errors: BadDataError, IoError.
  Status CheckValues(uint64_t hash) const;

  std::string path_;
  std::shared_ptr<const int> file_;  // closes it
  Checkpoint head_;
  std::vector<uint64_t> offsets_;    // of each tensor in the file, weights first; and of the end
};

// Adds every parameter of `weights`, which must live until `draft` is written.
void PutWeights(const ParameterLayout& layout, const float* weights, CheckpointDraft* draft);

// Fills `weights` from `checkpoint`. Errors: BadDataError naming a parameter that is missing or has
// another shape: the checkpoint is of another network. IoError.
Status GetWeights(const SavedCheckpoint& checkpoint, const ParameterLayout& layout, float* weights);

// Writes FOLDER/step-NNNNNNNNNN.ckpt, keeps it and the `keep` - 1 before it, and removes the other
// files of such names: those of later steps are of a training that this folder no longer holds, and
// parts (step-N.ckpt.tmp) of a process that was killed.
// Errors: CannotWriteError, IoError.
Status WriteCheckpoint(const std::string& folder, const CheckpointDraft& draft, int keep);

// Opens one file and checks all of it. Errors: MissingInputError, IoError, BadDataError (cut,
// changed, of another format or version; shapes that do not fit the values).
StatusOr<SavedCheckpoint> ReadCheckpoint(const std::string& path);

// The newest readable checkpoint of FOLDER; where that is not the newest, `warning`, unless null,
// says what was wrong with the newest and which was taken. Errors: MissingInputError if there is
// none, else what was wrong with the newest.
StatusOr<SavedCheckpoint> ReadNewestCheckpoint(const std::string& folder,
                                               std::string* warning = nullptr);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_IO_CHECKPOINT_H_
