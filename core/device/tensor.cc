#include "core/device/tensor.h"

#include <algorithm>

#include "core/base/check.h"

namespace lockstep {

Shape::Shape(std::span<const int64_t> extents) : rank_(static_cast<int>(extents.size())) {
  LOCKSTEP_CHECK(extents.size() <= kMaxRank, "%zu extents", extents.size());
  std::copy(extents.begin(), extents.end(), extents_.begin());
}

int64_t Shape::elems() const {
  int64_t product = 1;
  for (int axis = 0; axis < rank_; ++axis) product *= (*this)[axis];
  return product;
}

Shape Shape::Batched(int64_t n) const {
  LOCKSTEP_CHECK(rank_ < kMaxRank, "cannot batch %s", ToString().c_str());
  Shape batched;
  batched.rank_ = rank_ + 1;
  batched.extents_[0] = n;
  std::copy_n(extents_.begin(), rank_, batched.extents_.begin() + 1);
  return batched;
}

std::string Shape::ToString() const {
  std::string text = "[";
  for (int axis = 0; axis < rank_; ++axis) {
    if (axis > 0) text += ", ";
    text += std::to_string((*this)[axis]);
  }
  return text + "]";
}

}  // namespace lockstep
