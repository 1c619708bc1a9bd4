// PictureReader: pictures in files as samples of one size.
#ifndef LOCKSTEP_CORE_DATA_PICTURE_READER_H_
#define LOCKSTEP_CORE_DATA_PICTURE_READER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"
#include "core/data/formats/picture_bytes.h"
#include "core/data/resize.h"

namespace lockstep {

// The working memory of one thread.
struct PictureScratch {
  RgbPixels decoded;
  std::vector<uint8_t> scaled;
  Resizer resizer;
};

// The size that pictures are brought to. Without a part they are scaled until they cover `resize`
// times this, and the middle is taken.
struct PictureTarget {
  int64_t height = 0, width = 0;
  double resize = 1;
};

// Chooses the part of a picture of this height and width (as it is to be seen) that is scaled to
// the target, whatever its aspect.
class PartChooser {
 public:
  virtual ~PartChooser() = default;
  virtual PixelRect Choose(int64_t height, int64_t width) const = 0;
};

// Decodes the JPEG or PNG file `bytes`, turns it as its EXIF orientation says, scales `chooser`'s
// part (nullptr: the middle) to target's size and writes it to `out` [height, width, 3]. Errors:
// BadDataError that begins with `name`.
Status DecodePicture(std::string_view bytes, const std::string& name, const PictureTarget& target,
                     const PartChooser* chooser, PictureScratch* scratch, uint8_t* out);

// Only whether the file can be decoded, all of it. Errors: as above.
Status CheckPicture(std::string_view bytes, const std::string& name, PictureScratch* scratch);

// Files that are decoded each time they are read. Immutable; thread-safe.
class PictureReader {
 public:
  // `names` are below `folder`, `bytes` their sizes.
  PictureReader(std::string folder, std::vector<std::string> names,
                const std::vector<int64_t>& bytes, const PictureTarget& target);

  // As DecodePicture, of file `number`. Errors: also MissingInputError, IoError.
  Status Read(uint32_t number, const PartChooser* chooser, PictureScratch* scratch,
              uint8_t* out) const;
  Status Check(uint32_t number, PictureScratch* scratch) const;

  std::string path(uint32_t number) const;
  // Of the names and sizes of all files: hosts that hold other files differ.
  uint64_t fingerprint() const { return fingerprint_; }

 private:
  std::string folder_;
  std::vector<std::string> names_;
  PictureTarget target_;
  uint64_t fingerprint_ = 0;
};

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_DATA_PICTURE_READER_H_
