#include "core/data/formats/npz_reader.h"

#include <zip.h>

#include <string_view>
#include <utility>

#include "absl/strings/str_format.h"
#include "core/base/file.h"
#include "core/base/printable.h"
#include "core/data/formats/inflate_limit.h"

namespace lockstep {
namespace {

constexpr std::string_view kSuffix = ".npy";

struct CloseFile {
  void operator()(zip_file_t* file) const { zip_fclose(file); }
};

}  // namespace

struct NpzReader::State {
  std::string name;
  std::string bytes;  // borrowed by `archive`
  zip_t* archive = nullptr;

  ~State() {
    if (archive != nullptr) zip_discard(archive);
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
  if (bytes.empty()) {  // libzip takes it for an archive of nothing
    return BadDataError(name + ": not an .npz file (a zip archive): it is empty");
  }
  auto state = std::make_unique<State>();
  state->name = name;
  state->bytes = std::move(bytes);
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source =
      zip_source_buffer_create(state->bytes.data(), state->bytes.size(), /*freep=*/0, &error);
  if (source != nullptr) {
    state->archive = zip_open_from_source(source, ZIP_RDONLY, &error);
    if (state->archive == nullptr) zip_source_free(source);
  }
  const std::string cause = zip_error_strerror(&error);
  zip_error_fini(&error);
  if (state->archive == nullptr) {
    return BadDataError(absl::StrFormat(
        "%s: not an .npz file (a zip archive): %s; if it was downloaded, it may be cut short", name,
        cause));
  }
  return NpzReader(std::move(state));
}

std::vector<std::string> NpzReader::ArrayNames() const {
  std::vector<std::string> names;
  const zip_int64_t entries = zip_get_num_entries(state_->archive, 0);
  for (zip_int64_t i = 0; i < entries; ++i) {
    const char* entry = zip_get_name(state_->archive, static_cast<zip_uint64_t>(i), 0);
    std::string name = entry == nullptr ? "" : entry;
    if (!name.ends_with(kSuffix)) continue;
    name.resize(name.size() - kSuffix.size());
    names.push_back(std::move(name));
  }
  return names;
}

bool NpzReader::Has(const std::string& array) const {
  return zip_name_locate(state_->archive, (array + std::string(kSuffix)).c_str(), 0) >= 0;
}

StatusOr<NpyArray> NpzReader::Read(const std::string& array) const {
  const std::string where = state_->name + ", array " + Printable(array);
  const zip_int64_t index =
      zip_name_locate(state_->archive, (array + std::string(kSuffix)).c_str(), 0);
  if (index < 0) {
    NameList names;
    for (const std::string& name : ArrayNames()) names.Add(name);
    return BadDataError(absl::StrFormat("%s: no array \"%s\"; it holds: %s", state_->name,
                                        Printable(array),
                                        names.empty() ? "none" : names.ToString()));
  }
  zip_stat_t info;
  zip_stat_init(&info);
  constexpr zip_uint64_t kNeeded = ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE;
  if (zip_stat_index(state_->archive, static_cast<zip_uint64_t>(index), 0, &info) != 0 ||
      (info.valid & kNeeded) != kNeeded || info.comp_size > state_->bytes.size() ||
      info.size > MaxInflatedBytes(info.comp_size)) {
    return BadDataError(where + ": its size does not fit the bytes in the archive");
  }
  const std::unique_ptr<zip_file_t, CloseFile> file(
      zip_fopen_index(state_->archive, static_cast<zip_uint64_t>(index), 0));
  if (file == nullptr) {
    return BadDataError(where + ": cannot be read: " + zip_strerror(state_->archive));
  }
  std::string bytes(info.size, '\0');
  size_t done = 0;
  char past_end = 0;
  while (true) {  // to the end of the stream and once more: there libzip checks the CRC
    const bool full = done == bytes.size();
    const zip_int64_t got = full ? zip_fread(file.get(), &past_end, 1)
                                 : zip_fread(file.get(), bytes.data() + done, bytes.size() - done);
    if (got == 0 && full) break;
    if (got <= 0 || full) {
      return BadDataError(absl::StrFormat("%s: damaged after %d of %d bytes: %s", where, done,
                                          bytes.size(), zip_file_strerror(file.get())));
    }
    done += static_cast<size_t>(got);
  }
  return ParseNpy(std::move(bytes), where);
}

}  // namespace lockstep
