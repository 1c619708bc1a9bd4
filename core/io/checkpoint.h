// Checkpoints: all that is needed to go on with a training as if it had never stopped.
//
// File: 8 bytes "LSCKPT1\n", 8 bytes little-endian XXH3 of what follows, then a
// lockstep.Checkpoint message (proto/checkpoint.proto). A file is written under another name and
// renamed, so one that exists is whole; the hash finds what the disk did to it since.
#ifndef LOCKSTEP_CORE_IO_CHECKPOINT_H_
#define LOCKSTEP_CORE_IO_CHECKPOINT_H_

#include <string>
#include <string_view>

#include "core/base/status.h"
#include "core/params/parameter_layout.h"
#include "proto/checkpoint.pb.h"

namespace lockstep {

// Adds every parameter of `weights` to `checkpoint`.
void PutWeights(const ParameterLayout& layout, const float* weights, Checkpoint* checkpoint);

// Fills `weights` from `checkpoint`. Errors: BadDataError naming a parameter that is missing or has
// another shape: the checkpoint is of another network.
Status GetWeights(const Checkpoint& checkpoint, const ParameterLayout& layout, float* weights);

// Writes FOLDER/step-NNNNNNNNNN.ckpt, keeps it and the `keep` - 1 before it, and removes the other
// files of such names: those of later steps are of a training that this folder no longer holds, and
// parts (step-N.ckpt.tmp) of a process that was killed.
// Errors: CannotWriteError, IoError.
Status WriteCheckpoint(const std::string& folder, const Checkpoint& checkpoint, int keep);

// Reads one file, or its bytes; `name` stands in messages. Errors: MissingInputError, BadDataError
// (cut, changed or of another format; a tensor whose shape does not fit its values).
StatusOr<Checkpoint> ReadCheckpoint(const std::string& path);
StatusOr<Checkpoint> ParseCheckpoint(std::string_view file, const std::string& name);

// The newest readable checkpoint of FOLDER; where that is not the newest, `warning`, unless null,
// says what was wrong with the newest and which was taken. Errors: MissingInputError if there is
// none, else what was wrong with the newest.
StatusOr<Checkpoint> ReadNewestCheckpoint(const std::string& folder,
                                          std::string* warning = nullptr);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_IO_CHECKPOINT_H_
