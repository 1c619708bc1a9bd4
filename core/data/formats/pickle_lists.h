// Reads a pickled numpy array of Python lists of whole numbers (imdb.npz, reuters.npz) without
// Python.
//
// A pickle is a program for a small stack machine, and the general one can call any function. This
// reader is a machine that knows only the opcodes which numpy writes for such an array (protocols 2
// to 4), the three names numpy.ndarray, numpy.dtype and numpy's _reconstruct, and the one shape
// that the program of such an array has. It runs nothing; whatever else it meets ends it with the
// opcode's name and place.
//
// The array's own list is always the first list that the program makes; every further one is an
// entry of it, filled before the next is begun. So all numbers go, in the order in which they are
// met, straight into one vector: the lists end up as offsets and values, like the rows of a sparse
// matrix. Cost: one pass; memory is at most a small multiple of the input's size, whatever it says.
// tests/core/data/formats/pickle_lists_test.cc cuts and flips every part of such programs.
#ifndef LOCKSTEP_CORE_DATA_FORMATS_PICKLE_LISTS_H_
#define LOCKSTEP_CORE_DATA_FORMATS_PICKLE_LISTS_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"

namespace lockstep {

// List i is values[offsets[i] .. offsets[i+1]).
struct RaggedLists {
  std::vector<uint64_t> offsets = {0};
  std::vector<int32_t> values;

  int64_t size() const { return static_cast<int64_t>(offsets.size()) - 1; }
  std::span<const int32_t> operator[](int64_t i) const {
    const size_t at = static_cast<size_t>(i);
    return std::span(values).subspan(offsets[at], offsets[at + 1] - offsets[at]);
  }
};

// `count`: how many lists the array's header promises. `name` stands in messages. Errors:
// BadDataError with opcode and byte offset.
StatusOr<RaggedLists> ParsePickledLists(std::string_view pickle, int64_t count,
                                        const std::string& name);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_DATA_FORMATS_PICKLE_LISTS_H_
