#include "core/data/image_folder.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <numeric>
#include <thread>
#include <utility>
#include <vector>

#include "core/base/number_text.h"
#include "core/data/augment.h"
#include "core/data/picture_files.h"
#include "core/data/picture_reader.h"
#include "core/data/read_pixels.h"

namespace lockstep {
namespace {

using ForOne = std::function<Status(int64_t i, PictureScratch* scratch)>;

// Calls `use` for 0 .. count-1 on all cores; the status of each.
std::vector<Status> ForAll(int64_t count, const ForOne& use) {
  std::vector<Status> statuses(static_cast<size_t>(count));
  std::atomic<int64_t> next{0};
  const auto run = [&] {
    PictureScratch scratch;
    for (int64_t i = next++; i < count; i = next++) {
      statuses[static_cast<size_t>(i)] = use(i, &scratch);
    }
  };
  const int64_t cores = std::max(1u, std::thread::hardware_concurrency());
  std::vector<std::thread> threads;
  for (int64_t i = 1; i < std::min(cores, count); ++i) threads.emplace_back(run);
  run();
  for (std::thread& thread : threads) thread.join();
  return statuses;
}

// "FOLDER: left out 3 files ...".
std::string Note(const std::string& folder, int64_t count, const std::string& what) {
  return folder + ": left out " + NumberText(static_cast<double>(count)) + " " + what;
}

// Leaves out the pictures that cannot be decoded.
Status SkipBroken(const PictureFiles& files, Dataset* data, std::vector<std::string>* notes) {
  const std::vector<Status> found = ForAll(data->size, [&](int64_t i, PictureScratch* scratch) {
    return data->reader->Check(data->pictures[static_cast<size_t>(i)], scratch);
  });
  std::vector<uint32_t> kept;
  std::vector<int32_t> labels;
  std::string first;
  for (size_t i = 0; i < found.size(); ++i) {
    if (found[i].ok()) {
      kept.push_back(data->pictures[i]);
      labels.push_back(data->labels[i]);
    } else if (first.empty()) {
      first = std::string(found[i].message());
    }
  }
  const int64_t broken = data->size - static_cast<int64_t>(kept.size());
  if (broken == 0) return OkStatus();
  if (kept.empty()) return BadDataError(files.folder + ": no picture can be decoded: " + first);
  notes->push_back(Note(files.folder, broken,
                        broken == 1 ? "picture that cannot be decoded: " + first
                                    : "pictures that cannot be decoded, the first: " + first));
  data->size = static_cast<int64_t>(kept.size());
  data->pictures = std::move(kept);
  data->labels = std::move(labels);
  return OkStatus();
}

StatusOr<Dataset> LoadSet(const ImageFolderData& config, const std::string& folder,
                          const std::vector<std::string>& classes,
                          std::vector<std::string>* notes) {
  LOCKSTEP_ASSIGN_OR_RETURN(PictureFiles files, ListPictures(folder, classes));
  if (files.ignored > 0) {
    notes->push_back(Note(folder, files.ignored,
                          files.ignored == 1 ? "file that is no .jpg or .png"
                                             : "files that are no .jpg or .png"));
  }
  Dataset data;
  data.size = static_cast<int64_t>(files.names.size());
  data.format.shape = {config.height(), config.width(), 3};
  data.format.encoding = Encoding::kUint8;
  data.format.classes = static_cast<int64_t>(classes.size());
  data.labels = std::move(files.labels);
  data.pictures.resize(files.names.size());
  std::iota(data.pictures.begin(), data.pictures.end(), 0u);
  const PictureTarget target = {config.height(), config.width(), config.resize()};
  data.reader =
      std::make_shared<PictureReader>(folder, std::move(files.names), files.bytes, target);
  if (config.skip_broken()) LOCKSTEP_RETURN_IF_ERROR(SkipBroken(files, &data, notes));
  return data;
}

}  // namespace

StatusOr<SampleFormat> ImageFolderFormat(const ImageFolderData& config) {
  LOCKSTEP_ASSIGN_OR_RETURN(const PictureFolders folders, FindPictureFolders(config));
  return SampleFormat{.shape = {config.height(), config.width(), 3},
                      .encoding = Encoding::kUint8,
                      .classes = static_cast<int64_t>(folders.classes.size())};
}

StatusOr<TrainAndTest> LoadImageFolder(const ImageFolderData& config, DatasetNeeds needs) {
  LOCKSTEP_ASSIGN_OR_RETURN(const PictureFolders folders, FindPictureFolders(config));
  TrainAndTest sets;
  sets.class_names = folders.classes;
  if (needs.train) {
    LOCKSTEP_ASSIGN_OR_RETURN(
        sets.train, LoadSet(config, folders.train, folders.classes, &sets.notes));
  }
  if (needs.test && !folders.test.empty()) {
    LOCKSTEP_ASSIGN_OR_RETURN(sets.test,
                              LoadSet(config, folders.test, folders.classes, &sets.notes));
  }
  return sets;
}

Status DecodeIfSmall(Dataset* data, int64_t max_bytes) {
  const int64_t features = data->format.features();
  const bool random_parts = data->augmentation != nullptr && data->augmentation->crops();
  if (data->reader == nullptr || random_parts || data->size > max_bytes / features) {
    return OkStatus();
  }
  std::vector<uint8_t> bytes(static_cast<size_t>(data->size * features));
  const std::vector<Status> read = ForAll(data->size, [&](int64_t i, PictureScratch* scratch) {
    return ReadPixels(*data, static_cast<uint32_t>(i), /*epoch=*/0, scratch,
                      bytes.data() + i * features);
  });
  for (const Status& status : read) LOCKSTEP_RETURN_IF_ERROR(status);
  data->bytes = std::move(bytes);
  data->reader = nullptr;
  data->pictures = {};
  return OkStatus();
}

}  // namespace lockstep
