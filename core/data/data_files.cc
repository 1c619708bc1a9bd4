#include "core/data/data_files.h"

#include <cstdlib>

#include "core/base/file.h"
#include "core/data/catalog.h"

namespace lockstep {

std::vector<std::string> DataFolders() {
  std::vector<std::string> folders;
  if (const char* data = std::getenv("LOCKSTEP_DATA"); data != nullptr && *data != '\0') {
    folders.emplace_back(data);
  }
  if (const char* home = std::getenv("HOME"); home != nullptr && *home != '\0') {
    folders.push_back(JoinPath(home, ".cache/lockstep"));
    folders.push_back(JoinPath(home, ".keras/datasets"));
  }
  folders.emplace_back("/usr/share/datasets");
  return folders;
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
