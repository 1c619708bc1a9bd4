// Reads and writes .safetensors files (https://github.com/huggingface/safetensors, "Format"):
//
//   8 bytes   n, the header's length, little-endian
//   n bytes   JSON: {"NAME": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, ...,
//             "__metadata__": {"key": "text"}}, blanks may follow
//   the rest  the values, little-endian, row-major; data_offsets count from here
//
// The arrays cover the rest without a gap and without overlap, as the format demands.
#ifndef LOCKSTEP_CORE_IO_SAFETENSORS_H_
#define LOCKSTEP_CORE_IO_SAFETENSORS_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/base/status.h"

namespace lockstep {

// A file in memory, checked: every array lies within it. Thread-safe.
class SafetensorsReader {
 public:
  struct Array {
    std::string name;
    std::string dtype;  // "F32"
    std::vector<int64_t> shape;
    size_t begin = 0, end = 0;  // of its bytes in the file
  };

  // Errors: MissingInputError, IoError, BadDataError for what the format does not allow.
  static StatusOr<SafetensorsReader> Open(const std::string& path);
  // The same from memory; `name` stands in messages.
  static StatusOr<SafetensorsReader> FromBytes(std::string bytes, const std::string& name);

  // In the order of their bytes.
  const std::vector<Array>& arrays() const { return arrays_; }
  // The values of F32, F64 (rounded to nearest), F16 and BF16 arrays. Errors: BadDataError for
  // another type.
  StatusOr<std::vector<float>> Floats(const Array& array) const;

 private:
  SafetensorsReader(std::string bytes, std::string name, std::vector<Array> arrays);

  std::string bytes_;
  std::string name_;
  std::vector<Array> arrays_;
};

// Collects float32 arrays, then writes one file. The same arrays give the same bytes.
class SafetensorsWriter {
 public:
  // Adds a row-major array; keeps the span. REQUIRES: product(shape) == values.size(); a new name.
  void Add(const std::string& name, std::vector<int64_t> shape, std::span<const float> values);
  std::string ToBytes() const;
  // Writes it atomically. Errors: CannotWriteError, IoError.
  Status WriteTo(const std::string& path) const;

 private:
  struct Pending {
    std::string name;
    std::vector<int64_t> shape;
    std::span<const float> values;
  };
  std::vector<Pending> arrays_;
};

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_IO_SAFETENSORS_H_
