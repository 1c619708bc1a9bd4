// The orientation that a camera wrote into a JPEG file.
#ifndef LOCKSTEP_CORE_DATA_FORMATS_EXIF_H_
#define LOCKSTEP_CORE_DATA_FORMATS_EXIF_H_

#include <string_view>

namespace lockstep {

// The orientation, 1 to 8, in `segment`: the content of an APP1 marker that begins with
// "Exif\0\0". 1 where there is none or the segment is damaged: a picture is worth more than its
// notes. Source: CIPA DC-008 (Exif 2.32), section 4.6.
int ExifOrientation(std::string_view segment);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_DATA_FORMATS_EXIF_H_
