// PNG files, through libpng: any depth, palette or grey become RGB of 8 bits, transparency is
// dropped, colour profiles and gamma are not applied.
#ifndef LOCKSTEP_CORE_DATA_FORMATS_PNG_H_
#define LOCKSTEP_CORE_DATA_FORMATS_PNG_H_

#include <string>
#include <string_view>

#include "core/base/status.h"
#include "core/data/formats/picture_bytes.h"

namespace lockstep {

// Whether the file begins as PNG files do.
bool IsPng(std::string_view bytes);

// Errors, here and below: BadDataError that begins with `name`.
StatusOr<PictureHeader> ReadPngHeader(std::string_view bytes, const std::string& name);

// The whole picture.
Status DecodePng(std::string_view bytes, const std::string& name, RgbPixels* out);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_DATA_FORMATS_PNG_H_
