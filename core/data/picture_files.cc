#include "core/data/picture_files.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "core/base/file.h"
#include "core/base/printable.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

enum class Wanted { kFolders, kFiles };

bool IsHidden(const std::string& name) { return name.starts_with('.'); }

bool EndsAsPicture(const std::string& name) {
  std::string ending = fs::path(name).extension().string();
  for (char& c : ending) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return ending == ".jpg" || ending == ".jpeg" || ending == ".jpe" || ending == ".png";
}

// Sorted names of the folders or of the files in `folder`, what links name as if it were here.
StatusOr<std::vector<std::string>> NamesIn(const std::string& folder, Wanted wanted) {
  std::error_code error;
  fs::directory_iterator entry(folder, error);
  if (error) {
    return MissingInputError(folder + ": expected a folder of pictures: " + error.message());
  }
  std::vector<std::string> names;
  for (; entry != fs::directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    std::error_code ignored;  // a link that leads nowhere is neither
    const bool taken = wanted == Wanted::kFolders ? entry->is_directory(ignored)
                                                  : entry->is_regular_file(ignored);
    if (taken && !IsHidden(name)) names.push_back(name);
  }
  if (error) return IoError(folder + ": cannot be listed: " + error.message());
  std::sort(names.begin(), names.end());
  return names;
}

bool IsFolder(const std::string& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

}  // namespace

StatusOr<PictureFolders> FindPictureFolders(const ImageFolderData& config) {
  PictureFolders folders;
  folders.train = config.path();
  if (!IsFolder(config.path())) {
    return MissingInputError(config.path() + ": no such folder; data.image_folder.path expects "
                                             "PATH/CLASS/FILE or PATH/train/CLASS/FILE");
  }
  if (const std::string train = JoinPath(config.path(), "train"); IsFolder(train)) {
    folders.train = train;
    for (const char* name : {"val", "test"}) {
      if (const std::string test = JoinPath(config.path(), name); IsFolder(test)) {
        folders.test = test;
      }
    }
  }
  if (config.has_test_path()) folders.test = config.test_path();
  LOCKSTEP_ASSIGN_OR_RETURN(folders.classes, NamesIn(folders.train, Wanted::kFolders));
  if (folders.classes.size() < 2) {
    return BadDataError(folders.train + ": found " + std::to_string(folders.classes.size()) +
                        " folders, expected one for each class of pictures, at least 2");
  }
  return folders;
}

StatusOr<PictureFiles> ListPictures(const std::string& folder,
                                    const std::vector<std::string>& classes) {
  PictureFiles files;
  files.folder = folder;
  LOCKSTEP_ASSIGN_OR_RETURN(const std::vector<std::string> found,
                            NamesIn(folder, Wanted::kFolders));
  for (const std::string& name : found) {
    const auto place = std::lower_bound(classes.begin(), classes.end(), name);
    const std::string path = JoinPath(folder, name);
    if (place == classes.end() || *place != name) {
      return BadDataError(Printable(path, path.size()) + ": no class of the training set has this "
                                                         "name");
    }
    LOCKSTEP_ASSIGN_OR_RETURN(std::vector<std::string> inside, NamesIn(path, Wanted::kFiles));
    const size_t before = files.names.size();
    for (const std::string& file : inside) {
      if (!EndsAsPicture(file)) {
        ++files.ignored;
        continue;
      }
      std::error_code error;
      const auto bytes = fs::file_size(JoinPath(path, file), error);
      if (error) return IoError(JoinPath(path, file) + ": " + error.message());
      files.names.push_back(name + "/" + file);
      files.labels.push_back(static_cast<int32_t>(place - classes.begin()));
      files.bytes.push_back(static_cast<int64_t>(bytes));
    }
    if (files.names.size() == before) {
      return BadDataError(Printable(path, path.size()) +
                          ": no .jpg or .png file in it; remove the folder or fill it");
    }
  }
  if (files.names.empty()) return BadDataError(folder + ": no folder with pictures in it");
  return files;
}

}  // namespace lockstep
