#include "core/data/formats/npz_writer.h"

#include <zip.h>

#include <string_view>

#include "absl/strings/str_format.h"
#include "core/base/check.h"
#include "core/base/file.h"

namespace lockstep {
namespace {

// Version 1 header, padded so that the data begins at a multiple of 64 (numpy.lib.format).
std::string NpyPrefix(std::span<const int64_t> shape) {
  std::string extents;
  for (const int64_t extent : shape) absl::StrAppendFormat(&extents, "%d, ", extent);
  if (shape.size() > 1) extents.resize(extents.size() - 2);  // "(3,)" but "(3, 4)"
  std::string dict = absl::StrFormat("{'descr': '<f4', 'fortran_order': False, 'shape': (%s), }",
                                     shape.size() == 1 ? extents.substr(0, extents.size() - 1)
                                                       : extents);
  constexpr size_t kFixedBytes = 10, kAlignment = 64;
  const size_t total = (kFixedBytes + dict.size() + 1 + kAlignment - 1) / kAlignment * kAlignment;
  dict.append(total - kFixedBytes - dict.size() - 1, ' ');
  dict.push_back('\n');
  std::string prefix("\x93NUMPY\x01\x00", 8);
  prefix.push_back(static_cast<char>(dict.size() & 0xff));
  prefix.push_back(static_cast<char>(dict.size() >> 8));
  return prefix + dict;
}

// Adds one stored file with a fixed time stamp, so that equal arrays give equal archives.
bool AddFile(zip_t* archive, const std::string& name, std::string_view bytes) {
  zip_source_t* source = zip_source_buffer(archive, bytes.data(), bytes.size(), /*freep=*/0);
  if (source == nullptr) return false;
  const zip_int64_t index = zip_file_add(archive, name.c_str(), source, ZIP_FL_ENC_UTF_8);
  if (index < 0) {
    zip_source_free(source);
    return false;
  }
  const auto entry = static_cast<zip_uint64_t>(index);
  constexpr zip_uint16_t kFirstDay = 0x21;  // 1980-01-01, as numpy writes
  return zip_set_file_compression(archive, entry, ZIP_CM_STORE, 0) == 0 &&
         zip_file_set_dostime(archive, entry, 0, kFirstDay, 0) == 0;
}

// What zip_close left in `source`.
bool ReadBack(zip_source_t* source, std::string* bytes) {
  zip_stat_t info;
  zip_stat_init(&info);
  if (zip_source_stat(source, &info) != 0 || zip_source_open(source) != 0) return false;
  bytes->resize(info.size);
  const zip_int64_t got = zip_source_read(source, bytes->data(), bytes->size());
  zip_source_close(source);
  return got == static_cast<zip_int64_t>(bytes->size());
}

}  // namespace

void NpzWriter::Add(const std::string& name, std::span<const int64_t> shape,
                    std::span<const float> values) {
  int64_t elems = 1;
  for (const int64_t extent : shape) elems *= extent;
  LOCKSTEP_CHECK(elems == static_cast<int64_t>(values.size()), "array %s: %zu values, shape of %lld",
                 name.c_str(), values.size(), static_cast<long long>(elems));
  std::string file = NpyPrefix(shape);
  file.append(reinterpret_cast<const char*>(values.data()), values.size_bytes());
  files_.emplace_back(name + ".npy", std::move(file));
}

StatusOr<std::string> NpzWriter::ToBytes() const {
  if (files_.empty()) {  // libzip writes no empty archive; this is one: the end record alone
    return std::string("PK\x05\x06", 4) + std::string(18, '\0');
  }
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* target = zip_source_buffer_create(nullptr, 0, 0, &error);
  zip_t* archive = target == nullptr ? nullptr : zip_open_from_source(target, ZIP_TRUNCATE, &error);
  zip_error_fini(&error);
  if (archive == nullptr) {
    if (target != nullptr) zip_source_free(target);
    return BugError("cannot make a zip archive in memory");
  }
  zip_source_keep(target);
  bool ok = true;
  for (const auto& [name, bytes] : files_) ok = ok && AddFile(archive, name, bytes);
  if (!ok || zip_close(archive) != 0) {
    const std::string cause = zip_strerror(archive);
    zip_discard(archive);
    zip_source_free(target);
    return BugError("cannot make a zip archive in memory: " + cause);
  }
  std::string bytes;
  ok = ReadBack(target, &bytes);
  zip_source_free(target);
  if (!ok) return BugError("cannot read back a zip archive from memory");
  return bytes;
}

Status NpzWriter::WriteTo(const std::string& path) const {
  LOCKSTEP_ASSIGN_OR_RETURN(const std::string bytes, ToBytes());
  return WriteFileAtomically(path, bytes);
}

}  // namespace lockstep
