// One picture of a set of bytes, wherever it is kept.
#ifndef LOCKSTEP_CORE_DATA_READ_PIXELS_H_
#define LOCKSTEP_CORE_DATA_READ_PIXELS_H_

#include <cstdint>

#include "core/base/status.h"
#include "core/data/dataset.h"
#include "core/data/picture_reader.h"

namespace lockstep {

// Writes the bytes [features] of the sample at `position` to `out`: as training takes them in
// `epoch`, or as they are where `epoch` is 0. Pure in its arguments; thread-safe with a scratch per
// thread. Errors: what the picture's file gives. REQUIRES: data.format.encoding is kUint8.
Status ReadPixels(const Dataset& data, uint32_t position, uint32_t epoch, PictureScratch* scratch,
                  uint8_t* out);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_DATA_READ_PIXELS_H_
