// Small data sets for tests of networks.
#ifndef LOCKSTEP_TESTS_TESTING_SAMPLES_H_
#define LOCKSTEP_TESTS_TESTING_SAMPLES_H_

#include <cstdint>

#include "core/base/rng.h"
#include "core/data/dataset.h"

namespace lockstep {

// `size` made-up samples of `format`: features in [-1, 1), bytes of all values, or multi-hot rows
// of which every fifth is empty; labels or targets to go with them.
inline Dataset MakeSamples(const SampleFormat& format, int64_t size) {
  const auto draw = [](uint64_t what, int64_t i) {
    return Uniform({11, RandomUse::kSynthetic, 1, what}, static_cast<uint64_t>(i));
  };
  Dataset data;
  data.format = format;
  data.size = size;
  const int64_t features = format.features();
  if (format.encoding == Encoding::kSparse) data.row_offsets = {0};
  for (int64_t i = 0; i < size * features; ++i) {
    const float value = draw(0, i);
    if (format.encoding == Encoding::kDense) data.dense.push_back(2 * value - 1);
    if (format.encoding == Encoding::kUint8) {
      data.bytes.push_back(static_cast<uint8_t>(value * 256));
    }
    if (format.encoding != Encoding::kSparse) continue;
    const bool empty = i / features % 5 == 2;
    if (!empty && value < 0.3f) data.indices.push_back(static_cast<uint32_t>(i % features));
    if (i % features == features - 1) data.row_offsets.push_back(data.indices.size());
  }
  for (int64_t i = 0; i < size && format.classes > 0; ++i) {
    data.labels.push_back(static_cast<int32_t>(i * 3 % format.classes));
  }
  for (int64_t i = 0; i < size * format.targets && format.classes == 0; ++i) {
    data.targets.push_back(4 * draw(1, i) - 2);
  }
  return data;
}

}  // namespace lockstep

#endif  // LOCKSTEP_TESTS_TESTING_SAMPLES_H_
