// Samples from a user's own files: tables (.csv), arrays (.npz) and images (IDX). What their y
// become is in core/data/targets.h. Both sets are always read, so that the classes of a run do not
// depend on which set a command uses.
#ifndef LOCKSTEP_CORE_DATA_TABLE_SETS_H_
#define LOCKSTEP_CORE_DATA_TABLE_SETS_H_

#include "core/base/status.h"
#include "core/data/source.h"
#include "proto/config.pb.h"

namespace lockstep {

// Errors, here and below: MissingInputError, BadDataError naming file, sample or line, and value;
// UsageError for names that the files lack and for data that the loss does not take.
StatusOr<TrainAndTest> LoadNpz(const NpzData& config, LossFunction::Kind loss);
StatusOr<TrainAndTest> LoadCsv(const CsvData& config, LossFunction::Kind loss);
StatusOr<TrainAndTest> LoadIdx(const IdxData& config, LossFunction::Kind loss);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_DATA_TABLE_SETS_H_
