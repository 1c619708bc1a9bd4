// The random part of a training picture, as PictureReader asks for it.
#ifndef LOCKSTEP_CORE_DATA_RANDOM_PART_H_
#define LOCKSTEP_CORE_DATA_RANDOM_PART_H_

#include <cstdint>

#include "core/data/augment.h"
#include "core/data/picture_reader.h"

namespace lockstep {

// Immutable; thread-safe. `augmentation` must outlive it, and must crop where Choose is called.
class RandomPart : public PartChooser {
 public:
  RandomPart(const Augmentation* augmentation, const SampleVisit& visit)
      : augmentation_(augmentation), visit_(visit) {}
  PixelRect Choose(int64_t height, int64_t width) const override {
    return augmentation_->Crop(visit_, height, width);
  }

 private:
  const Augmentation* augmentation_;
  SampleVisit visit_;
};

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_DATA_RANDOM_PART_H_
