// The header of a .npy array, versions 1 to 3: a magic, a length and a Python dict literal such as
// {'descr': '<f8', 'fortran_order': False, 'shape': (506, 13), }. Source: numpy.lib.format.
#ifndef LOCKSTEP_CORE_DATA_FORMATS_NPY_HEADER_H_
#define LOCKSTEP_CORE_DATA_FORMATS_NPY_HEADER_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"

namespace lockstep {

// What the header says, not yet compared with the bytes that follow it.
struct NpyHeader {
  std::string descr;  // "<f8", "|u1", "|O"
  bool fortran_order = false;
  std::vector<int64_t> shape;
  size_t data_offset = 0;  // of the first byte of data
};

// Reads the header at the start of `bytes`. `name` stands in messages. Errors: BadDataError.
StatusOr<NpyHeader> ParseNpyHeader(std::string_view bytes, const std::string& name);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_DATA_FORMATS_NPY_HEADER_H_
