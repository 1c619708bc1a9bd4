#include "core/io/weights_file.h"

#include <algorithm>
#include <vector>

#include "core/data/formats/npz_reader.h"
#include "core/data/formats/npz_writer.h"

namespace lockstep {
namespace {

std::vector<int64_t> Extents(const Shape& shape) {
  std::vector<int64_t> extents;
  for (int axis = 0; axis < shape.rank(); ++axis) extents.push_back(shape[axis]);
  return extents;
}

void AddTo(const std::string& item, std::string* list) {
  if (!list->empty()) *list += ", ";
  *list += item;
}

// All that does not fit, so that it can be mended at once.
std::string Misfits(const NpzReader& file, const ParameterLayout& layout) {
  std::string missing, unknown;
  for (const ParameterEntry& entry : layout.entries()) {
    if (!file.Has(entry.name)) AddTo(entry.name + " " + entry.shape.ToString(), &missing);
  }
  for (const std::string& name : file.ArrayNames()) {
    if (layout.Find(name) == nullptr) AddTo(name, &unknown);
  }
  std::string text;
  if (!missing.empty()) text += "missing: " + missing;
  if (!unknown.empty()) text += (text.empty() ? "" : "; ") + ("not in the network: " + unknown);
  return text;
}

}  // namespace

Status ReadWeights(const std::string& path, const ParameterLayout& layout, float* weights) {
  LOCKSTEP_ASSIGN_OR_RETURN(const NpzReader file, NpzReader::Open(path));
  const std::string misfits = Misfits(file, layout);
  if (!misfits.empty()) return BadDataError(path + ": not this network's weights: " + misfits);
  for (const ParameterEntry& entry : layout.entries()) {
    LOCKSTEP_ASSIGN_OR_RETURN(const NpyArray array, file.Read(entry.name));
    if (array.shape.size() > Shape::kMaxRank || array.shape != Extents(entry.shape) ||
        !array.is_floating()) {
      return BadDataError(path + ": " + entry.name + " has " + std::to_string(array.shape.size()) +
                          " axes or another shape; expected floats of shape " +
                          entry.shape.ToString());
    }
    LOCKSTEP_ASSIGN_OR_RETURN(const std::vector<float> values, NpyToFloats(array));
    std::copy(values.begin(), values.end(), weights + entry.offset_elems);
  }
  return OkStatus();
}

Status WriteWeights(const std::string& path, const ParameterLayout& layout, const float* weights) {
  NpzWriter file;
  for (const ParameterEntry& entry : layout.entries()) {
    const size_t elems = static_cast<size_t>(entry.shape.elems());
    file.Add(entry.name, Extents(entry.shape), {weights + entry.offset_elems, elems});
  }
  return file.WriteTo(path);
}

}  // namespace lockstep
