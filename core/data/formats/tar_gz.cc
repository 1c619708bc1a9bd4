#include "core/data/formats/tar_gz.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "absl/strings/str_format.h"
#include "core/base/printable.h"
#include "core/data/formats/inflate_limit.h"

namespace lockstep {
namespace {

constexpr size_t kBlockBytes = 512;
using Block = std::array<char, kBlockBytes>;

// The archive's bytes one after another.
class GzipStream {
 public:
  explicit GzipStream(std::string_view bytes)
      : rest_(bytes), left_(MaxInflatedBytes(bytes.size())) {
    constexpr int kGzip = 16;
    open_ = inflateInit2(&inflate_, MAX_WBITS + kGzip) == Z_OK;
  }
  GzipStream(const GzipStream&) = delete;
  GzipStream& operator=(const GzipStream&) = delete;
  ~GzipStream() {
    if (open_) inflateEnd(&inflate_);
  }

  // Fills `size` bytes; false if there are fewer or they are damaged.
  bool Read(char* out, size_t size) {
    if (!open_ || size > left_) return false;
    left_ -= size;
    while (size > 0) {
      constexpr size_t kMaxChunk = 1 << 30;  // zlib counts in unsigned int
      const size_t in = std::min(rest_.size(), kMaxChunk), room = std::min(size, kMaxChunk);
      inflate_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(rest_.data()));
      inflate_.avail_in = static_cast<uInt>(in);
      inflate_.next_out = reinterpret_cast<Bytef*>(out);
      inflate_.avail_out = static_cast<uInt>(room);
      const int code = inflate(&inflate_, Z_NO_FLUSH);
      const size_t done = room - inflate_.avail_out;
      rest_.remove_prefix(in - inflate_.avail_in);
      out += done;
      size -= done;
      if (code != Z_OK && !(code == Z_STREAM_END && size == 0)) return false;
    }
    return true;
  }

  bool Skip(uint64_t size) {
    std::array<char, 1 << 16> unused;
    for (uint64_t count = 0; size > 0; size -= count) {
      count = std::min<uint64_t>(size, unused.size());
      if (!Read(unused.data(), count)) return false;
    }
    return true;
  }

 private:
  std::string_view rest_;
  uint64_t left_;
  z_stream inflate_{};
  bool open_ = false;
};

// The text of a field that ends at a zero byte or at its own end.
std::string_view Field(const Block& block, size_t at, size_t size) {
  const std::string_view field(block.data() + at, size);
  return field.substr(0, std::min(field.find('\0'), size));
}

// An octal number with blanks around it.
bool Octal(std::string_view text, uint64_t* value) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  *value = 0;
  for (const char c : text) {
    if (c < '0' || c > '7') return false;
    *value = *value * 8 + static_cast<uint64_t>(c - '0');
  }
  return !text.empty();
}

// The sum of a header's bytes, its own field counted as blanks.
bool ChecksumFits(const Block& block) {
  constexpr size_t kAt = 148, kSize = 8;
  uint64_t sum = 0, expected = 0;
  for (size_t i = 0; i < block.size(); ++i) {
    const bool own = i >= kAt && i < kAt + kSize;
    sum += own ? ' ' : static_cast<unsigned char>(block[i]);
  }
  return Octal(Field(block, kAt, kSize), &expected) && sum == expected;
}

}  // namespace

StatusOr<std::map<std::string, std::string>> ReadTarGz(
    std::string_view bytes, const std::string& name, const std::map<std::string, size_t>& wanted) {
  GzipStream stream(bytes);
  std::map<std::string, std::string> files;
  const auto damaged = [&](const char* what) {
    return BadDataError(name + ": not a whole .tar.gz archive: " + what);
  };
  while (files.size() < wanted.size()) {
    Block header;
    if (!stream.Read(header.data(), header.size())) return damaged("it ends early");
    if (std::all_of(header.begin(), header.end(), [](char c) { return c == '\0'; })) break;
    uint64_t size = 0;
    if (!ChecksumFits(header) || !Octal(Field(header, 124, 12), &size)) {
      return damaged("a header is wrong");
    }
    const uint64_t padding = (kBlockBytes - size % kBlockBytes) % kBlockBytes;
    const std::string path(Field(header, 0, 100));
    const auto place = wanted.find(path.substr(path.rfind('/') + 1));
    const bool plain = header[156] == '0' || header[156] == '\0';
    if (place == wanted.end() || !plain) {
      if (!stream.Skip(size + padding)) return damaged("it ends early");
      continue;
    }
    if (size > place->second) {
      return BadDataError(absl::StrFormat("%s: %s has %d bytes, expected at most %d", name,
                                          Printable(path), size, place->second));
    }
    std::string content(size, '\0');
    if (!stream.Read(content.data(), size) || !stream.Skip(padding)) {
      return damaged("it ends early");
    }
    files[place->first] = std::move(content);
  }
  return files;
}

}  // namespace lockstep
