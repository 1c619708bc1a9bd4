#include "core/data/class_label.h"

namespace lockstep {

std::string ClassLabel(const std::vector<std::string>& class_names, int64_t label) {
  const size_t at = static_cast<size_t>(label);
  return at < class_names.size() ? class_names[at] : std::to_string(label);
}

}  // namespace lockstep
