#include "core/data/loader.h"

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <numeric>

#include "core/data/augment.h"
#include "core/data/image_folder.h"
#include "tests/core/data/picture_folder.h"
#include "tests/core/data/sets.h"

namespace lockstep {
namespace {

std::shared_ptr<const Augmentation> Changes(const std::string& text) {
  AugmentConfig config;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &config));
  return std::make_shared<Augmentation>(config, 5);
}

// 24 pictures in files, 12 of each class, that become 16 x 16.
Dataset InFiles(const PictureFolder& folder) {
  const char* kinds[] = {"colour.jpg", "grey.jpg", "colour.png", "turned_6.jpg"};
  for (int i = 0; i < 24; ++i) {
    const std::string kind = kinds[i % 4];
    folder.Add((i % 2 == 0 ? "a/" : "b/") + std::to_string(i) + kind.substr(kind.size() - 4), kind);
  }
  ImageFolderData config;
  config.set_path(folder.path());
  config.set_height(16);
  config.set_width(16);
  StatusOr<TrainAndTest> sets = LoadImageFolder(config, {.train = true, .test = false});
  EXPECT_TRUE(sets.ok()) << sets.status();
  sets->train.augmentation = Changes("random_resized_crop {} horizontal_flip: true");
  return std::move(sets->train);
}

// Batches of `rows` samples, over and over the set backwards, `epochs` times.
LoadOrder Backwards(const Dataset& data, size_t rows, uint32_t epochs) {
  std::vector<uint32_t> ids(static_cast<size_t>(data.size));
  std::iota(ids.rbegin(), ids.rend(), 0u);
  return [ids, rows, epochs, epoch = 1u, at = size_t{0}](LoadRequest* request) mutable {
    if (at >= ids.size()) ++epoch, at = 0;
    if (epoch > epochs) return false;
    const size_t count = std::min(rows, ids.size() - at);
    *request = {epoch, std::span(ids).subspan(at, count)};
    at += count;
    return true;
  };
}

// All that a loader gives: pixels, then labels.
std::vector<uint8_t> AllOf(const Dataset& data, int threads) {
  constexpr size_t kRows = 7;
  Loader loader(&data, {.max_rows = kRows, .threads = threads}, Backwards(data, kRows, 3));
  std::vector<uint8_t> all;
  LoadOrder order = Backwards(data, kRows, 3);
  for (LoadRequest request; order(&request);) {
    const auto batch = loader.Next(request.ids);
    EXPECT_TRUE(batch.ok()) << batch.status();
    const uint8_t* bytes = (*batch)->bytes;
    all.insert(all.end(), bytes, bytes + (*batch)->rows * data.format.features());
    for (int64_t row = 0; row < (*batch)->rows; ++row) {
      EXPECT_EQ((*batch)->sample_ids[row], request.ids[static_cast<size_t>(row)]);
      all.push_back(static_cast<uint8_t>((*batch)->labels[row]));
    }
  }
  return all;
}

TEST(Loader, TheNumberOfThreadsDoesNotChangeAByte) {
  const Dataset data = InFiles(PictureFolder("threads"));
  const std::vector<uint8_t> expected = AllOf(data, 0);
  EXPECT_EQ(expected.size(), 3u * 24 * (16 * 16 * 3 + 1));
  for (const int threads : {1, 2, 8}) EXPECT_EQ(AllOf(data, threads), expected) << threads;
}

TEST(Loader, PicturesInMemoryAreChangedLikeThoseInFiles) {
  Dataset data = InFiles(PictureFolder("memory"));
  data.augmentation = Changes("pad_and_crop: 3 color_jitter { contrast: 0.3 }");
  const std::vector<uint8_t> expected = AllOf(data, 2);
  ASSERT_EQ(DecodeIfSmall(&data, 1 << 20), OkStatus());
  ASSERT_EQ(data.reader, nullptr);
  EXPECT_EQ(AllOf(data, 2), expected);
}

TEST(Loader, SamplesThatNeedOnlyBeCopiedAreGatheredWithoutTheOrder) {
  Dataset data = EmptySet({.shape = {2}, .targets = 1}, 3);
  data.dense = {0, 1, 10, 11, 20, 21};
  data.targets = {5, 6, 7};
  Loader loader(&data, {.max_rows = 2}, nullptr);
  const std::vector<uint32_t> ids = {2, 0};
  const auto batch = loader.Next(ids);
  ASSERT_TRUE(batch.ok());
  EXPECT_EQ(std::vector<float>((*batch)->dense.data, (*batch)->dense.data + 4),
            (std::vector<float>{20, 21, 0, 1}));
}

TEST(Loader, AnErrorComesAtItsBatchAndIsOfItsFirstBrokenSample) {
  const PictureFolder folder("broken");
  const Dataset data = InFiles(folder);
  // Backwards and by 7: samples 23 .. 17, 16 .. 10, 9 .. 3, 2 .. 0.
  for (const uint32_t sample : {5u, 8u}) {
    const std::string path = data.reader->path(data.pictures[sample]);
    ASSERT_TRUE(WriteFileAtomically(path, "no picture").ok());
  }
  for (const int threads : {0, 1, 8}) {
    Loader loader(&data, {.max_rows = 7, .threads = threads}, Backwards(data, 7, 1));
    LoadOrder order = Backwards(data, 7, 1);
    LoadRequest request;
    for (const bool good : {true, true, false}) {
      ASSERT_TRUE(order(&request));
      const auto batch = loader.Next(request.ids);
      ASSERT_EQ(batch.ok(), good) << batch.status();
      if (good) continue;
      EXPECT_EQ(batch.status().message(),
                data.reader->path(data.pictures[8]) +
                    ": neither a JPEG nor a PNG picture by its first bytes; "
                    "remove it, or have such left out: image_folder { skip_broken: true }");
      EXPECT_EQ(ExitCodeOf(batch.status()), ExitCode::kBadData);
    }
  }
}

TEST(Loader, ItEndsCleanlyWhereverTheCallerStops) {
  const Dataset data = InFiles(PictureFolder("stop"));
  for (int taken = 0; taken <= 4; ++taken) {
    Loader loader(&data, {.max_rows = 7, .threads = 3}, Backwards(data, 7, 100));
    LoadOrder order = Backwards(data, 7, 100);
    for (int i = 0; i < taken; ++i) {
      LoadRequest request;
      ASSERT_TRUE(order(&request));
      EXPECT_TRUE(loader.Next(request.ids).ok());
    }
  }
}

// Two micro-batches, and one more for every thread's four samples.
TEST(Loader, ItReadsNoFurtherAheadThanItsRing) {
  const Dataset data = InFiles(PictureFolder("ring"));
  std::atomic<int> asked{0};
  LoadOrder order = [&asked, inner = Backwards(data, 4, 100)](LoadRequest* request) mutable {
    ++asked;
    return inner(request);
  };
  Loader loader(&data, {.max_rows = 4, .threads = 1}, std::move(order));
  LoadOrder same = Backwards(data, 4, 100);
  LoadRequest request;
  for (int taken = 1; taken <= 12; ++taken) {
    ASSERT_TRUE(same(&request));
    ASSERT_TRUE(loader.Next(request.ids).ok());
    EXPECT_LE(asked, taken + 2);
  }
}

}  // namespace
}  // namespace lockstep
