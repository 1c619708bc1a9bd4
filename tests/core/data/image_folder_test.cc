#include "core/data/image_folder.h"

#include <gtest/gtest.h>

#include "core/data/augment.h"
#include "tests/core/data/picture_folder.h"

namespace lockstep {
namespace {

constexpr DatasetNeeds kBoth = {.train = true, .test = true};

ImageFolderData Config(const PictureFolder& folder, bool skip_broken = false) {
  ImageFolderData config;
  config.set_path(folder.path());
  config.set_height(12);
  config.set_width(20);
  config.set_skip_broken(skip_broken);
  return config;
}

// Classes a (2 pictures) and b (1) to train with, b (1) to test, and a note.
void Fill(const PictureFolder& folder) {
  folder.Add("train/a/1.jpg", "turned_1.jpg");
  folder.Add("train/a/2.jpg", "turned_2.jpg");
  folder.Add("train/b/1.png", "colour.png");
  folder.Add("test/b/1.jpg", "turned_3.jpg");
  folder.Write("train/a/readme.txt", "x");
}

TEST(ImageFolder, SetsHaveTheClassesOfTheFoldersAndNothingIsDecoded) {
  const PictureFolder folder("sets");
  Fill(folder);
  const auto sets = LoadImageFolder(Config(folder), kBoth);
  ASSERT_TRUE(sets.ok()) << sets.status();
  EXPECT_EQ(sets->class_names, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(sets->train.labels, (std::vector<int32_t>{0, 0, 1}));
  EXPECT_EQ(sets->test.labels, std::vector<int32_t>{1});
  EXPECT_EQ(sets->train.format.shape, (std::vector<int64_t>{12, 20, 3}));
  EXPECT_EQ(sets->train.format.classes, 2);
  EXPECT_EQ(sets->test.format.classes, 2);
  EXPECT_TRUE(sets->train.bytes.empty());
  EXPECT_EQ(sets->notes, std::vector<std::string>{
                             folder.path() + "/train: left out 1 file that is no .jpg or .png"});
  const auto format = ImageFolderFormat(Config(folder));
  EXPECT_EQ(format->shape, sets->train.format.shape);
  EXPECT_EQ(format->classes, 2);
}

TEST(ImageFolder, ASmallSetIsDecodedOnceIntoMemory) {
  const PictureFolder folder("small");
  Fill(folder);
  Dataset train = LoadImageFolder(Config(folder), kBoth)->train;
  const int64_t bytes = 3 * 12 * 20 * 3;
  ASSERT_EQ(DecodeIfSmall(&train, bytes - 1), OkStatus());
  EXPECT_NE(train.reader, nullptr);
  ASSERT_EQ(DecodeIfSmall(&train, bytes), OkStatus());
  EXPECT_EQ(train.reader, nullptr);
  const RgbPixels first = Expected("turned_1.jpg"), second = Expected("turned_2.jpg");
  EXPECT_EQ(LargestDifference(train.bytes.data(), first.bytes.data(), 720), 0);
  EXPECT_EQ(LargestDifference(train.bytes.data() + 720, second.bytes.data(), 720), 0);
}

TEST(ImageFolder, RandomPartsAreDecodedEachTime) {
  const PictureFolder folder("parts");
  Fill(folder);
  Dataset train = LoadImageFolder(Config(folder), kBoth)->train;
  AugmentConfig augment;
  augment.mutable_random_resized_crop();
  train.augmentation = std::make_shared<Augmentation>(augment, 1);
  ASSERT_EQ(DecodeIfSmall(&train, 1 << 30), OkStatus());
  EXPECT_NE(train.reader, nullptr);
}

TEST(ImageFolder, ABrokenPictureIsNamedOrLeftOutAndCounted) {
  const PictureFolder folder("broken");
  Fill(folder);
  folder.Write("train/a/15.jpg", "no picture");
  folder.Write("train/b/9.png", PictureFile("colour.png").substr(0, 200));
  Dataset train = LoadImageFolder(Config(folder), kBoth)->train;
  EXPECT_EQ(DecodeIfSmall(&train, 1 << 30).message(),
            folder.path() + "/train/a/15.jpg: neither a JPEG nor a PNG picture by its first bytes; "
                            "remove it, or have such left out: image_folder { skip_broken: true }");

  const auto sets = LoadImageFolder(Config(folder, /*skip_broken=*/true), kBoth);
  ASSERT_TRUE(sets.ok()) << sets.status();
  EXPECT_EQ(sets->train.size, 3);
  EXPECT_EQ(sets->train.labels, (std::vector<int32_t>{0, 0, 1}));
  ASSERT_EQ(sets->notes.size(), 2u);
  EXPECT_EQ(sets->notes[1], folder.path() +
                                "/train: left out 2 pictures that cannot be decoded, the first: " +
                                folder.path() + "/train/a/15.jpg: neither a JPEG nor a PNG picture "
                                                "by its first bytes");
  train = sets->train;
  EXPECT_EQ(DecodeIfSmall(&train, 1 << 30), OkStatus());
}

TEST(ImageFolder, NoGoodPictureAtAllIsAnError) {
  const PictureFolder folder("none");
  folder.Write("a/1.jpg", "x");
  folder.Write("b/1.jpg", "x");
  const auto sets = LoadImageFolder(Config(folder, /*skip_broken=*/true), kBoth);
  EXPECT_EQ(ExitCodeOf(sets.status()), ExitCode::kBadData);
}

}  // namespace
}  // namespace lockstep
