// The pictures below a folder: PATH/CLASS/FILE, or PATH/train/CLASS/FILE with the test set beside.
#ifndef LOCKSTEP_CORE_DATA_PICTURE_FILES_H_
#define LOCKSTEP_CORE_DATA_PICTURE_FILES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "proto/config.pb.h"

namespace lockstep {

// The files of one set. Links are followed; names that begin with a dot are hidden.
struct PictureFiles {
  std::string folder;
  std::vector<std::string> names;  // "daisy/1.jpg", in sorted order of class and file
  std::vector<int32_t> labels;     // [names]
  std::vector<int64_t> bytes;      // [names] size of each file
  int64_t ignored = 0;             // files that are no pictures by their endings
};

// What an image_folder config names.
struct PictureFolders {
  std::string train;
  std::string test;                  // "" if there is none
  std::vector<std::string> classes;  // the folders in `train`, sorted
};

// Looks which folders there are. Errors: MissingInputError if PATH is not there, BadDataError for
// fewer than two classes.
StatusOr<PictureFolders> FindPictureFolders(const ImageFolderData& config);

// The files in folder/CLASS, ending in .jpg, .jpeg, .jpe or .png (in any case). Errors:
// MissingInputError, BadDataError for a class without pictures or a folder that is no class.
StatusOr<PictureFiles> ListPictures(const std::string& folder,
                                    const std::vector<std::string>& classes);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_DATA_PICTURE_FILES_H_
