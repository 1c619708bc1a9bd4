// From a config to the sets of one run: finds and reads the source, then takes, scales, splits.
#ifndef LOCKSTEP_CORE_DATA_BUILD_DATASET_H_
#define LOCKSTEP_CORE_DATA_BUILD_DATASET_H_

#include "core/base/status.h"
#include "core/data/dataset.h"
#include "core/data/source.h"
#include "proto/config.pb.h"

namespace lockstep {

// REQUIRES: CheckConfig passed. Errors: MissingInputError naming the file to bring, BadDataError
// for what the files hold, UsageError for settings that do not fit the data (more validation
// samples than samples, standardize on word lists). Pictures in files that are 1 GiB or less when
// decoded are decoded here unless training takes random parts of them.
StatusOr<DatasetSplits> BuildDatasets(const Config& config, DatasetNeeds needs);

// The format of the training samples. Reads no file for the sets whose format is known. A folder of
// pictures need not be there if the config tells the classes: beside its zoo, or by the network's
// outputs.
StatusOr<SampleFormat> TrainingFormat(const Config& config);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_DATA_BUILD_DATASET_H_
