#include "core/data/read_pixels.h"

#include <cstring>
#include <span>

#include "core/data/augment.h"
#include "core/data/random_part.h"

namespace lockstep {
namespace {

// A random part of a picture in memory, scaled to the picture's size.
void ScaleRandomPart(const uint8_t* pixels, const PartChooser& chooser,
                     const std::vector<int64_t>& shape, PictureScratch* scratch, uint8_t* out) {
  const PixelRect part = chooser.Choose(shape[0], shape[1]);
  const int64_t row_bytes = shape[1] * shape[2];
  const PictureView view = {pixels + part.top * row_bytes + part.left * shape[2], part.height,
                            part.width, shape[2], row_bytes};
  const PictureBox all = {0, 0, static_cast<double>(part.height), static_cast<double>(part.width)};
  scratch->resizer.Resize(view, all, shape[0], shape[1], out);
}

}  // namespace

Status ReadPixels(const Dataset& data, uint32_t position, uint32_t epoch, PictureScratch* scratch,
                  uint8_t* out) {
  const Augmentation* augmentation = epoch > 0 ? data.augmentation.get() : nullptr;
  const SampleVisit visit = {epoch, position};
  const RandomPart part(augmentation, visit);
  const bool crops = augmentation != nullptr && augmentation->crops();
  const size_t features = static_cast<size_t>(data.format.features());
  if (data.reader != nullptr) {
    LOCKSTEP_RETURN_IF_ERROR(
        data.reader->Read(data.pictures[position], crops ? &part : nullptr, scratch, out));
  } else if (crops) {
    ScaleRandomPart(data.bytes.data() + position * features, part, data.format.shape, scratch, out);
  } else {
    std::memcpy(out, data.bytes.data() + position * features, features);
  }
  if (augmentation != nullptr) {
    augmentation->Change(visit, data.format.shape[0], data.format.shape[1],
                         std::span(out, features));
  }
  return OkStatus();
}

}  // namespace lockstep
