// A library of the CUDA toolkit, opened while the program runs.
#ifndef LOCKSTEP_CORE_DEVICE_TOOLKIT_LIBRARY_H_
#define LOCKSTEP_CORE_DEVICE_TOOLKIT_LIBRARY_H_

#include <cstdlib>
#include <string>
#include <vector>

#include "core/base/shared_library.h"
#include "core/base/status.h"

namespace lockstep {

// NAME.so.MAJOR where the loader finds it, in $CUDA_HOME/lib64, or in /usr/local/cuda/lib64. Errors
// as SharedLibrary::Open.
inline StatusOr<SharedLibrary> OpenToolkitLibrary(const std::string& name, int major) {
  std::vector<std::string> folders;
  if (const char* home = std::getenv("CUDA_HOME")) folders.push_back(std::string(home) + "/lib64");
  folders.push_back("/usr/local/cuda/lib64");
  return SharedLibrary::Open(name + ".so." + std::to_string(major), folders);
}

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_DEVICE_TOOLKIT_LIBRARY_H_
