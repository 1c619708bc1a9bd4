#include "core/io/safetensors.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "core/base/file.h"
#include "core/base/printable.h"

namespace lockstep {
namespace {

using Json = nlohmann::ordered_json;
using Array = SafetensorsReader::Array;

constexpr size_t kLengthBytes = 8;
constexpr uint64_t kMaxHeaderBytes = 100'000'000;  // the format's own limit
constexpr char kMetadata[] = "__metadata__";

// Bytes of one element; 0 for types that the format does not know.
size_t ElementBytes(const std::string& dtype) {
  static const std::map<std::string, size_t> bytes = {
      {"BOOL", 1}, {"U8", 1},  {"I8", 1},   {"F8_E4M3", 1}, {"F8_E5M2", 1}, {"U16", 2}, {"I16", 2},
      {"F16", 2},  {"BF16", 2}, {"U32", 4}, {"I32", 4},     {"F32", 4},     {"U64", 8}, {"I64", 8},
      {"F64", 8}};
  const auto found = bytes.find(dtype);
  return found == bytes.end() ? 0 : found->second;
}

Status Bad(const std::string& file, const std::string& what) {
  return BadDataError(file + ": " + what + ": no .safetensors file, or a damaged one");
}

// The header's JSON; nothing but an object whose keys differ passes. The parser goes no deeper than
// arrays have it, so that a header of brackets costs no memory.
StatusOr<Json> ParseHeader(std::string_view text, const std::string& file) {
  constexpr int kDeepest = 3;
  std::set<std::string> names;
  std::string repeated;
  bool deep = false;
  const auto watch = [&](int depth, Json::parse_event_t event, Json& parsed) {
    using Event = Json::parse_event_t;
    if (depth > kDeepest) deep = true;
    if (event != Event::key || depth != 1) return !deep;
    const std::string name = parsed.get<std::string>();
    if (!names.insert(name).second) repeated = name;
    return true;
  };
  Json header = Json::parse(text, watch, /*allow_exceptions=*/false);
  if (deep || !header.is_object()) return Bad(file, "its header is no JSON object of arrays");
  if (!repeated.empty()) return Bad(file, "it has two arrays named " + Printable(repeated));
  return header;
}

// A list of whole numbers, none negative; false if `json` is something else.
bool ReadNumbers(const Json& json, std::vector<int64_t>* numbers) {
  if (!json.is_array()) return false;
  for (const Json& number : json) {
    if (!number.is_number_unsigned() || number.get<uint64_t>() > INT64_MAX) return false;
    numbers->push_back(number.get<int64_t>());
  }
  return true;
}

// The bytes that values of this shape take; false if no file is that large.
bool BytesOf(const Array& array, uint64_t* bytes) {
  *bytes = ElementBytes(array.dtype);
  return std::none_of(array.shape.begin(), array.shape.end(), [&](int64_t extent) {
    return __builtin_mul_overflow(*bytes, static_cast<uint64_t>(extent), bytes);
  });
}

// One entry of the header. `data` is where values begin, `size` the file's size.
StatusOr<Array> ReadEntry(const std::string& name, const Json& entry, size_t data,
                          const std::string& file) {
  const std::string where = "array " + Printable(name);
  Array array;
  array.name = name;
  std::vector<int64_t> offsets;
  if (!entry.is_object() || entry.size() != 3 || !entry.contains("dtype") ||
      !entry["dtype"].is_string() || !entry.contains("shape") ||
      !ReadNumbers(entry["shape"], &array.shape) || !entry.contains("data_offsets") ||
      !ReadNumbers(entry["data_offsets"], &offsets) || offsets.size() != 2) {
    return Bad(file, where + " is not described by dtype, shape and data_offsets");
  }
  array.dtype = entry["dtype"].get<std::string>();
  if (ElementBytes(array.dtype) == 0) {
    return BadDataError(file + ", " + where + ": unknown type " + Printable(array.dtype) +
                        "; save it as F32");
  }
  uint64_t bytes = 0;
  if (offsets[1] < offsets[0] || !BytesOf(array, &bytes) ||
      bytes != static_cast<uint64_t>(offsets[1] - offsets[0])) {
    return Bad(file, where + " has a shape that does not fit its data_offsets");
  }
  array.begin = data + static_cast<size_t>(offsets[0]);
  array.end = data + static_cast<size_t>(offsets[1]);
  return array;
}

// Sorts by place; the arrays must follow each other from `data` to `size`.
Status CheckPlaces(size_t data, size_t size, const std::string& file, std::vector<Array>* arrays) {
  std::stable_sort(arrays->begin(), arrays->end(), [](const Array& a, const Array& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  size_t end = data;
  for (const Array& array : *arrays) {
    if (array.begin != end) {
      return Bad(file, "array " + Printable(array.name) + " begins at byte " +
                           std::to_string(array.begin - data) + " of the values, expected " +
                           std::to_string(end - data));
    }
    end = array.end;
  }
  if (end == size) return OkStatus();
  return Bad(file, "its arrays have " + std::to_string(end - data) + " bytes, found " +
                       std::to_string(size - data));
}

float FromHalf(uint16_t bits) {
  const int exponent = bits >> 10 & 31, fraction = bits & 1023;
  const float sign = (bits >> 15) != 0 ? -1.0f : 1.0f;
  if (exponent == 0) return sign * static_cast<float>(fraction) * 0x1p-24f;
  if (exponent == 31) {
    const uint32_t special = 0x7f800000u | static_cast<uint32_t>(fraction) << 13;
    return std::bit_cast<float>(special | static_cast<uint32_t>(bits >> 15) << 31);
  }
  return std::bit_cast<float>(static_cast<uint32_t>(bits >> 15) << 31 |
                              static_cast<uint32_t>(exponent + 112) << 23 |
                              static_cast<uint32_t>(fraction) << 13);
}

float FromBrain(uint16_t bits) { return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16); }

// `bytes` as values of T, each turned into a float32.
template <typename T, typename ToFloat>
std::vector<float> Converted(std::string_view bytes, ToFloat to_float) {
  std::vector<float> values(bytes.size() / sizeof(T));
  for (size_t i = 0; i < values.size(); ++i) {
    T value;
    std::memcpy(&value, bytes.data() + i * sizeof(T), sizeof(T));
    values[i] = to_float(value);
  }
  return values;
}

}  // namespace

SafetensorsReader::SafetensorsReader(std::string bytes, std::string name,
                                     std::vector<Array> arrays)
    : bytes_(std::move(bytes)), name_(std::move(name)), arrays_(std::move(arrays)) {}

StatusOr<SafetensorsReader> SafetensorsReader::Open(const std::string& path) {
  LOCKSTEP_ASSIGN_OR_RETURN(std::string bytes, ReadFile(path));
  return FromBytes(std::move(bytes), path);
}

StatusOr<SafetensorsReader> SafetensorsReader::FromBytes(std::string bytes,
                                                         const std::string& name) {
  uint64_t length = 0;
  if (bytes.size() >= kLengthBytes) std::memcpy(&length, bytes.data(), kLengthBytes);
  if (bytes.size() < kLengthBytes || length > bytes.size() - kLengthBytes ||
      length > kMaxHeaderBytes) {
    return Bad(name, "its header's length is more than its size");
  }
  const size_t data = kLengthBytes + static_cast<size_t>(length);
  const std::string_view text = std::string_view(bytes).substr(kLengthBytes, length);
  if (!text.starts_with('{')) return Bad(name, "its header does not begin with {");
  LOCKSTEP_ASSIGN_OR_RETURN(const Json header, ParseHeader(text, name));
  std::vector<Array> arrays;
  for (const auto& [key, entry] : header.items()) {
    if (key == kMetadata) continue;
    LOCKSTEP_ASSIGN_OR_RETURN(arrays.emplace_back(), ReadEntry(key, entry, data, name));
  }
  LOCKSTEP_RETURN_IF_ERROR(CheckPlaces(data, bytes.size(), name, &arrays));
  return SafetensorsReader(std::move(bytes), name, std::move(arrays));
}

StatusOr<std::vector<float>> SafetensorsReader::Floats(const Array& array) const {
  const std::string_view bytes =
      std::string_view(bytes_).substr(array.begin, array.end - array.begin);
  if (array.dtype == "F32") return Converted<float>(bytes, [](float value) { return value; });
  if (array.dtype == "F64") {
    return Converted<double>(bytes, [](double value) { return static_cast<float>(value); });
  }
  if (array.dtype == "F16") return Converted<uint16_t>(bytes, FromHalf);
  if (array.dtype == "BF16") return Converted<uint16_t>(bytes, FromBrain);
  return BadDataError(name_ + ", array " + Printable(array.name) +
                      ": expected F32, F64, F16 or BF16, found " + array.dtype);
}

void SafetensorsWriter::Add(const std::string& name, std::vector<int64_t> shape,
                            std::span<const float> values) {
  arrays_.push_back({name, std::move(shape), values});
}

std::string SafetensorsWriter::ToBytes() const {
  Json header = Json::object();
  uint64_t at = 0;
  for (const Pending& array : arrays_) {
    const uint64_t end = at + array.values.size_bytes();
    header[array.name] = {{"dtype", "F32"}, {"shape", array.shape}, {"data_offsets", {at, end}}};
    at = end;
  }
  std::string text = header.dump();
  text.resize((text.size() + kLengthBytes - 1) / kLengthBytes * kLengthBytes, ' ');
  const uint64_t length = text.size();
  std::string bytes(reinterpret_cast<const char*>(&length), sizeof(length));
  bytes.reserve(bytes.size() + text.size() + at);
  bytes += text;
  for (const Pending& array : arrays_) {
    bytes.append(reinterpret_cast<const char*>(array.values.data()), array.values.size_bytes());
  }
  return bytes;
}

Status SafetensorsWriter::WriteTo(const std::string& path) const {
  return WriteFileAtomically(path, ToBytes());
}

}  // namespace lockstep
