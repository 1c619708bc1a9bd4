#include "core/data/data_files.h"

#include <cstdlib>

#include "core/base/file.h"
#include "core/data/catalog.h"

namespace lockstep {
namespace {

constexpr const char* kCache = ".cache/lockstep";

// The variable's value, "" if it is unset.
std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

std::vector<std::string> DataFolders() {
  std::vector<std::string> folders;
  if (const std::string data = Variable("LOCKSTEP_DATA"); !data.empty()) folders.push_back(data);
  if (const std::string home = Variable("HOME"); !home.empty()) {
    folders.push_back(JoinPath(home, kCache));
    folders.push_back(JoinPath(home, ".keras/datasets"));
  }
  folders.emplace_back("/usr/share/datasets");
  return folders;
}

StatusOr<std::string> DownloadFolder() {
  if (const std::string data = Variable("LOCKSTEP_DATA"); !data.empty()) return data;
  if (const std::string home = Variable("HOME"); !home.empty()) return JoinPath(home, kCache);
  return UsageError("neither LOCKSTEP_DATA nor HOME is set: say where to with --folder");
}

StatusOr<std::string> FindDataFile(const std::string& name) {
  std::string looked;
  for (const std::string& folder : DataFolders()) {
    const std::string path = JoinPath(folder, name);
    if (FileExists(path)) return path;
    looked += (looked.empty() ? "" : ", ") + folder;
  }
  std::string fetch;
  for (const CatalogEntry& entry : Catalog()) {
    for (const CatalogFile& file : entry.files) {
      if (file.name == name) fetch = "; `lockstep data fetch " + entry.name + "` downloads it";
    }
  }
  return MissingInputError(name + ": not found in " + looked + fetch +
                           ", or put it into one of these folders");
}

}  // namespace lockstep
