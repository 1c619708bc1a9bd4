// Pictures as PNG files inside a page.
#ifndef LOCKSTEP_DISTRIBUTED_REPORT_PNG_H_
#define LOCKSTEP_DISTRIBUTED_REPORT_PNG_H_

#include <string>

#include "distributed/report/report_data.h"

namespace lockstep {

// Whether `picture` is one that EncodePng takes: 1, 3 or 4 channels, sides of 1 .. 65535 and as
// many pixels as they say.
bool IsDrawable(const Picture& picture);

// The bytes of a PNG file; the same picture gives the same bytes. REQUIRES: IsDrawable(picture).
// Source: PNG specification, third edition, sections 5 (chunks), 9 (filter 0) and 10 (zlib).
std::string EncodePng(const Picture& picture);

// EncodePng as a "data:image/png;base64,..." address.
std::string PngDataUri(const Picture& picture);

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_REPORT_PNG_H_
