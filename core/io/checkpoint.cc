#include "core/io/checkpoint.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <optional>
#include <vector>

#include "absl/strings/str_format.h"
#include "core/base/file.h"
#include "core/base/hash.h"
#include "core/base/printable.h"
#include "core/device/tensor.h"

namespace lockstep {
namespace {

constexpr std::string_view kMagic = "LSCKPT1\n";
constexpr size_t kHeaderBytes = 16;

constexpr std::string_view kPrefix = "step-";
constexpr std::string_view kSuffix = ".ckpt";

struct CheckpointFile {
  int64_t step = 0;
  std::string path;
};

// The step that a file's name tells; nothing for names that WriteCheckpoint does not give.
std::optional<int64_t> StepOfName(std::string_view name) {
  if (!name.starts_with(kPrefix) || !name.ends_with(kSuffix)) return std::nullopt;
  if (name.size() < kPrefix.size() + kSuffix.size()) return std::nullopt;
  name.remove_prefix(kPrefix.size());
  name.remove_suffix(kSuffix.size());
  int64_t step = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), step);
  const bool whole = error == std::errc() && end == name.data() + name.size() && step >= 0;
  return whole ? std::optional(step) : std::nullopt;
}

// The checkpoints in `folder`, newest first.
std::vector<CheckpointFile> ListCheckpoints(const std::string& folder) {
  std::vector<CheckpointFile> files;
  std::error_code ignored;  // an absent folder has none
  std::filesystem::directory_iterator entry(folder, ignored);
  for (; entry != std::filesystem::directory_iterator(); entry.increment(ignored)) {
    const std::optional<int64_t> step = StepOfName(entry->path().filename().string());
    if (step) files.push_back({*step, entry->path().string()});
  }
  std::sort(files.begin(), files.end(),
            [](const CheckpointFile& a, const CheckpointFile& b) { return a.step > b.step; });
  return files;
}

// Removes what WriteFileAtomically leaves of a checkpoint where the process was killed.
void RemoveParts(const std::string& folder) {
  const std::string part = std::string(kSuffix) + ".tmp";
  std::vector<std::filesystem::path> parts;
  std::error_code ignored;
  std::filesystem::directory_iterator entry(folder, ignored);
  for (; entry != std::filesystem::directory_iterator(); entry.increment(ignored)) {
    const std::string name = entry->path().filename().string();
    const size_t at = name.find(part);
    if (at != std::string::npos && StepOfName(name.substr(0, at + kSuffix.size()))) {
      parts.push_back(entry->path());
    }
  }
  for (const auto& path : parts) std::filesystem::remove(path, ignored);
}

bool HasShape(const SavedTensor& tensor, const Shape& shape) {
  if (tensor.shape_size() != shape.rank()) return false;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    if (tensor.shape(axis) != shape[axis]) return false;
  }
  return true;
}

// Whether its bytes are those of an array of its shape.
bool IsWhole(const SavedTensor& tensor) {
  if (tensor.shape_size() > Shape::kMaxRank) return false;
  int64_t bytes = sizeof(float);
  for (const int64_t extent : tensor.shape()) {
    if (extent < 0 || __builtin_mul_overflow(bytes, extent, &bytes)) return false;
  }
  return static_cast<uint64_t>(bytes) == tensor.data().size();
}

Status CheckContents(const Checkpoint& checkpoint, const std::string& name) {
  for (const auto* tensors : {&checkpoint.weight(), &checkpoint.slot()}) {
    for (const SavedTensor& tensor : *tensors) {
      if (IsWhole(tensor)) continue;
      return BadDataError(name + ": the shape of " + Printable(tensor.name()) +
                          " does not fit its values: no checkpoint of this version");
    }
  }
  if (checkpoint.step() >= 0 && checkpoint.epoch_samples() >= 0) return OkStatus();
  return BadDataError(name + ": its step is negative: no checkpoint of this version");
}

}  // namespace

