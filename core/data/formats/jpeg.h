// JPEG files, through libjpeg-turbo: grey, colour and CMYK become RGB, baseline and progressive
// alike. Only the part of a picture that is asked for is decoded, at a half, a quarter or an eighth
// of its size where that is enough: the inverse DCT then gives the small picture itself.
#ifndef LOCKSTEP_CORE_DATA_FORMATS_JPEG_H_
#define LOCKSTEP_CORE_DATA_FORMATS_JPEG_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/status.h"
#include "core/data/formats/picture_bytes.h"

namespace lockstep {

// Whether the file begins as JPEG files do.
bool IsJpeg(std::string_view bytes);

// Errors, here and below: BadDataError that begins with `name`.
StatusOr<PictureHeader> ReadJpegHeader(std::string_view bytes, const std::string& name);

// Which pixels, and how small they may come.
struct JpegPart {
  PixelRect rect;        // of the stored picture, inside it
  int64_t reduce = 1;    // 1, 2, 4 or 8: pixels come averaged over squares of that side
};

// Fills `out` with the pixels of the picture, reduced by part.reduce, that cover part.rect, and
// some around it; `covered` says which reduced pixels: covered.top * part.reduce is the stored row
// of the first one. Errors also for data that ends early or is damaged within the part.
// REQUIRES: `part` lies in the picture.
Status DecodeJpeg(std::string_view bytes, const std::string& name, const JpegPart& part,
                  RgbPixels* out, PixelRect* covered);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_DATA_FORMATS_JPEG_H_
