// One .npy array in memory: its type, its shape and its values converted to what a caller needs.
#ifndef LOCKSTEP_CORE_DATA_FORMATS_NPY_H_
#define LOCKSTEP_CORE_DATA_FORMATS_NPY_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"

namespace lockstep {

// Element types that are read, little-endian.
enum class NpyType {
  kBool,
  kInt8,
  kUint8,
  kInt16,
  kUint16,
  kInt32,
  kUint32,
  kInt64,
  kFloat32,
  kFloat64,
  kObject,  // data() is a pickle: core/data/formats/pickle_lists.h
};

// A C-ordered array. `data()` holds exactly elems() values of `type`, unless kObject.
struct NpyArray {
  std::string name;  // for messages: "imdb.npz, array x_train"
  NpyType type = NpyType::kUint8;
  std::vector<int64_t> shape;
  std::string file;  // the whole .npy; the data begins at data_offset
  size_t data_offset = 0;

  int64_t elems() const;
  std::string_view data() const { return std::string_view(file).substr(data_offset); }
  // The elements of one entry along the first axis; 1 for a vector.
  int64_t row_elems() const { return shape.empty() || shape[0] == 0 ? 0 : elems() / shape[0]; }
  bool is_floating() const { return type == NpyType::kFloat32 || type == NpyType::kFloat64; }
};

// Takes the bytes of a .npy file. Errors: BadDataError for a bad header, an element type that is
// not listed above, Fortran order of more than one axis, a shape that does not match the data, and
// rows of no values.
StatusOr<NpyArray> ParseNpy(std::string file, const std::string& name);

// All values as float64 or float32 (rounded to nearest). Errors: BadDataError for objects.
StatusOr<std::vector<double>> NpyToDoubles(const NpyArray& array);
StatusOr<std::vector<float>> NpyToFloats(const NpyArray& array);

// All values as integers. Errors: BadDataError for objects and for a value that is not a whole
// number of int32's range, with its position.
StatusOr<std::vector<int32_t>> NpyToInts(const NpyArray& array);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_DATA_FORMATS_NPY_H_
