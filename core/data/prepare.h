// What a config asks to be done with the samples of a source: scaling and splitting.
#ifndef LOCKSTEP_CORE_DATA_PREPARE_H_
#define LOCKSTEP_CORE_DATA_PREPARE_H_

#include "core/base/status.h"
#include "core/data/dataset.h"
#include "core/data/source.h"
#include "proto/config.pb.h"

namespace lockstep {

// Standardises (mean and population standard deviation of the training set, in float64; a constant
// feature is only centred) and divides both sets in place. Errors: UsageError for multi-hot
// samples and, where it standardises, for pictures that stay in their files.
Status ScaleFeatures(const DataConfig& config, TrainAndTest* sets);

// Notes the mean and deviation that bytes are normalised by, or normalises floats in place, after
// ScaleFeatures. Errors: UsageError for multi-hot samples and for another number of values than the
// samples have channels.
Status Normalise(const NormalizeConfig& config, TrainAndTest* sets);

// Takes the first `take` training samples and sets the validation samples aside. Errors: UsageError
// if no training sample is left, or the rule needs a test set that is not there.
StatusOr<DatasetSplits> Split(const DataConfig& config, TrainAndTest sets);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_DATA_PREPARE_H_
