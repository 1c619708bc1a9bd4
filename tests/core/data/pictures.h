// The picture files of testdata/pictures, and what Pillow makes of them.
#ifndef LOCKSTEP_TESTS_CORE_DATA_PICTURES_H_
#define LOCKSTEP_TESTS_CORE_DATA_PICTURES_H_

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "core/base/file.h"
#include "core/data/formats/npz_reader.h"
#include "core/data/formats/picture_bytes.h"
#include "tests/testing/command.h"

namespace lockstep {

inline std::string PicturePath(const std::string& name) {
  return RunfilePath("tests/core/data/testdata/pictures/" + name);
}

inline std::string PictureFile(const std::string& name) { return *ReadFile(PicturePath(name)); }

inline NpyArray ExpectedArray(const std::string& name) {
  return *NpzReader::Open(PicturePath("expected.npz"))->Read(name);
}

// Pillow's pixels.
inline RgbPixels Expected(const std::string& name) {
  const NpyArray array = ExpectedArray(name);
  return {array.shape[0], array.shape[1], {array.data().begin(), array.data().end()}};
}

// The largest difference of two rows of bytes.
inline int LargestDifference(const uint8_t* a, const uint8_t* b, int64_t size) {
  int largest = 0;
  for (int64_t i = 0; i < size; ++i) largest = std::max(largest, std::abs(a[i] - b[i]));
  return largest;
}

}  // namespace lockstep

#endif  // LOCKSTEP_TESTS_CORE_DATA_PICTURES_H_
