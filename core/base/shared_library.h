// A shared library that is opened while the program runs, for parts that most machines lack: linked
// in the usual way, a missing one would keep the program from starting at all.
#ifndef LOCKSTEP_CORE_BASE_SHARED_LIBRARY_H_
#define LOCKSTEP_CORE_BASE_SHARED_LIBRARY_H_

#include <span>
#include <string>

#include "core/base/status.h"

namespace lockstep {

// An open library. It stays open until the process ends: it may run threads of its own.
class SharedLibrary {
 public:
  // Opens `name`, "libm.so.6", where the loader finds it, else in the first of `folders` that has
  // it. Errors: kDeviceError, with what the loader says.
  static StatusOr<SharedLibrary> Open(const std::string& name,
                                      std::span<const std::string> folders);

  // Sets *function to the library's `symbol`. A symbol that is not there is told by status().
  template <typename Function>
  void Find(const char* symbol, Function** function) {
    *function = reinterpret_cast<Function*>(Address(symbol));
  }

  // OK, or the first symbol that was not found.
  const Status& status() const { return status_; }

 private:
  SharedLibrary(std::string name, void* handle) : name_(std::move(name)), handle_(handle) {}
  void* Address(const char* symbol);

  std::string name_;
  void* handle_;
  Status status_;
};

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_BASE_SHARED_LIBRARY_H_
