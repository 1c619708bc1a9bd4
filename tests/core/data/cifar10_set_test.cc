#include "core/data/cifar10_set.h"

#include <gtest/gtest.h>

#include "core/data/formats/cifar.h"
#include "tests/core/data/formats/tar_file.h"
#include "tests/core/data/picture_folder.h"
#include "tests/testing/scoped_environment.h"

namespace lockstep {
namespace {

constexpr DatasetNeeds kBoth = {.train = true, .test = true};
constexpr DatasetNeeds kTest = {.train = false, .test = true};

// 10000 records; record i has label i modulo 10 and only the value `value`.
std::string Batch(char value) {
  std::string batch;
  for (int i = 0; i < 10000; ++i) {
    batch += static_cast<char>(i % 10);
    batch.append(kCifarPictureBytes, value);
  }
  return batch;
}

TEST(Cifar10, TheFilesOfAFolderAreTheSets) {
  const PictureFolder folder("cifar");
  const ScopedEnvironment data("LOCKSTEP_DATA", folder.path());
  for (int i = 1; i <= 5; ++i) {
    folder.Write("cifar-10-batches-bin/data_batch_" + std::to_string(i) + ".bin",
                 Batch(static_cast<char>(i)));
  }
  folder.Write("cifar-10-batches-bin/test_batch.bin", Batch(9));
  const auto sets = LoadCifar10(kBoth);
  ASSERT_TRUE(sets.ok()) << sets.status();
  EXPECT_EQ(sets->train.size, 50000);
  EXPECT_EQ(sets->test.size, 10000);
  EXPECT_EQ(sets->train.format.shape, (std::vector<int64_t>{32, 32, 3}));
  EXPECT_EQ(sets->train.format.classes, 10);
  for (size_t i = 0; i < 50000; i += 9999) {
    EXPECT_EQ(sets->train.bytes[i * 3072], i / 10000 + 1);
    EXPECT_EQ(sets->train.labels[i], static_cast<int32_t>(i % 10));
  }
  EXPECT_EQ(sets->test.bytes.back(), 9);
  EXPECT_EQ(sets->class_names.front(), "airplane");
  EXPECT_EQ(sets->class_names.back(), "truck");
}

TEST(Cifar10, TheArchiveIsReadWhereThereIsNoFolder) {
  const PictureFolder folder("cifar_archive");
  const ScopedEnvironment data("LOCKSTEP_DATA", folder.path());
  std::string names;
  for (int i = 0; i < 10; ++i) names += "class" + std::to_string(i) + "\n";
  folder.Write("cifar-10-binary.tar.gz",
               Gzip(TarMember("cifar-10-batches-bin/batches.meta.txt", names + "\n") +
                    TarMember("cifar-10-batches-bin/test_batch.bin", Batch(4)) + TarEnd()));
  const auto sets = LoadCifar10(kTest);
  ASSERT_TRUE(sets.ok()) << sets.status();
  EXPECT_EQ(sets->test.size, 10000);
  EXPECT_EQ(sets->train.size, 0);
  EXPECT_EQ(sets->class_names.back(), "class9");
  EXPECT_EQ(LoadCifar10(kBoth).status().message(),
            folder.path() + "/cifar-10-binary.tar.gz: has no data_batch_1.bin; fetch it again");
}

TEST(Cifar10, AFileOfAnotherSizeOrNoFileIsNamed) {
  const PictureFolder folder("cifar_wrong");
  const ScopedEnvironment data("LOCKSTEP_DATA", folder.path());
  const ScopedEnvironment home("HOME", folder.path());
  EXPECT_EQ(ExitCodeOf(LoadCifar10(kTest).status()), ExitCode::kMissingInput);
  folder.Write("cifar-10-batches-bin/test_batch.bin", "short");
  EXPECT_EQ(LoadCifar10(kTest).status().message(),
            folder.path() + "/cifar-10-batches-bin/test_batch.bin: found 5 bytes, expected "
                            "30730000: 10000 pictures of 3073 bytes; fetch it again");
}

}  // namespace
}  // namespace lockstep
