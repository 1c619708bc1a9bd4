#include "core/data/formats/npy.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <optional>

#include "absl/strings/str_format.h"
#include "core/base/printable.h"
#include "core/data/formats/npy_header.h"

namespace lockstep {
namespace {

struct TypeName {
  const char* descr;
  NpyType type;
  size_t bytes;
};

constexpr TypeName kTypes[] = {
    {"|b1", NpyType::kBool, 1},    {"|i1", NpyType::kInt8, 1},    {"|u1", NpyType::kUint8, 1},
    {"<i2", NpyType::kInt16, 2},   {"<u2", NpyType::kUint16, 2},  {"<i4", NpyType::kInt32, 4},
    {"<u4", NpyType::kUint32, 4},  {"<i8", NpyType::kInt64, 8},   {"<f4", NpyType::kFloat32, 4},
    {"<f8", NpyType::kFloat64, 8}, {"|O", NpyType::kObject, 1},
};

const TypeName* FindType(std::string_view descr) {
  for (const TypeName& type : kTypes) {
    if (descr == type.descr) return &type;
  }
  return nullptr;
}

// Product of the extents, unless it is beyond int64.
std::optional<int64_t> Product(const std::vector<int64_t>& shape) {
  int64_t product = 1;
  for (const int64_t extent : shape) {
    if (__builtin_mul_overflow(product, extent, &product)) return std::nullopt;
  }
  return product;
}

// Calls use(T*) with a null pointer of the element type; false for objects.
template <typename Use>
bool WithType(NpyType type, const Use& use) {
  switch (type) {
    case NpyType::kBool:
    case NpyType::kUint8: use(static_cast<uint8_t*>(nullptr)); return true;
    case NpyType::kInt8: use(static_cast<int8_t*>(nullptr)); return true;
    case NpyType::kInt16: use(static_cast<int16_t*>(nullptr)); return true;
    case NpyType::kUint16: use(static_cast<uint16_t*>(nullptr)); return true;
    case NpyType::kInt32: use(static_cast<int32_t*>(nullptr)); return true;
    case NpyType::kUint32: use(static_cast<uint32_t*>(nullptr)); return true;
    case NpyType::kInt64: use(static_cast<int64_t*>(nullptr)); return true;
    case NpyType::kFloat32: use(static_cast<float*>(nullptr)); return true;
    case NpyType::kFloat64: use(static_cast<double*>(nullptr)); return true;
    case NpyType::kObject: return false;
  }
  return false;
}

// The data need not be aligned: it follows a header of any length.
template <typename T>
T Load(const char* data, size_t i) {
  T value;
  std::memcpy(&value, data + i * sizeof(T), sizeof(T));
  return value;
}

template <typename To>
StatusOr<std::vector<To>> Convert(const NpyArray& array) {
  if (array.type == NpyType::kObject) {
    return BadDataError(array.name + ": expected numbers, found Python objects");
  }
  std::vector<To> values(static_cast<size_t>(array.elems()));
  const char* data = array.data().data();
  WithType(array.type, [&]<typename From>(From*) {
    for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<To>(Load<From>(data, i));
  });
  return values;
}

// Whether `value` is a whole number that int32 holds; then it is in `result`.
template <typename T>
bool ToInt32(T value, int32_t* result) {
  if constexpr (std::is_floating_point_v<T>) {
    constexpr double kLimit = 2147483648.0;
    const double wide = value;
    if (!(wide >= -kLimit && wide < kLimit) || std::trunc(wide) != wide) return false;
  } else if constexpr (sizeof(T) > 4 || std::is_same_v<T, uint32_t>) {
    const int64_t wide = static_cast<int64_t>(value);
    if (wide < std::numeric_limits<int32_t>::min() || wide > std::numeric_limits<int32_t>::max()) {
      return false;
    }
  }
  *result = static_cast<int32_t>(value);
  return true;
}

}  // namespace

int64_t NpyArray::elems() const {
  int64_t product = 1;
  for (const int64_t extent : shape) product *= extent;
  return product;
}

StatusOr<NpyArray> ParseNpy(std::string file, const std::string& name) {
  LOCKSTEP_ASSIGN_OR_RETURN(NpyHeader header, ParseNpyHeader(file, name));
  const TypeName* type = FindType(header.descr);
  if (type == nullptr) {
    return BadDataError(absl::StrFormat("%s: element type '%s' is not read; expected one of |b1 "
                                        "|i1 |u1 <i2 <u2 <i4 <u4 <i8 <f4 <f8 |O",
                                        name, Printable(header.descr)));
  }
  if (header.fortran_order && header.shape.size() > 1) {
    return BadDataError(name +
                        ": the array is in Fortran order; save numpy.ascontiguousarray of it");
  }
  NpyArray array;
  array.name = name;
  array.type = type->type;
  array.shape = std::move(header.shape);
  const std::optional<int64_t> elems = Product(array.shape);
  const size_t held = file.size() - header.data_offset;
  const bool fits = elems && static_cast<uint64_t>(*elems) <= held / type->bytes;
  const bool exact = fits && (type->type == NpyType::kObject ||
                              static_cast<size_t>(*elems) * type->bytes == held);
  if (!exact) {
    return BadDataError(absl::StrFormat(
        "%s: its shape promises %s values of %d bytes, but %d bytes follow the header", name,
        elems ? std::to_string(*elems) : "too many", type->bytes, held));
  }
  if (*elems == 0 && !array.shape.empty() && array.shape[0] != 0) {
    return BadDataError(absl::StrFormat("%s: its shape promises %d rows without values", name,
                                        array.shape[0]));
  }
  array.file = std::move(file);
  array.data_offset = header.data_offset;
  return array;
}

StatusOr<std::vector<double>> NpyToDoubles(const NpyArray& array) { return Convert<double>(array); }

StatusOr<std::vector<float>> NpyToFloats(const NpyArray& array) { return Convert<float>(array); }

StatusOr<std::vector<int32_t>> NpyToInts(const NpyArray& array) {
  std::vector<int32_t> values(array.type == NpyType::kObject ? 0
                                                             : static_cast<size_t>(array.elems()));
  const char* data = array.data().data();
  std::optional<size_t> bad;
  const bool numbers = WithType(array.type, [&]<typename From>(From*) {
    for (size_t i = 0; i < values.size() && !bad; ++i) {
      if (!ToInt32(Load<From>(data, i), &values[i])) bad = i;
    }
  });
  if (!numbers) return BadDataError(array.name + ": expected numbers, found Python objects");
  if (bad) {
    return BadDataError(absl::StrFormat("%s: value number %d is no whole number of 32 bits",
                                        array.name, *bad + 1));
  }
  return values;
}

}  // namespace lockstep
