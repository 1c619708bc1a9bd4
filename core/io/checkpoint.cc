#include "core/io/checkpoint.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "core/base/file.h"
#include "core/base/hash.h"
#include "core/base/printable.h"
#include "core/device/tensor.h"

namespace lockstep {
namespace {

static_assert(std::endian::native == std::endian::little, "files hold the bytes of the memory");

constexpr std::string_view kMagic = "LSCKPT2\n";
constexpr std::string_view kOldMagic = "LSCKPT1\n";
constexpr size_t kPieceBytes = size_t{1} << 20;  // of one hash

// What comes before the head.
struct Start {
  char magic[8] = {};
  uint64_t head_bytes = 0;
  uint64_t head_hash = 0;
};
static_assert(sizeof(Start) == 24);

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

// Removes what WritePiecesAtomically leaves of a checkpoint where the process was killed.
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

std::string Cause() { return std::strerror(errno); }

Status ReadAll(int file, uint64_t offset, char* to, size_t bytes, const std::string& path) {
  while (bytes > 0) {
    const ssize_t got = ::pread(file, to, bytes, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return IoError("cannot read " + path + ": " + Cause());
    if (got == 0) return BadDataError(path + ": damaged (cut short while it was read)");
    offset += static_cast<uint64_t>(got);
    to += got;
    bytes -= static_cast<size_t>(got);
  }
  return OkStatus();
}

std::string_view BytesOf(std::span<const float> values) {
  return {reinterpret_cast<const char*>(values.data()), values.size_bytes()};
}

uint64_t HashOfPieces(std::string_view bytes, uint64_t hash) {
  for (; !bytes.empty(); bytes.remove_prefix(std::min(bytes.size(), kPieceBytes))) {
    hash = HashBytes(bytes.data(), std::min(bytes.size(), kPieceBytes), hash);
  }
  return hash;
}

// Bytes of a tensor's values; nothing for a shape that no tensor has.
std::optional<uint64_t> ValueBytes(const SavedTensor& tensor) {
  if (tensor.shape_size() > Shape::kMaxRank) return std::nullopt;
  int64_t bytes = sizeof(float);
  for (const int64_t extent : tensor.shape()) {
    if (extent < 0 || __builtin_mul_overflow(bytes, extent, &bytes)) return std::nullopt;
  }
  return static_cast<uint64_t>(bytes);
}

// Where in a file of `size` bytes each tensor begins, and where the last one ends.
StatusOr<std::vector<uint64_t>> Offsets(const Checkpoint& head, uint64_t begin, uint64_t size,
                                        const std::string& path) {
  std::vector<uint64_t> offsets = {begin};
  for (const auto* tensors : {&head.weight(), &head.slot()}) {
    for (const SavedTensor& tensor : *tensors) {
      const std::optional<uint64_t> bytes = ValueBytes(tensor);
      if (!bytes || *bytes > size - offsets.back()) {
        return BadDataError(path + ": damaged (cut short: the values of " +
                            Printable(tensor.name()) + " do not fit into it)");
      }
      offsets.push_back(offsets.back() + *bytes);
    }
  }
  if (size - offsets.back() != sizeof(uint64_t)) {
    return BadDataError(absl::StrFormat("%s: damaged (%d bytes, but its tensors need %d)", path,
                                        size, offsets.back() + sizeof(uint64_t)));
  }
  return offsets;
}

Status CheckMagic(std::string_view magic, const std::string& path) {
  if (magic == kMagic) return OkStatus();
  if (magic == kOldMagic) {
    return BadDataError(path + ": a checkpoint of an older lockstep (LSCKPT1), this one reads "
                               "LSCKPT2: use the version that wrote it, or train anew");
  }
  return BadDataError(path + ": not a lockstep checkpoint (its first 8 bytes are not LSCKPT2)");
}

// The head of a file of `size` bytes, and its hash.
Status ReadHead(int file, uint64_t size, const std::string& path, Start* start, Checkpoint* head) {
  const size_t there = std::min<uint64_t>(size, sizeof(*start));
  LOCKSTEP_RETURN_IF_ERROR(ReadAll(file, 0, reinterpret_cast<char*>(start), there, path));
  LOCKSTEP_RETURN_IF_ERROR(CheckMagic({start->magic, sizeof(start->magic)}, path));
  if (there < sizeof(*start) || start->head_bytes > size - sizeof(*start) ||
      start->head_bytes > INT32_MAX) {
    return BadDataError(path + ": damaged (cut short)");
  }
  std::string bytes(start->head_bytes, '\0');
  LOCKSTEP_RETURN_IF_ERROR(ReadAll(file, sizeof(*start), bytes.data(), bytes.size(), path));
  if (HashBytes(bytes.data(), bytes.size(), bytes.size()) != start->head_hash ||
      !head->ParseFromString(bytes)) {
    return BadDataError(path + ": damaged (its hash differs)");
  }
  if (head->step() >= 0 && head->epoch_samples() >= 0) return OkStatus();
  return BadDataError(path + ": its step is negative: no checkpoint of this version");
}

}  // namespace

void PutWeights(const ParameterLayout& layout, const float* weights, CheckpointDraft* draft) {
  draft->head.set_layout_fingerprint(layout.fingerprint());
  for (const ParameterEntry& entry : layout.entries()) {
    SavedTensor* tensor = draft->head.add_weight();
    tensor->set_name(entry.name);
    for (int axis = 0; axis < entry.shape.rank(); ++axis) tensor->add_shape(entry.shape[axis]);
    draft->weights.emplace_back(weights + entry.offset_elems,
                                static_cast<size_t>(entry.shape.elems()));
  }
}

Status GetWeights(const SavedCheckpoint& checkpoint, const ParameterLayout& layout,
                  float* weights) {
  const auto& tensors = checkpoint.head().weight();
  for (const ParameterEntry& entry : layout.entries()) {
    const auto saved = std::find_if(tensors.begin(), tensors.end(),
                                    [&](const SavedTensor& t) { return t.name() == entry.name; });
    if (saved == tensors.end() || !HasShape(*saved, entry.shape)) {
      return BadDataError(absl::StrFormat(
          "the checkpoint has no %s of shape %s, which the config's network has: it belongs to "
          "another network",
          entry.name, entry.shape.ToString()));
    }
    LOCKSTEP_RETURN_IF_ERROR(checkpoint.ReadWeight(
        static_cast<int>(saved - tensors.begin()),
        {weights + entry.offset_elems, static_cast<size_t>(entry.shape.elems())}));
  }
  return OkStatus();
}

Status WriteCheckpoint(const std::string& folder, const CheckpointDraft& draft, int keep) {
  LOCKSTEP_RETURN_IF_ERROR(MakeFolders(folder));
  std::string head;
  if (!draft.head.SerializeToString(&head)) return BugError("cannot serialise the checkpoint");
  Start start{.head_bytes = head.size(),
              .head_hash = HashBytes(head.data(), head.size(), head.size())};
  kMagic.copy(start.magic, sizeof(start.magic));
  std::vector<std::string_view> pieces = {{reinterpret_cast<const char*>(&start), sizeof(start)},
                                          head};
  uint64_t hash = start.head_hash;
  for (const auto* tensors : {&draft.weights, &draft.slots}) {
    for (const std::span<const float> values : *tensors) {
      pieces.push_back(BytesOf(values));
      hash = HashOfPieces(pieces.back(), hash);
    }
  }
  pieces.emplace_back(reinterpret_cast<const char*>(&hash), sizeof(hash));
  const int64_t step = draft.head.step();
  const std::string name = absl::StrFormat("%s%010d%s", kPrefix, step, kSuffix);
  LOCKSTEP_RETURN_IF_ERROR(WritePiecesAtomically(JoinPath(folder, name), pieces));
  for (const CheckpointFile& old : ListCheckpoints(folder)) {
    if (old.step <= step && keep-- > 0) continue;
    std::error_code ignored;  // an old file that stays does no harm
    std::filesystem::remove(old.path, ignored);
  }
  RemoveParts(folder);
  return OkStatus();
}

Status SavedCheckpoint::ReadWeight(int index, std::span<float> to) const {
  return ReadValues(static_cast<size_t>(index), to);
}

Status SavedCheckpoint::ReadSlot(int index, std::span<float> to) const {
  return ReadValues(static_cast<size_t>(head_.weight_size() + index), to);
}

Status SavedCheckpoint::ReadValues(size_t tensor, std::span<float> to) const {
  if (to.size_bytes() != offsets_[tensor + 1] - offsets_[tensor]) {
    return BugError("a checkpoint's tensor is read into a buffer of another size");
  }
  return ReadAll(*file_, offsets_[tensor], reinterpret_cast<char*>(to.data()), to.size_bytes(),
                 path_);
}

Status SavedCheckpoint::CheckValues(uint64_t hash) const {
  std::string piece(std::min<uint64_t>(kPieceBytes, offsets_.back() - offsets_.front()), '\0');
  for (size_t tensor = 0; tensor + 1 < offsets_.size(); ++tensor) {
    for (uint64_t at = offsets_[tensor]; at < offsets_[tensor + 1];) {
      const size_t bytes = std::min<uint64_t>(kPieceBytes, offsets_[tensor + 1] - at);
      LOCKSTEP_RETURN_IF_ERROR(ReadAll(*file_, at, piece.data(), bytes, path_));
      hash = HashBytes(piece.data(), bytes, hash);
      at += bytes;
    }
  }
  uint64_t written = 0;
  LOCKSTEP_RETURN_IF_ERROR(ReadAll(*file_, offsets_.back(), reinterpret_cast<char*>(&written),
                                   sizeof(written), path_));
  return hash == written ? OkStatus() : BadDataError(path_ + ": damaged (its hash differs)");
}

StatusOr<SavedCheckpoint> ReadCheckpoint(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0 && errno == ENOENT) return MissingInputError(path + ": no such file");
  if (file < 0) return IoError("cannot open " + path + ": " + Cause());
  SavedCheckpoint saved;
  saved.path_ = path;
  saved.file_ = std::shared_ptr<const int>(new int(file), [](const int* open) {
    ::close(*open);
    delete open;
  });
  struct stat info {};
  if (::fstat(file, &info) != 0 || !S_ISREG(info.st_mode)) {
    return IoError("cannot read " + path + ": a file was expected");
  }
  const uint64_t size = static_cast<uint64_t>(info.st_size);
  Start start;
  LOCKSTEP_RETURN_IF_ERROR(ReadHead(file, size, path, &start, &saved.head_));
  LOCKSTEP_ASSIGN_OR_RETURN(
      saved.offsets_, Offsets(saved.head_, sizeof(start) + start.head_bytes, size, path));
  LOCKSTEP_RETURN_IF_ERROR(saved.CheckValues(start.head_hash));
  return saved;
}

StatusOr<SavedCheckpoint> ReadNewestCheckpoint(const std::string& folder, std::string* warning) {
  const std::vector<CheckpointFile> files = ListCheckpoints(folder);
  if (files.empty()) {
    return MissingInputError(folder + ": no checkpoint (step-*.ckpt) there; has the run finished?");
  }
  StatusOr<SavedCheckpoint> newest = ReadCheckpoint(files.front().path);
  for (size_t i = 1; i < files.size() && !newest.ok(); ++i) {
    StatusOr<SavedCheckpoint> older = ReadCheckpoint(files[i].path);
    if (!older.ok()) continue;
    if (warning != nullptr) {
      *warning = std::string(newest.status().message()) + "; took " + files[i].path;
    }
    return older;
  }
  return newest;
}

}  // namespace lockstep
