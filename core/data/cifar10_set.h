// CIFAR-10 from its official files.
#ifndef LOCKSTEP_CORE_DATA_CIFAR10_SET_H_
#define LOCKSTEP_CORE_DATA_CIFAR10_SET_H_

#include "core/base/status.h"
#include "core/data/source.h"

namespace lockstep {

// data_batch_1.bin ... data_batch_5.bin and test_batch.bin in a data folder's cifar-10-batches-bin,
// or in its cifar-10-binary.tar.gz. Errors: MissingInputError, BadDataError.
StatusOr<TrainAndTest> LoadCifar10(DatasetNeeds needs);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_DATA_CIFAR10_SET_H_
