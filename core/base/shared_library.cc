#include "core/base/shared_library.h"

#include <dlfcn.h>

#include <utility>

namespace lockstep {

StatusOr<SharedLibrary> SharedLibrary::Open(const std::string& name,
                                            std::span<const std::string> folders) {
  void* handle = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
  const std::string why = handle == nullptr ? dlerror() : "";
  for (size_t i = 0; handle == nullptr && i < folders.size(); ++i) {
    handle = dlopen((folders[i] + "/" + name).c_str(), RTLD_NOW | RTLD_LOCAL);
  }
  if (handle != nullptr) return SharedLibrary(name, handle);
  std::string looked;
  for (const std::string& folder : folders) looked += " and " + folder;
  return DeviceError(name + " is missing (" + why + "); looked in the loader's path" + looked +
                     "; install it, or add its folder to LD_LIBRARY_PATH");
}

void* SharedLibrary::Address(const char* symbol) {
  void* address = dlsym(handle_, symbol);
  if (address == nullptr && status_.ok()) {
    status_ = DeviceError(name_ + " has no function " + symbol +
                          ": it is of another version than this binary was built with");
  }
  return address;
}

}  // namespace lockstep