void PutWeights(const ParameterLayout& layout, const float* weights, Checkpoint* checkpoint) {
  checkpoint->set_layout_fingerprint(layout.fingerprint());
  for (const ParameterEntry& entry : layout.entries()) {
    SavedTensor* tensor = checkpoint->add_weight();
    tensor->set_name(entry.name);
    for (int axis = 0; axis < entry.shape.rank(); ++axis) tensor->add_shape(entry.shape[axis]);
    tensor->set_data(weights + entry.offset_elems,
                     static_cast<size_t>(entry.shape.elems()) * sizeof(float));
  }
}

Status GetWeights(const Checkpoint& checkpoint, const ParameterLayout& layout, float* weights) {
  for (const ParameterEntry& entry : layout.entries()) {
    const auto saved = std::find_if(checkpoint.weight().begin(), checkpoint.weight().end(),
                                    [&](const SavedTensor& t) { return t.name() == entry.name; });
    const size_t bytes = static_cast<size_t>(entry.shape.elems()) * sizeof(float);
    if (saved == checkpoint.weight().end() || !HasShape(*saved, entry.shape) ||
        saved->data().size() != bytes) {
      return BadDataError(absl::StrFormat(
          "the checkpoint has no %s of shape %s, which the config's network has: it belongs to "
          "another network",
          entry.name, entry.shape.ToString()));
    }
    std::memcpy(weights + entry.offset_elems, saved->data().data(), bytes);
  }
  return OkStatus();
}

Status WriteCheckpoint(const std::string& folder, const Checkpoint& checkpoint, int keep) {
  LOCKSTEP_RETURN_IF_ERROR(MakeFolders(folder));
  std::string file(kMagic);
  file.resize(kHeaderBytes);
  if (!checkpoint.AppendToString(&file)) return BugError("cannot serialise the checkpoint");
  const uint64_t hash = HashBytes(file.data() + kHeaderBytes, file.size() - kHeaderBytes);
  std::memcpy(file.data() + kMagic.size(), &hash, sizeof(hash));
  const std::string name = absl::StrFormat("%s%010d%s", kPrefix, checkpoint.step(), kSuffix);
  LOCKSTEP_RETURN_IF_ERROR(WriteFileAtomically(JoinPath(folder, name), file));
  for (const CheckpointFile& old : ListCheckpoints(folder)) {
    if (old.step <= checkpoint.step() && keep-- > 0) continue;
    std::error_code ignored;  // an old file that stays does no harm
    std::filesystem::remove(old.path, ignored);
  }
  RemoveParts(folder);
  return OkStatus();
}

StatusOr<Checkpoint> ParseCheckpoint(std::string_view file, const std::string& name) {
  if (file.size() < kHeaderBytes || !file.starts_with(kMagic)) {
    return BadDataError(name + ": not a lockstep checkpoint (its first 8 bytes are not LSCKPT1)");
  }
  uint64_t hash = 0;
  std::memcpy(&hash, file.data() + kMagic.size(), sizeof(hash));
  file.remove_prefix(kHeaderBytes);
  Checkpoint checkpoint;
  if (hash != HashBytes(file.data(), file.size()) || file.size() > INT32_MAX ||
      !checkpoint.ParseFromArray(file.data(), static_cast<int>(file.size()))) {
    return BadDataError(name + ": damaged (its hash differs)");
  }
  LOCKSTEP_RETURN_IF_ERROR(CheckContents(checkpoint, name));
  return checkpoint;
}

StatusOr<Checkpoint> ReadCheckpoint(const std::string& path) {
  LOCKSTEP_ASSIGN_OR_RETURN(const std::string file, ReadFile(path));
  return ParseCheckpoint(file, path);
}

StatusOr<Checkpoint> ReadNewestCheckpoint(const std::string& folder, std::string* warning) {
  const std::vector<CheckpointFile> files = ListCheckpoints(folder);
  if (files.empty()) {
    return MissingInputError(folder + ": no checkpoint (step-*.ckpt) there; has the run finished?");
  }
  StatusOr<Checkpoint> newest = ReadCheckpoint(files.front().path);
  for (size_t i = 1; i < files.size() && !newest.ok(); ++i) {
    StatusOr<Checkpoint> older = ReadCheckpoint(files[i].path);
    if (!older.ok()) continue;
    if (warning != nullptr) {
      *warning = std::string(newest.status().message()) + "; took " + files[i].path;
    }
    return older;
  }
  return newest;
}

}  // namespace lockstep
