#include "core/data/formats/exif.h"

#include <cstddef>
#include <cstdint>

namespace lockstep {
namespace {

// Whole numbers of a TIFF structure, in its order of bytes.
class TiffReader {
 public:
  TiffReader(std::string_view bytes, bool big_endian) : bytes_(bytes), big_endian_(big_endian) {}

  // The `size` bytes at `at`; false beyond the end.
  bool Get(size_t at, size_t size, uint32_t* value) const {
    if (at > bytes_.size() || bytes_.size() - at < size) return false;
    *value = 0;
    for (size_t i = 0; i < size; ++i) {
      const size_t place = big_endian_ ? i : size - 1 - i;
      *value = *value << 8 | static_cast<uint8_t>(bytes_[at + place]);
    }
    return true;
  }

 private:
  std::string_view bytes_;
  bool big_endian_;
};

}  // namespace

int ExifOrientation(std::string_view segment) {
  constexpr std::string_view kHeader("Exif\0\0", 6);
  constexpr size_t kEntryBytes = 12;
  constexpr uint32_t kOrientation = 0x0112, kShort = 3;
  if (!segment.starts_with(kHeader)) return 1;
  const std::string_view tiff = segment.substr(kHeader.size());
  if (!tiff.starts_with("MM") && !tiff.starts_with("II")) return 1;
  const TiffReader reader(tiff, tiff[0] == 'M');
  uint32_t directory = 0, entries = 0;
  if (!reader.Get(4, 4, &directory) || !reader.Get(directory, 2, &entries)) return 1;
  for (uint32_t i = 0; i < entries; ++i) {
    const size_t at = size_t{directory} + 2 + i * kEntryBytes;
    uint32_t tag = 0, type = 0, value = 0;
    if (!reader.Get(at, 2, &tag) || !reader.Get(at + 2, 2, &type)) return 1;
    if (tag != kOrientation) continue;
    const bool read = type == kShort && reader.Get(at + 8, 2, &value);
    return read && value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
  }
  return 1;
}

}  // namespace lockstep
