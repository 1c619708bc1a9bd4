// How a class is called.
#ifndef LOCKSTEP_CORE_DATA_CLASS_LABEL_H_
#define LOCKSTEP_CORE_DATA_CLASS_LABEL_H_

#include <cstdint>
#include <string>
#include <vector>

namespace lockstep {

// The class' name, or its number where `class_names` has none for it.
std::string ClassLabel(const std::vector<std::string>& class_names, int64_t label);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_DATA_CLASS_LABEL_H_
