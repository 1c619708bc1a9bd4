// IDX files, as MNIST's: two zero bytes, an element type, the number of axes, their extents as
// big-endian 32-bit numbers, then the values. Gzipped files are told by their first bytes.
// Source: "The IDX file format" on the MNIST page.
#ifndef LOCKSTEP_CORE_DATA_FORMATS_IDX_H_
#define LOCKSTEP_CORE_DATA_FORMATS_IDX_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"

namespace lockstep {

// `values` holds exactly product(shape) unsigned bytes.
struct IdxArray {
  std::vector<int64_t> shape;
  std::vector<uint8_t> values;
};

// Reads `bytes`, inflating them if they are gzipped. `name` stands in messages. Errors:
// BadDataError for a bad header, elements other than unsigned bytes, and a length that does not
// match the header; nothing is allocated for what the file cannot hold.
StatusOr<IdxArray> ParseIdx(std::string_view bytes, const std::string& name);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_DATA_FORMATS_IDX_H_
