#include "core/data/formats/npz_writer.h"

#include <minizip/zip.h>

#include <string_view>

#include "absl/strings/str_format.h"
#include "core/base/check.h"
#include "core/base/file.h"
#include "core/data/formats/zip_buffer.h"

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
bool AddFile(zipFile archive, const std::string& name, std::string_view bytes) {
  zip_fileinfo info = {};
  info.dosDate = 0x21u << 16;          // 1980-01-01, as numpy writes
  info.external_fa = 0100644ul << 16;  // a file, as Unix tells it
  constexpr uLong kMadeByUnix = 3 << 8, kNamesAreUtf8 = 1 << 11;
  constexpr size_t kLarge = 0xffffffff;  // needs the zip64 form
  if (zipOpenNewFileInZip4_64(archive, name.c_str(), &info, nullptr, 0, nullptr, 0, nullptr,
                              /*method=*/0, /*level=*/0, /*raw=*/0, -MAX_WBITS, MAX_MEM_LEVEL,
                              Z_DEFAULT_STRATEGY, /*password=*/nullptr, /*crcForCrypting=*/0,
                              kMadeByUnix, kNamesAreUtf8, bytes.size() >= kLarge) != ZIP_OK) {
    return false;
  }
  while (!bytes.empty()) {
    constexpr size_t kMost = size_t{1} << 30;  // a count is unsigned
    const std::string_view part = bytes.substr(0, kMost);
    if (zipWriteInFileInZip(archive, part.data(), static_cast<unsigned>(part.size())) != ZIP_OK) {
      return false;
    }
    bytes.remove_prefix(part.size());
  }
  return zipCloseFileInZip(archive) == ZIP_OK;
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
  ZipBuffer buffer;
  zlib_filefunc64_def functions = buffer.Functions();
  const zipFile archive = zipOpen2_64("", APPEND_STATUS_CREATE, nullptr, &functions);
  bool ok = archive != nullptr;
  for (const auto& [name, bytes] : files_) ok = ok && AddFile(archive, name, bytes);
  if (archive != nullptr) ok = zipClose(archive, nullptr) == ZIP_OK && ok;
  if (!ok) return BugError("cannot make a zip archive in memory");
  return std::move(buffer.bytes);
}

Status NpzWriter::WriteTo(const std::string& path) const {
  LOCKSTEP_ASSIGN_OR_RETURN(const std::string bytes, ToBytes());
  return WriteFileAtomically(path, bytes);
}

}  // namespace lockstep
