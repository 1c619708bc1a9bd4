// Reads .npz files: zip archives of .npy arrays, stored or deflated.
#ifndef LOCKSTEP_CORE_DATA_FORMATS_NPZ_READER_H_
#define LOCKSTEP_CORE_DATA_FORMATS_NPZ_READER_H_

#include <memory>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "core/data/formats/npy.h"

namespace lockstep {

// An opened archive; arrays are inflated when they are read. Move-only; one thread at a time.
class NpzReader {
 public:
  // Errors: MissingInputError, IoError, BadDataError (no zip archive).
  static StatusOr<NpzReader> Open(const std::string& path);
  // The same from memory; `name` stands in messages.
  static StatusOr<NpzReader> FromBytes(std::string bytes, const std::string& name);

  NpzReader(NpzReader&&) noexcept;
  NpzReader& operator=(NpzReader&&) noexcept;
  ~NpzReader();

  // Names of the arrays, without ".npy", in the archive's order.
  std::vector<std::string> ArrayNames() const;
  bool Has(const std::string& array) const;
  // Errors: BadDataError if there is no such array (with the names that exist), if its size is more
  // than its compressed bytes can hold, if its CRC differs, or as ParseNpy reports.
  StatusOr<NpyArray> Read(const std::string& array) const;

 private:
  struct State;
  explicit NpzReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_DATA_FORMATS_NPZ_READER_H_
