// What the readers of picture files give, and what they refuse to hold.
#ifndef LOCKSTEP_CORE_DATA_FORMATS_PICTURE_BYTES_H_
#define LOCKSTEP_CORE_DATA_FORMATS_PICTURE_BYTES_H_

#include <cstdint>
#include <vector>

namespace lockstep {

// A file of more pixels is refused, so that a small one cannot fill the memory.
constexpr int64_t kMaxPicturePixels = int64_t{1} << 27;

// Rows top to bottom of pixels R, G, B. Reused from picture to picture, so that its memory stays.
struct RgbPixels {
  int64_t height = 0, width = 0;
  std::vector<uint8_t> bytes;  // at least height * width * 3

  void Resize(int64_t new_height, int64_t new_width) {
    height = new_height;
    width = new_width;
    const size_t needed = static_cast<size_t>(height * width * 3);
    if (bytes.size() < needed) bytes.resize(needed);
  }
};

// Pixels [top, top + height) x [left, left + width).
struct PixelRect {
  int64_t top = 0, left = 0, height = 0, width = 0;
  bool operator==(const PixelRect&) const = default;
};

// What a file's header says. `orientation` is EXIF's: 1 as stored, 2 mirrored, 3 turned by 180
// degrees, ... 8; height and width are those of the stored rows.
struct PictureHeader {
  int64_t height = 0, width = 0;
  int orientation = 1;
};

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_DATA_FORMATS_PICTURE_BYTES_H_
