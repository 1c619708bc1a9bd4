#include "core/io/weights_file.h"

#include <algorithm>
#include <vector>

#include "core/base/printable.h"
#include "core/data/formats/npz_reader.h"
#include "core/data/formats/npz_writer.h"

namespace lockstep {
namespace {

std::vector<int64_t> Extents(const Shape& shape) {
  std::vector<int64_t> extents;
  for (int axis = 0; axis < shape.rank(); ++axis) extents.push_back(shape[axis]);
  return extents;
}

std::string ShapeText(const std::vector<int64_t>& extents) {
  if (extents.size() > Shape::kMaxRank) return std::to_string(extents.size()) + " axes";
  return Shape(extents).ToString();
}

// "; missing: a, b" unless there is none.
std::string Part(const std::string& what, const NameList& names) {
  return names.empty() ? "" : "; " + what + ": " + names.ToString();
}

// All names that do not fit, so that they can be mended at once; "" if they fit.
std::string Misfits(const NpzReader& file, const ParameterLayout& layout) {
  NameList missing, unknown;
  for (const ParameterEntry& entry : layout.entries()) {
    if (!file.Has(entry.name)) missing.Add(entry.name + " " + entry.shape.ToString());
  }
  for (const std::string& name : file.ArrayNames()) {
    if (layout.Find(name) == nullptr) unknown.Add(name);
  }
  return Part("missing", missing) + Part("not in the network", unknown);
}

}  // namespace

Status ReadWeights(const std::string& path, const ParameterLayout& layout, float* weights) {
  LOCKSTEP_ASSIGN_OR_RETURN(const NpzReader file, NpzReader::Open(path));
  const std::string misfits = Misfits(file, layout);
  if (!misfits.empty()) return BadDataError(path + ": not this network's weights" + misfits);
  NameList misshaped;
  for (const ParameterEntry& entry : layout.entries()) {
    LOCKSTEP_ASSIGN_OR_RETURN(const NpyArray array, file.Read(entry.name));
    if (array.shape != Extents(entry.shape)) {
      misshaped.Add(entry.name + " is " + ShapeText(array.shape) + ", expected " +
                    entry.shape.ToString());
      continue;
    }
    if (!array.is_floating()) {
      return BadDataError(array.name + ": expected float32 or float64, save numpy.float32 of it");
    }
    LOCKSTEP_ASSIGN_OR_RETURN(const std::vector<float> values, NpyToFloats(array));
    std::copy(values.begin(), values.end(), weights + entry.offset_elems);
  }
  if (misshaped.empty()) return OkStatus();
  return BadDataError(path + ": not this network's weights" + Part("other shapes", misshaped));
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
