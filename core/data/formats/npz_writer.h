// Writes .npz files of float32 arrays, as numpy.savez does: stored, not deflated.
#ifndef LOCKSTEP_CORE_DATA_FORMATS_NPZ_WRITER_H_
#define LOCKSTEP_CORE_DATA_FORMATS_NPZ_WRITER_H_

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/base/status.h"

namespace lockstep {

// Collects arrays, then writes one file. The same arrays give the same bytes. One thread at a time.
class NpzWriter {
 public:
  // Adds a C-ordered array; copies it. REQUIRES: product(shape) == values.size(); a new name.
  void Add(const std::string& name, std::span<const int64_t> shape, std::span<const float> values);
  // The archive. Errors: BugError.
  StatusOr<std::string> ToBytes() const;
  // Writes it atomically. Errors: CannotWriteError, IoError.
  Status WriteTo(const std::string& path) const;

 private:
  std::vector<std::pair<std::string, std::string>> files_;  // name.npy, bytes
};

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_DATA_FORMATS_NPZ_WRITER_H_
