// Small data sets for tests.
#ifndef LOCKSTEP_TESTS_CORE_DATA_SETS_H_
#define LOCKSTEP_TESTS_CORE_DATA_SETS_H_

#include <cstdint>
#include <utility>

#include "core/data/dataset.h"

namespace lockstep {

// A set whose samples are still to be filled in.
inline Dataset EmptySet(SampleFormat format, int64_t size) {
  Dataset data;
  data.format = std::move(format);
  data.size = size;
  return data;
}

}  // namespace lockstep

#endif  // LOCKSTEP_TESTS_CORE_DATA_SETS_H_
