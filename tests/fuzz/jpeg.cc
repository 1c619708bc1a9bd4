// JPEG files, whole and in parts, in full and at a reduced size.
#include "core/data/formats/jpeg.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/check.h"
#include "tests/core/data/formats/damage.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lockstep;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto check = [](const Status& status) {
    const std::string complaint = ComplaintAbout(status, "a.jpg: ");
    LOCKSTEP_CHECK(complaint.empty(), "%s", complaint.c_str());
  };
  const StatusOr<PictureHeader> header = ReadJpegHeader(bytes, "a.jpg");
  check(header.status());
  constexpr int64_t kMostPixels = 1 << 18;  // larger ones only take longer
  if (!header.ok() || header->height * header->width > kMostPixels) return 0;
  const int64_t height = header->height, width = header->width;
  const PixelRect whole = {0, 0, height, width};
  const PixelRect part = {height / 3, width / 2, (height + 2) / 3, (width + 1) / 2};
  for (const JpegPart& wanted : {JpegPart{whole, 1}, JpegPart{whole, 8}, JpegPart{part, 1},
                                 JpegPart{part, 2}}) {
    RgbPixels pixels;
    PixelRect covered;
    const Status status = DecodeJpeg(bytes, "a.jpg", wanted, &pixels, &covered);
    check(status);
    if (!status.ok()) continue;
    LOCKSTEP_CHECK(pixels.height == covered.height && pixels.width == covered.width &&
                       covered.left * wanted.reduce <= wanted.rect.left &&
                       covered.top * wanted.reduce <= wanted.rect.top &&
                       (covered.left + covered.width) * wanted.reduce >=
                           wanted.rect.left + wanted.rect.width &&
                       (covered.top + covered.height) * wanted.reduce >=
                           wanted.rect.top + wanted.rect.height,
                   "%lld x %lld pixels at %lld, %lld", (long long)covered.height,
                   (long long)covered.width, (long long)covered.top, (long long)covered.left);
  }
  return 0;
}
