// Random changes of training pictures. Every draw is keyed by (seed, epoch, sample), so a picture
// changes in the same way whichever rank or thread makes it, and whenever.
//
// The key's blocks of four numbers: 0 to 9 the tries of a random crop (area, aspect, top, left), 16
// the mirror, 17 the place of a padded crop, 18 the factors of brightness, contrast, saturation. So
// an augmentation that is added leaves the others' draws alone.
#ifndef LOCKSTEP_CORE_DATA_AUGMENT_H_
#define LOCKSTEP_CORE_DATA_AUGMENT_H_

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/base/rng.h"
#include "core/data/formats/picture_bytes.h"
#include "proto/config.pb.h"

namespace lockstep {

// A sample of the training set in one epoch.
struct SampleVisit {
  uint32_t epoch = 0;   // counted from 1
  uint64_t sample = 0;  // position in the training set
};

// Immutable; thread-safe.
class Augmentation {
 public:
  Augmentation(const AugmentConfig& config, uint64_t seed) : config_(config), seed_(seed) {}

  // Whether it changes nothing at all.
  bool empty() const;
  // Whether Crop gives a part.
  bool crops() const { return config_.has_random_resized_crop(); }
  // The part of a picture of this size that is to be scaled to the sample's size, as torchvision's
  // RandomResizedCrop chooses it: ten tries, then the largest middle part of an allowed aspect.
  // REQUIRES: crops().
  PixelRect Crop(const SampleVisit& visit, int64_t height, int64_t width) const;
  // All that comes after that, in the order of AugmentConfig, on `pixels` [height, width, channels]
  // in place.
  void Change(const SampleVisit& visit, int64_t height, int64_t width,
              std::span<uint8_t> pixels) const;

 private:
  RandomKey Key(const SampleVisit& visit) const {
    return {seed_, RandomUse::kAugment, visit.epoch, visit.sample};
  }

  AugmentConfig config_;
  uint64_t seed_;
};

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_DATA_AUGMENT_H_
