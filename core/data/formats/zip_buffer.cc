#include "core/data/formats/zip_buffer.h"

#include <algorithm>
#include <cstring>

namespace lockstep {
namespace {

ZipBuffer& Of(voidpf stream) { return *static_cast<ZipBuffer*>(stream); }

voidpf Open(voidpf buffer, const void* /*path*/, int /*mode*/) { return buffer; }

uLong Read(voidpf /*buffer*/, voidpf stream, void* to, uLong size) {
  ZipBuffer& buffer = Of(stream);
  const uint64_t end = buffer.bytes.size();
  const uint64_t count = std::min<uint64_t>(size, end - std::min(buffer.at, end));
  if (count > 0) std::memcpy(to, buffer.bytes.data() + buffer.at, count);
  buffer.at += count;
  return count;
}

// minizip goes back to an entry's header once its size is known.
uLong Write(voidpf /*buffer*/, voidpf stream, const void* from, uLong size) {
  ZipBuffer& buffer = Of(stream);
  if (size == 0) return 0;
  buffer.bytes.resize(std::max<uint64_t>(buffer.bytes.size(), buffer.at + size));
  std::memcpy(buffer.bytes.data() + buffer.at, from, size);
  buffer.at += size;
  return size;
}

ZPOS64_T Tell(voidpf /*buffer*/, voidpf stream) { return Of(stream).at; }

// Offsets come from the archive: one that lies outside is refused.
long Seek(voidpf /*buffer*/, voidpf stream, ZPOS64_T offset, int origin) {
  ZipBuffer& buffer = Of(stream);
  const uint64_t end = buffer.bytes.size();
  const uint64_t base = origin == ZLIB_FILEFUNC_SEEK_SET   ? 0
                        : origin == ZLIB_FILEFUNC_SEEK_CUR ? buffer.at
                                                           : end;
  if (base > end || offset > end - base) return -1;
  buffer.at = base + offset;
  return 0;
}

int Close(voidpf /*buffer*/, voidpf /*stream*/) { return 0; }

// minizip asks after a read that gave nothing. Told no error, it takes the missing bytes for zeros.
int Error(voidpf /*buffer*/, voidpf stream) { return Of(stream).at >= Of(stream).bytes.size(); }

}  // namespace

zlib_filefunc64_def ZipBuffer::Functions() {
  at = 0;
  return {Open, Read, Write, Tell, Seek, Close, Error, this};
}

}  // namespace lockstep
