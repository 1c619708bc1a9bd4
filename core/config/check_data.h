// The rules that the data part of a config must keep before any file is looked at.
#ifndef LOCKSTEP_CORE_CONFIG_CHECK_DATA_H_
#define LOCKSTEP_CORE_CONFIG_CHECK_DATA_H_

#include "core/base/status.h"
#include "proto/config.pb.h"

namespace lockstep {

// Errors: UsageError naming the setting, what was found and what was expected.
Status CheckData(const DataConfig& data);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_CONFIG_CHECK_DATA_H_
