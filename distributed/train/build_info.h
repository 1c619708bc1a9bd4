// The versions of lockstep and of the libraries that the binary was built with.
#ifndef LOCKSTEP_DISTRIBUTED_TRAIN_BUILD_INFO_H_
#define LOCKSTEP_DISTRIBUTED_TRAIN_BUILD_INFO_H_

#include <string>
#include <utility>
#include <vector>

namespace lockstep {

// The version of lockstep, such as "0.1.0".
std::string LockstepVersion();

// (name, version) of lockstep, the compiler and the libraries whose arithmetic a run depends on.
std::vector<std::pair<std::string, std::string>> BuildVersions();

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_TRAIN_BUILD_INFO_H_
