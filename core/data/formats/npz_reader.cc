#include "core/data/formats/npz_reader.h"

#include <minizip/unzip.h>
#include <zlib.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/strings/str_format.h"
#include "core/base/file.h"
#include "core/base/printable.h"
#include "core/data/formats/inflate_limit.h"
#include "core/data/formats/zip_buffer.h"

namespace lockstep {
namespace {

constexpr std::string_view kSuffix = ".npy";

// A file in the archive.
struct Entry {
  std::string name;
  uint64_t stored_bytes = 0;
  uint64_t bytes = 0;
  unz64_file_pos place = {};
};

std::string CauseOf(int error) {
  if (error == UNZ_CRCERROR) return "its CRC is another";
  if (error == UNZ_BADZIPFILE) return "its headers contradict each other";
  return error < 0 && error >= Z_VERSION_ERROR ? zError(error) : "it ends early";
}

// The directory, or nothing if it is damaged.
std::optional<std::vector<Entry>> EntriesOf(unzFile archive) {
  std::vector<Entry> entries;
  unz_global_info64 all = {};
  if (unzGetGlobalInfo64(archive, &all) != UNZ_OK) return std::nullopt;
  for (uint64_t i = 0; i < all.number_entry; ++i) {
    if (i > 0 && unzGoToNextFile(archive) != UNZ_OK) return std::nullopt;
    if (i == 0 && unzGoToFirstFile(archive) != UNZ_OK) return std::nullopt;
    unz_file_info64 info = {};
    Entry entry;
    constexpr size_t kLongestName = 0xffff;
    entry.name.resize(kLongestName);
    if (unzGetCurrentFileInfo64(archive, &info, entry.name.data(), kLongestName, nullptr, 0,
                                nullptr, 0) != UNZ_OK ||
        unzGetFilePos64(archive, &entry.place) != UNZ_OK) {
      return std::nullopt;
    }
    entry.name.resize(info.size_filename);
    entry.name.shrink_to_fit();
    entry.stored_bytes = info.compressed_size;
    entry.bytes = info.uncompressed_size;
    entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace

struct NpzReader::State {
  std::string name;
  ZipBuffer buffer;  // borrowed by `archive`
  unzFile archive = nullptr;
  std::vector<Entry> entries;

  ~State() {
    if (archive != nullptr) unzClose(archive);
  }
  const Entry* Find(const std::string& array) const {
    const std::string file = array + std::string(kSuffix);
    const auto found = std::find_if(entries.begin(), entries.end(),
                                    [&](const Entry& entry) { return entry.name == file; });
    return found == entries.end() ? nullptr : &*found;
  }
};

NpzReader::NpzReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
NpzReader::NpzReader(NpzReader&&) noexcept = default;
NpzReader& NpzReader::operator=(NpzReader&&) noexcept = default;
NpzReader::~NpzReader() = default;

StatusOr<NpzReader> NpzReader::Open(const std::string& path) {
  LOCKSTEP_ASSIGN_OR_RETURN(std::string bytes, ReadFile(path));
  return FromBytes(std::move(bytes), path);
}

StatusOr<NpzReader> NpzReader::FromBytes(std::string bytes, const std::string& name) {
  auto state = std::make_unique<State>();
  state->name = name;
  constexpr size_t kEndBytes = 22;  // minizip takes an archive of nothing for no archive
  if (bytes.size() == kEndBytes && bytes.starts_with("PK\x05\x06")) {
    return NpzReader(std::move(state));
  }
  state->buffer.bytes = std::move(bytes);
  zlib_filefunc64_def functions = state->buffer.Functions();
  state->archive = unzOpen2_64(name.c_str(), &functions);
  auto entries = state->archive == nullptr ? std::nullopt : EntriesOf(state->archive);
  if (!entries) {
    return BadDataError(absl::StrFormat(
        "%s: not an .npz file (a zip archive): its directory is missing or damaged; if it was "
        "downloaded, it may be cut short",
        name));
  }
  state->entries = std::move(*entries);
  return NpzReader(std::move(state));
}

std::vector<std::string> NpzReader::ArrayNames() const {
  std::vector<std::string> names;
  for (const Entry& entry : state_->entries) {
    if (!entry.name.ends_with(kSuffix)) continue;
    names.push_back(entry.name.substr(0, entry.name.size() - kSuffix.size()));
  }
  return names;
}

bool NpzReader::Has(const std::string& array) const { return state_->Find(array) != nullptr; }

StatusOr<NpyArray> NpzReader::Read(const std::string& array) const {
  const std::string where = state_->name + ", array " + Printable(array);
  const Entry* entry = state_->Find(array);
  if (entry == nullptr) {
    NameList names;
    for (const std::string& name : ArrayNames()) names.Add(name);
    return BadDataError(absl::StrFormat("%s: no array \"%s\"; it holds: %s", state_->name,
                                        Printable(array),
                                        names.empty() ? "none" : names.ToString()));
  }
  if (entry->stored_bytes > state_->buffer.bytes.size() ||
      entry->bytes > MaxInflatedBytes(entry->stored_bytes)) {
    return BadDataError(where + ": its size does not fit the bytes in the archive");
  }
  int error = unzGoToFilePos64(state_->archive, &entry->place);
  if (error == UNZ_OK) error = unzOpenCurrentFile(state_->archive);
  if (error != UNZ_OK) return BadDataError(where + ": cannot be read: " + CauseOf(error));
  std::string bytes(entry->bytes, '\0');
  size_t done = 0;
  int got = 1;
  while (done < bytes.size() && got > 0) {
    constexpr size_t kMost = size_t{1} << 30;  // the count that is returned is an int
    got = unzReadCurrentFile(state_->archive, bytes.data() + done,
                             static_cast<unsigned>(std::min(bytes.size() - done, kMost)));
    if (got > 0) done += static_cast<size_t>(got);
  }
  const int closed = unzCloseCurrentFile(state_->archive);  // compares the CRC of a whole file
  if (done < bytes.size() || closed != UNZ_OK) {
    return BadDataError(absl::StrFormat("%s: damaged after %d of %d bytes: %s", where, done,
                                        bytes.size(), CauseOf(got < 0 ? got : closed)));
  }
  return ParseNpy(std::move(bytes), where);
}

}  // namespace lockstep
