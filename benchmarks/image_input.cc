// How many training pictures of 224 x 224 one thread makes in a second out of a folder's JPEG
// files: random parts, scaled and mirrored, as a training of an image network takes them.
//
//     bazel run //benchmarks:image_input -- FOLDER
//
// FOLDER is as data.image_folder.path. Beside it, the rate of libjpeg-turbo alone: the whole
// pictures at full size, and those parts of them that are needed at the size at which they are
// needed. benchmarks/peers/torch_images.py measures the same with Pillow and torchvision. Files
// are read before the clock starts.
#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/data/augment.h"
#include "core/data/formats/jpeg.h"
#include "core/data/picture_files.h"
#include "core/data/picture_reader.h"
#include "core/data/random_part.h"

namespace lockstep {
namespace {

constexpr int64_t kSide = 224;
constexpr int kRepeats = 5;

// The best pictures per second of some repeats of `make(i)` for all pictures.
template <typename Make>
double Rate(size_t pictures, const Make& make) {
  int64_t best_ns = INT64_MAX;
  for (int repeat = 0; repeat < kRepeats; ++repeat) {
    const int64_t start_ns = NowNs();
    for (size_t i = 0; i < pictures; ++i) make(i);
    best_ns = std::min(best_ns, NowNs() - start_ns);
  }
  return 1e9 * static_cast<double>(pictures) / static_cast<double>(best_ns);
}

void Show(const char* what, double rate) {
  std::printf("%-48s %7.0f pictures/s %8.3f ms\n", what, rate, 1e3 / rate);
}

StatusOr<std::vector<std::string>> ReadJpegs(const std::string& path) {
  ImageFolderData config;
  config.set_path(path);
  LOCKSTEP_ASSIGN_OR_RETURN(const PictureFolders folders, FindPictureFolders(config));
  LOCKSTEP_ASSIGN_OR_RETURN(const PictureFiles files, ListPictures(folders.train, folders.classes));
  std::vector<std::string> jpegs;
  for (const std::string& name : files.names) {
    LOCKSTEP_ASSIGN_OR_RETURN(std::string bytes, ReadFile(JoinPath(files.folder, name)));
    if (IsJpeg(bytes)) jpegs.push_back(std::move(bytes));
  }
  if (jpegs.empty()) return BadDataError(path + ": no JPEG file below it");
  return jpegs;
}

JpegPart Whole(const PictureHeader& header) { return {{0, 0, header.height, header.width}, 1}; }

// About what a sample needs of a picture: its part, as small as it may be.
JpegPart Needed(const PictureHeader& header, const PartChooser& chooser) {
  const PixelRect part = chooser.Choose(header.height, header.width);
  int64_t reduce = 8;
  while (reduce > 1 && std::min(part.height, part.width) < kSide * reduce) reduce /= 2;
  return {part, reduce};
}

Status Measure(const std::string& path) {
  LOCKSTEP_ASSIGN_OR_RETURN(const std::vector<std::string> jpegs, ReadJpegs(path));
  AugmentConfig config;
  config.mutable_random_resized_crop();
  config.set_horizontal_flip(true);
  const Augmentation augmentation(config, 1);
  PictureScratch scratch;
  std::vector<uint8_t> sample(kSide * kSide * 3);
  Status status;
  const auto decode = [&](size_t i, bool all) {
    const RandomPart part(&augmentation, {1, i});
    const auto header = ReadJpegHeader(jpegs[i], "picture");
    if (!header.ok()) return status.Update(header.status());
    PixelRect covered;
    status.Update(DecodeJpeg(jpegs[i], "picture", all ? Whole(*header) : Needed(*header, part),
                             &scratch.decoded, &covered));
  };
  const auto make = [&](size_t i) {
    const RandomPart part(&augmentation, {1, i});
    status.Update(DecodePicture(jpegs[i], "picture", {kSide, kSide, 1}, &part, &scratch,
                                sample.data()));
  };
  std::printf("%zu pictures, one thread\n", jpegs.size());
  Show("libjpeg-turbo, whole pictures", Rate(jpegs.size(), [&](size_t i) { decode(i, true); }));
  Show("libjpeg-turbo, the parts needed", Rate(jpegs.size(), [&](size_t i) { decode(i, false); }));
  Show("decoded and scaled", Rate(jpegs.size(), make));
  Show("decoded, scaled and mirrored: a sample", Rate(jpegs.size(), [&](size_t i) {
         make(i);
         augmentation.Change({1, i}, kSide, kSide, sample);
       }));
  return status;
}

}  // namespace
}  // namespace lockstep

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: image_input FOLDER\n");
    return 64;
  }
  const lockstep::Status status = lockstep::Measure(argv[1]);
  if (!status.ok()) std::fprintf(stderr, "%s\n", std::string(status.message()).c_str());
  return static_cast<int>(lockstep::ExitCodeOf(status));
}
