// A set of samples of one shape and encoding, in memory or in picture files, that any number of
// threads may read.
#ifndef LOCKSTEP_CORE_DATA_DATASET_H_
#define LOCKSTEP_CORE_DATA_DATASET_H_

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/base/status.h"

namespace lockstep {

// How a sample's features are kept.
enum class Encoding {
  kDense,   // float32, row-major, product(shape) values
  kUint8,   // bytes; value = byte / divide_by
  kSparse,  // multi-hot: the sorted, distinct positions of the ones in a vector of shape[0]
};

// What all samples of a set have in common.
struct SampleFormat {
  std::vector<int64_t> shape;  // of one sample: [13], [10000], [28,28,1]
  Encoding encoding = Encoding::kDense;
  float divide_by = 1;  // applied by the graph (kUint8) or already done (kDense)
  std::vector<float> mean = {};  // per channel, subtracted after divide_by (kUint8); empty: 0
  std::vector<float> std = {};   // per channel, divided by after mean (kUint8); empty: 1
  // Per feature, what standardize has subtracted and divided by, before all else; empty: nothing.
  std::vector<float> feature_mean = {};
  std::vector<float> feature_deviation = {};
  int64_t classes = 0;  // labels are 0 .. classes-1; 0 means regression targets
  int64_t targets = 1;  // regression targets per sample

  int64_t features() const {
    int64_t product = 1;
    for (int64_t extent : shape) product *= extent;
    return product;
  }
};

class Augmentation;
class PictureReader;

// The samples. All storage is contiguous and immutable after construction, so a reader takes spans
// and nothing is copied but into the batch. Thread-safe. Exactly the members of the encoding are
// filled; pictures that stay in their files have a reader instead of bytes.
struct Dataset {
  SampleFormat format;
  int64_t size = 0;

  std::vector<float> dense;           // [size, features]                         (kDense)
  std::vector<uint8_t> bytes;         // [size, features]                         (kUint8)
  std::shared_ptr<const PictureReader> reader;  // or nullptr
  std::vector<uint32_t> pictures;     // [size] their numbers in `reader`          (kUint8)
  std::vector<uint64_t> row_offsets;  // [size + 1] into `indices`                (kSparse)
  std::vector<uint32_t> indices;      // sorted and distinct within each sample   (kSparse)

  std::vector<int32_t> labels;  // [size] when classes > 0
  std::vector<float> targets;   // [size, targets] when classes == 0

  // How training changes a sample that it takes; nullptr: not at all. Of bytes [H,W,C] only.
  std::shared_ptr<const Augmentation> augmentation;
};

// Samples [begin, end) of `data` as a set of their own (a copy).
Dataset Slice(const Dataset& data, int64_t begin, int64_t end);

// `first` followed by `second`. REQUIRES: same format.
Dataset Concatenate(const Dataset& first, const Dataset& second);

// Turns bytes into floats of the same values (not divided). Other encodings stay.
void BytesToDense(Dataset* data);

// The sets of one run; an absent set has size 0.
struct DatasetSplits {
  Dataset train;
  Dataset validation;
  Dataset test;
  std::vector<std::string> class_names;  // [classes] or empty
  std::vector<std::string> notes;        // what was left out, for the user
};

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_DATA_DATASET_H_
