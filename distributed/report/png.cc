#include "distributed/report/png.h"

#include <zlib.h>

#include <string_view>

#include "absl/strings/escaping.h"
#include "core/base/check.h"

namespace lockstep {
namespace {

constexpr int64_t kMaxSide = 65535;

void AppendBigEndian(uint32_t value, std::string* out) {
  for (int shift = 24; shift >= 0; shift -= 8) out->push_back(static_cast<char>(value >> shift));
}

// Length, type, content, CRC of type and content.
void AppendChunk(std::string_view type, std::string_view content, std::string* out) {
  AppendBigEndian(static_cast<uint32_t>(content.size()), out);
  const size_t start = out->size();
  out->append(type).append(content);
  const auto* bytes = reinterpret_cast<const Bytef*>(out->data() + start);
  const uLong crc = crc32(0, bytes, static_cast<uInt>(out->size() - start));
  AppendBigEndian(static_cast<uint32_t>(crc), out);
}

std::string Header(const Picture& picture) {
  std::string header;
  AppendBigEndian(static_cast<uint32_t>(picture.width), &header);
  AppendBigEndian(static_cast<uint32_t>(picture.height), &header);
  header.push_back(8);  // bits per channel
  header.push_back(picture.channels == 1 ? 0 : picture.channels == 3 ? 2 : 6);  // colour type
  header.append(3, '\0');  // deflate, adaptive filters, not interlaced
  return header;
}

// Each row after its filter type, 0: the small pictures of data sets gain little from others.
std::string FilteredRows(const Picture& picture) {
  const size_t row_bytes = static_cast<size_t>(picture.width * picture.channels);
  std::string rows;
  rows.reserve(static_cast<size_t>(picture.height) * (row_bytes + 1));
  for (size_t y = 0; y < static_cast<size_t>(picture.height); ++y) {
    rows.push_back('\0');
    rows.append(reinterpret_cast<const char*>(picture.pixels.data()) + y * row_bytes, row_bytes);
  }
  return rows;
}

std::string Compressed(const std::string& bytes) {
  uLongf size = compressBound(bytes.size());
  std::string out(size, '\0');
  const int result =
      compress2(reinterpret_cast<Bytef*>(out.data()), &size,
                reinterpret_cast<const Bytef*>(bytes.data()), bytes.size(), Z_BEST_COMPRESSION);
  LOCKSTEP_CHECK(result == Z_OK, "zlib answers %d for %zu bytes", result, bytes.size());
  out.resize(size);
  return out;
}

}  // namespace

bool IsDrawable(const Picture& picture) {
  const auto side_fits = [](int64_t side) { return side >= 1 && side <= kMaxSide; };
  const int64_t c = picture.channels;
  return side_fits(picture.height) && side_fits(picture.width) && (c == 1 || c == 3 || c == 4) &&
         picture.pixels.size() == static_cast<size_t>(picture.height * picture.width * c);
}

std::string EncodePng(const Picture& picture) {
  LOCKSTEP_CHECK(IsDrawable(picture), "picture of %lld x %lld x %lld with %zu pixels",
                 static_cast<long long>(picture.height), static_cast<long long>(picture.width),
                 static_cast<long long>(picture.channels), picture.pixels.size());
  std::string file = "\x89PNG\r\n\x1a\n";
  AppendChunk("IHDR", Header(picture), &file);
  AppendChunk("IDAT", Compressed(FilteredRows(picture)), &file);
  AppendChunk("IEND", "", &file);
  return file;
}

std::string PngDataUri(const Picture& picture) {
  return "data:image/png;base64," + absl::Base64Escape(EncodePng(picture));
}

}  // namespace lockstep
