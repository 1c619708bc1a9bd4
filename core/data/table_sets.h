// Samples from a user's own files: tables (.csv), arrays (.npz) and images (IDX).
#ifndef LOCKSTEP_CORE_DATA_TABLE_SETS_H_
#define LOCKSTEP_CORE_DATA_TABLE_SETS_H_

#include "core/base/status.h"
#include "core/data/source.h"
#include "proto/config.pb.h"

namespace lockstep {

// Errors, here and below: MissingInputError, BadDataError.
StatusOr<TrainAndTest> LoadNpz(const NpzData& config, DatasetNeeds needs);
StatusOr<TrainAndTest> LoadCsv(const CsvData& config, DatasetNeeds needs);
StatusOr<TrainAndTest> LoadIdx(const IdxData& config);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_DATA_TABLE_SETS_H_
