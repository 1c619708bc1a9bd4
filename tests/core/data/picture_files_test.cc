#include "core/data/picture_files.h"

#include <gtest/gtest.h>

#include "tests/core/data/picture_folder.h"

namespace lockstep {
namespace {

using Names = std::vector<std::string>;

StatusOr<PictureFolders> Find(const std::string& path, const std::string& test_path = "") {
  ImageFolderData config;
  config.set_path(path);
  if (!test_path.empty()) config.set_test_path(test_path);
  return FindPictureFolders(config);
}

TEST(PictureFiles, ClassesAreTheFoldersInSortedOrder) {
  const PictureFolder folder("classes");
  for (const char* name : {"b/1.jpg", "a/1.jpg", ".git/1.jpg", "c.txt"}) folder.Write(name, "x");
  const auto found = Find(folder.path());
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->train, folder.path());
  EXPECT_EQ(found->test, "");
  EXPECT_EQ(found->classes, (Names{"a", "b"}));
}

TEST(PictureFiles, ATestSetLiesBesideTrainOrWhereItIsSaid) {
  const PictureFolder folder("beside");
  folder.Write("train/a/1.jpg", "x");
  folder.Write("train/b/1.jpg", "x");
  folder.Write("val/a/1.jpg", "x");
  EXPECT_EQ(Find(folder.path())->train, folder.path() + "/train");
  EXPECT_EQ(Find(folder.path())->test, folder.path() + "/val");
  EXPECT_EQ(Find(folder.path(), "/elsewhere")->test, "/elsewhere");
  folder.Write("test/a/1.jpg", "x");
  EXPECT_EQ(Find(folder.path())->test, folder.path() + "/test");
}

TEST(PictureFiles, FilesComeInSortedOrderAndOthersAreCounted) {
  const PictureFolder folder("files");
  for (const char* name : {"b/z.png", "a/2.JPG", "a/10.jpeg", "a/notes.txt", "a/.hidden.jpg",
                           "b/Thumbs.db", "a/inner/3.jpg"}) {
    folder.Write(name, "12345");
  }
  std::filesystem::create_symlink(folder.path() + "/b/z.png", folder.path() + "/a/link.png");
  std::filesystem::create_symlink("nowhere", folder.path() + "/a/broken.png");
  const auto files = ListPictures(folder.path(), {"a", "b"});
  ASSERT_TRUE(files.ok()) << files.status();
  EXPECT_EQ(files->names, (Names{"a/10.jpeg", "a/2.JPG", "a/link.png", "b/z.png"}));
  EXPECT_EQ(files->labels, (std::vector<int32_t>{0, 0, 0, 1}));
  EXPECT_EQ(files->bytes, std::vector<int64_t>(4, 5));
  EXPECT_EQ(files->ignored, 2);
}

TEST(PictureFiles, WhatCannotBeASetIsSaidInOneLine) {
  const PictureFolder folder("wrong");
  EXPECT_EQ(ExitCodeOf(Find(folder.path() + "/none").status()), ExitCode::kMissingInput);
  folder.Write("a/1.jpg", "x");
  EXPECT_EQ(ExitCodeOf(Find(folder.path()).status()), ExitCode::kBadData);
  folder.Write("b/1.txt", "x");
  EXPECT_EQ(ListPictures(folder.path(), {"a", "b"}).status().message(),
            folder.path() + "/b: no .jpg or .png file in it; remove the folder or fill it");
  EXPECT_EQ(ListPictures(folder.path(), {"b"}).status().message(),
            folder.path() + "/a: no class of the training set has this name");
}

}  // namespace
}  // namespace lockstep
