#include "core/io/checkpoint.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <vector>

#include "absl/strings/str_format.h"
#include "core/base/file.h"
#include "core/base/hash.h"

namespace lockstep {
namespace {

constexpr std::string_view kMagic = "LSCKPT1\n";
constexpr size_t kHeaderBytes = 16;

// Paths of the checkpoints in `folder`, newest first: the names sort by step.
std::vector<std::string> ListCheckpoints(const std::string& folder) {
  std::vector<std::string> paths;
  std::error_code ignored;  // an absent folder has none
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    if (entry.path().extension() == ".ckpt") paths.push_back(entry.path().string());
  }
  std::sort(paths.rbegin(), paths.rend());
  return paths;
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
    if (saved == checkpoint.weight().end() || saved->data().size() != bytes) {
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
  const std::string name = absl::StrFormat("step-%010d.ckpt", checkpoint.step());
  LOCKSTEP_RETURN_IF_ERROR(WriteFileAtomically(JoinPath(folder, name), file));
  const std::vector<std::string> paths = ListCheckpoints(folder);
  for (size_t i = static_cast<size_t>(keep); i < paths.size(); ++i) {
    std::error_code ignored;  // an old file that stays does no harm
    std::filesystem::remove(paths[i], ignored);
  }
  return OkStatus();
}

StatusOr<Checkpoint> ReadCheckpoint(const std::string& path) {
  LOCKSTEP_ASSIGN_OR_RETURN(const std::string file, ReadFile(path));
  if (file.size() < kHeaderBytes || file.compare(0, kMagic.size(), kMagic) != 0) {
    return BadDataError(path + ": not a lockstep checkpoint (its first 8 bytes are not LSCKPT1)");
  }
  uint64_t hash = 0;
  std::memcpy(&hash, file.data() + kMagic.size(), sizeof(hash));
  Checkpoint checkpoint;
  if (hash != HashBytes(file.data() + kHeaderBytes, file.size() - kHeaderBytes) ||
      !checkpoint.ParseFromArray(file.data() + kHeaderBytes,
                                 static_cast<int>(file.size() - kHeaderBytes))) {
    return BadDataError(path + ": damaged (its hash differs): use an older checkpoint");
  }
  return checkpoint;
}

StatusOr<Checkpoint> ReadNewestCheckpoint(const std::string& folder) {
  const std::vector<std::string> paths = ListCheckpoints(folder);
  if (paths.empty()) {
    return MissingInputError(folder + ": no checkpoint (*.ckpt) there; has the run finished?");
  }
  StatusOr<Checkpoint> newest = ReadCheckpoint(paths.front());
  for (size_t i = 1; i < paths.size() && !newest.ok(); ++i) {
    StatusOr<Checkpoint> older = ReadCheckpoint(paths[i]);
    if (older.ok()) return older;
  }
  return newest;
}

}  // namespace lockstep
