// A zip archive in memory, for minizip, which by itself knows files only.
#ifndef LOCKSTEP_CORE_DATA_FORMATS_ZIP_BUFFER_H_
#define LOCKSTEP_CORE_DATA_FORMATS_ZIP_BUFFER_H_

#include <minizip/ioapi.h>

#include <cstdint>
#include <string>
#include <utility>

namespace lockstep {

// Bytes with a place in them at which minizip reads and writes. Keeps its address while one of
// minizip's handles uses it.
struct ZipBuffer {
  std::string bytes;
  uint64_t at = 0;

  ZipBuffer() = default;
  explicit ZipBuffer(std::string content) : bytes(std::move(content)) {}
  ZipBuffer(const ZipBuffer&) = delete;
  ZipBuffer& operator=(const ZipBuffer&) = delete;

  // What unzOpen2_64 and zipOpen2_64 take, with any path. Nothing is read beyond the end; what is
  // written there makes the bytes longer.
  zlib_filefunc64_def Functions();
};

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_DATA_FORMATS_ZIP_BUFFER_H_
