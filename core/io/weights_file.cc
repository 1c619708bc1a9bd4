#include "core/io/weights_file.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "core/base/file.h"
#include "core/base/nearest_name.h"
#include "core/base/printable.h"
#include "core/data/formats/npz_reader.h"
#include "core/data/formats/npz_writer.h"
#include "core/io/safetensors.h"

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

// An array as either format gives it.
struct NamedValues {
  std::vector<int64_t> shape;
  std::vector<float> values;
};

// An opened file of either format.
struct WeightsSource {
  std::vector<std::string> names;
  std::function<StatusOr<NamedValues>(const std::string& name)> read;  // of one of `names`
};

StatusOr<WeightsSource> OpenNpz(const std::string& path) {
  LOCKSTEP_ASSIGN_OR_RETURN(NpzReader opened, NpzReader::Open(path));
  const auto file = std::make_shared<NpzReader>(std::move(opened));
  const auto read = [file](const std::string& name) -> StatusOr<NamedValues> {
    LOCKSTEP_ASSIGN_OR_RETURN(const NpyArray array, file->Read(name));
    if (!array.is_floating()) {
      return BadDataError(array.name + ": expected float32 or float64, save numpy.float32 of it");
    }
    LOCKSTEP_ASSIGN_OR_RETURN(std::vector<float> values, NpyToFloats(array));
    return NamedValues{array.shape, std::move(values)};
  };
  return WeightsSource{file->ArrayNames(), read};
}

StatusOr<WeightsSource> OpenSafetensors(const std::string& path) {
  LOCKSTEP_ASSIGN_OR_RETURN(SafetensorsReader opened, SafetensorsReader::Open(path));
  const auto file = std::make_shared<SafetensorsReader>(std::move(opened));
  const auto read = [file](const std::string& name) -> StatusOr<NamedValues> {
    const auto array = std::find_if(file->arrays().begin(), file->arrays().end(),
                                    [&](const auto& other) { return other.name == name; });
    LOCKSTEP_ASSIGN_OR_RETURN(std::vector<float> values, file->Floats(*array));
    return NamedValues{array->shape, std::move(values)};
  };
  WeightsSource source{{}, read};
  for (const auto& array : file->arrays()) source.names.push_back(array.name);
  return source;
}

// By the first bytes. A .safetensors file has its header's length before a brace, whatever that
// length looks like; in a zip archive that place holds a way of packing or a count, never a brace.
StatusOr<WeightsSource> Open(const std::string& path) {
  constexpr size_t kLengthBytes = 8;
  LOCKSTEP_ASSIGN_OR_RETURN(const std::string start, ReadFile(path, kLengthBytes + 1));
  if (start.size() > kLengthBytes && start.back() == '{') return OpenSafetensors(path);
  if (start.starts_with("PK")) return OpenNpz(path);
  const std::string found = start.empty()                       ? "it is empty"
                            : start.starts_with("\x89HDF\r\n") ? "it is HDF5"
                                                                : "it begins like neither";
  return BadDataError(path + ": expected weights as .npz or .safetensors, but " + found +
                      "; numpy.savez writes the one");
}

// "; did you mean dense/bias for dens/bias?" of the unknown names that are nearly a missing one.
std::string Meant(const std::vector<std::string>& unknown,
                  const std::vector<std::string>& missing) {
  constexpr size_t kTried = 12;  // a comparison takes its time
  NameList meant;
  for (size_t i = 0; i < std::min(unknown.size(), kTried); ++i) {
    const std::string nearest = NearestName(unknown[i], missing);
    if (!nearest.empty()) meant.Add(nearest + " for " + unknown[i]);
  }
  return meant.empty() ? "" : "; did you mean " + meant.ToString() + "?";
}

// All names that do not fit, so that they can be mended at once; "" if they fit.
std::string Misfits(const WeightsSource& file, const ParameterLayout& layout) {
  NameList missing, unknown;
  std::vector<std::string> missing_names, unknown_names;
  for (const ParameterEntry& entry : layout.entries()) {
    const bool found =
        std::find(file.names.begin(), file.names.end(), entry.name) != file.names.end();
    if (found) continue;
    missing.Add(entry.name + " " + entry.shape.ToString());
    missing_names.push_back(entry.name);
  }
  for (const std::string& name : file.names) {
    if (layout.Find(name) != nullptr) continue;
    unknown.Add(name);
    unknown_names.push_back(name);
  }
  return Part("missing", missing) + Part("not in the network", unknown) +
         Meant(unknown_names, missing_names);
}

template <typename Writer>
Status WriteAll(const std::string& path, const ParameterLayout& layout, const float* weights) {
  Writer file;
  for (const ParameterEntry& entry : layout.entries()) {
    const size_t elems = static_cast<size_t>(entry.shape.elems());
    file.Add(entry.name, Extents(entry.shape), {weights + entry.offset_elems, elems});
  }
  return file.WriteTo(path);
}

}  // namespace

Status ReadWeights(const std::string& path, const ParameterLayout& layout, float* weights) {
  LOCKSTEP_ASSIGN_OR_RETURN(const WeightsSource file, Open(path));
  const std::string misfits = Misfits(file, layout);
  if (!misfits.empty()) return BadDataError(path + ": not this network's weights" + misfits);
  NameList misshaped;
  for (const ParameterEntry& entry : layout.entries()) {
    LOCKSTEP_ASSIGN_OR_RETURN(const NamedValues array, file.read(entry.name));
    if (array.shape != Extents(entry.shape)) {
      misshaped.Add(entry.name + " is " + ShapeText(array.shape) + ", expected " +
                    entry.shape.ToString());
      continue;
    }
    std::copy(array.values.begin(), array.values.end(), weights + entry.offset_elems);
  }
  if (misshaped.empty()) return OkStatus();
  return BadDataError(path + ": not this network's weights" + Part("other shapes", misshaped));
}

Status WriteWeights(const std::string& path, WeightsFormat format, const ParameterLayout& layout,
                    const float* weights) {
  return format == WeightsFormat::kNpz ? WriteAll<NpzWriter>(path, layout, weights)
                                       : WriteAll<SafetensorsWriter>(path, layout, weights);
}

}  // namespace lockstep
