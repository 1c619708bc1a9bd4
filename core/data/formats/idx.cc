#include "core/data/formats/idx.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "absl/strings/str_format.h"
#include "core/data/formats/inflate_limit.h"

namespace lockstep {
namespace {

constexpr size_t kMaxAxes = 8;
constexpr size_t kMaxHeaderBytes = 4 + 4 * kMaxAxes;

// The bytes of the file one after another, whether it is gzipped (in one member or several) or not.
class ByteStream {
 public:
  explicit ByteStream(std::string_view bytes) : bytes_(bytes) {
    gzipped_ = bytes.substr(0, 2) == "\x1f\x8b";
    if (!gzipped_) return;
    constexpr int kGzip = 16;
    open_ = inflateInit2(&inflate_, MAX_WBITS + kGzip) == Z_OK;
  }
  ByteStream(const ByteStream&) = delete;
  ByteStream& operator=(const ByteStream&) = delete;
  ~ByteStream() {
    if (open_) inflateEnd(&inflate_);
  }

  // The most bytes that Read can still give.
  uint64_t UpperBound() const {
    return gzipped_ ? MaxInflatedBytes(bytes_.size()) : bytes_.size();
  }
  bool gzipped() const { return gzipped_; }

  // Fills up to `size` bytes and returns how many there were.
  size_t Read(uint8_t* out, size_t size) {
    if (gzipped_) return Inflate(out, size);
    const size_t count = std::min(size, bytes_.size());
    if (count > 0) std::memcpy(out, bytes_.data(), count);
    bytes_.remove_prefix(count);
    return count;
  }

  // Whether the file ends here, with the right CRC and nothing after it if it is gzipped.
  bool AtEnd() {
    uint8_t next = 0;
    return Read(&next, 1) == 0 && (!gzipped_ || ended_);
  }

 private:
  size_t Inflate(uint8_t* out, size_t size) {
    size_t done = 0;
    while (open_ && !ended_ && done < size) {
      constexpr size_t kMaxChunk = 1 << 30;  // zlib counts in unsigned int
      const size_t in = std::min(bytes_.size(), kMaxChunk);
      const size_t room = std::min(size - done, kMaxChunk);
      inflate_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes_.data()));
      inflate_.avail_in = static_cast<uInt>(in);
      inflate_.next_out = out + done;
      inflate_.avail_out = static_cast<uInt>(room);
      int code = inflate(&inflate_, Z_NO_FLUSH);
      bytes_.remove_prefix(in - inflate_.avail_in);
      done += room - inflate_.avail_out;
      if (code == Z_STREAM_END && !bytes_.empty()) code = inflateReset(&inflate_);
      if (code == Z_STREAM_END) ended_ = true;
      if (code != Z_OK) break;
    }
    return done;
  }

  std::string_view bytes_;
  z_stream inflate_{};
  bool gzipped_ = false;
  bool open_ = false;
  bool ended_ = false;
};

Status Cut(const std::string& name, uint64_t expected, const std::string& found) {
  return BadDataError(absl::StrFormat(
      "%s: its header promises %d values, the file holds %s: cut short or damaged", name, expected,
      found));
}

Status ReadShape(ByteStream* stream, const std::string& name, std::vector<int64_t>* shape,
                 uint64_t* elems) {
  std::array<uint8_t, kMaxHeaderBytes> header{};
  if (stream->Read(header.data(), 4) != 4 || header[0] != 0 || header[1] != 0) {
    return BadDataError(name + ": not an IDX file: it does not begin with two zero bytes, a type "
                               "and the number of axes");
  }
  constexpr uint8_t kUnsignedByte = 0x08;
  if (header[2] != kUnsignedByte) {
    return BadDataError(absl::StrFormat(
        "%s: IDX element type 0x%02x is not read; expected unsigned bytes, 0x08", name, header[2]));
  }
  const size_t axes = header[3];
  if (axes < 1 || axes > kMaxAxes) {
    return BadDataError(
        absl::StrFormat("%s: an IDX header of %d axes; expected 1 to %d", name, axes, kMaxAxes));
  }
  if (stream->Read(header.data() + 4, 4 * axes) != 4 * axes) {
    return BadDataError(name + ": the file ends within its IDX header");
  }
  *elems = 1;
  for (size_t axis = 0; axis < axes; ++axis) {
    const uint8_t* p = header.data() + 4 + 4 * axis;
    const uint64_t extent = uint64_t{p[0]} << 24 | p[1] << 16 | p[2] << 8 | p[3];
    shape->push_back(static_cast<int64_t>(extent));
    if (__builtin_mul_overflow(*elems, extent, elems)) *elems = UINT64_MAX;
  }
  const uint64_t bound = stream->UpperBound();
  if (*elems > bound) {
    return Cut(name, *elems, (stream->gzipped() ? "at most " : "") + std::to_string(bound));
  }
  return OkStatus();
}

}  // namespace

StatusOr<IdxArray> ParseIdx(std::string_view bytes, const std::string& name) {
  IdxArray array;
  uint64_t elems = 0;
  ByteStream stream(bytes);
  LOCKSTEP_RETURN_IF_ERROR(ReadShape(&stream, name, &array.shape, &elems));
  array.values.resize(elems);
  const size_t found = stream.Read(array.values.data(), elems);
  if (found != elems) return Cut(name, elems, std::to_string(found));
  if (!stream.AtEnd()) {
    return BadDataError(absl::StrFormat("%s: more bytes follow the %d values that its header "
                                        "promises, or its end is damaged",
                                        name, elems));
  }
  return array;
}

}  // namespace lockstep
