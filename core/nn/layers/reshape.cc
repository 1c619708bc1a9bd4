#include "core/nn/layers/reshape.h"

#include <string>
#include <vector>

namespace lockstep {

StatusOr<Shape> ReshapedShape(const ReshapeConfig& config, const Shape& input) {
  int64_t known = 1;
  std::string text;
  for (const int32_t extent : config.target_shape()) {
    if (extent != -1) known *= extent;
    text += (text.empty() ? "[" : ", ") + std::to_string(extent);
  }
  std::vector<int64_t> extents;
  int64_t elems = 1;
  for (const int32_t extent : config.target_shape()) {
    extents.push_back(extent == -1 ? input.elems() / known : extent);
    elems *= extents.back();
  }
  if (elems == input.elems()) return Shape(extents);
  return UsageError("target_shape: " + text + "] cannot hold the " +
                    std::to_string(input.elems()) + " values of " + input.ToString());
}

}  // namespace lockstep
