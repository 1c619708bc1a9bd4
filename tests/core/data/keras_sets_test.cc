#include "core/data/keras_sets.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <numeric>
#include <string>
#include <vector>

#include "core/base/file.h"
#include "tests/testing/command.h"
#include "tests/testing/npz_file.h"
#include "tests/testing/scoped_environment.h"

namespace lockstep {
namespace {

constexpr DatasetNeeds kBoth = {.train = true, .test = true};

uint64_t Sum(const std::vector<uint8_t>& bytes) {
  return std::accumulate(bytes.begin(), bytes.end(), uint64_t{0});
}

// An IDX file of bytes.
std::string Idx(const std::vector<uint8_t>& shape, const std::string& values) {
  std::string file = std::string("\0\0\x08", 3) + static_cast<char>(shape.size());
  for (const uint8_t extent : shape) file += std::string(3, '\0') + static_cast<char>(extent);
  return file + values;
}

class SmallKerasSets : public testing::Test {
 protected:
  // An empty data folder, the only one.
  void SetUp() override {
    folder_ =
        JoinPath(testing::TempDir(), testing::UnitTest::GetInstance()->current_test_info()->name());
    ASSERT_EQ(RunCommand("rm -rf '" + folder_ + "'").exit_code, 0);
    ASSERT_TRUE(MakeFolders(folder_).ok());
    ::setenv("LOCKSTEP_DATA", folder_.c_str(), 1);
  }
  void Put(const std::string& name, const std::string& bytes) {
    const std::string path = JoinPath(folder_, name);
    ASSERT_TRUE(MakeFolders(path.substr(0, path.rfind('/'))).ok());
    ASSERT_TRUE(WriteFileAtomically(path, bytes).ok());
  }
  void PutTestdata(const std::string& name) {
    const auto bytes = ReadFile(RunfilePath("tests/core/data/testdata/" + name));
    ASSERT_TRUE(bytes.ok()) << bytes.status().message();
    Put(name, *bytes);
  }

  std::string folder_;

 private:
  ScopedEnvironment data_{"LOCKSTEP_DATA", ""};
  ScopedEnvironment home_{"HOME", ""};
};

TEST_F(SmallKerasSets, BostonIsShuffledAndAFifthIsTheTestSet) {
  PutTestdata("boston_housing.npz");
  const auto sets = LoadBostonHousing(kBoth);
  ASSERT_TRUE(sets.ok()) << sets.status().message();
  EXPECT_EQ(sets->train.size, 16);  // int(21 * 0.8)
  EXPECT_EQ(sets->test.size, 5);
  EXPECT_EQ(sets->train.format.shape, std::vector<int64_t>({13}));
  EXPECT_EQ(sets->train.format.classes, 0);
  EXPECT_EQ(sets->train_exact.size(), 16u * 13u);
  const auto train_alone = LoadBostonHousing({.train = true, .test = false});
  EXPECT_EQ(train_alone->train.dense, sets->train.dense);
  EXPECT_EQ(train_alone->test.size, 0);
}

TEST_F(SmallKerasSets, MnistComesFromItsNpz) {
  PutTestdata("mnist.npz");
  const auto sets = LoadMnist(kBoth);
  ASSERT_TRUE(sets.ok()) << sets.status().message();
  EXPECT_EQ(sets->train.size, 12);
  EXPECT_EQ(sets->train.format.shape, std::vector<int64_t>({5, 4, 1}));
  EXPECT_EQ(sets->train.format.encoding, Encoding::kUint8);
  EXPECT_EQ(sets->train.format.classes, 10);
  EXPECT_EQ(sets->test.labels, std::vector<int32_t>({9, 0, 4}));
}

TEST_F(SmallKerasSets, MnistComesFromIdxFilesWhereThereIsNoNpz) {
  for (const std::string part : {"train", "t10k"}) {
    Put("mnist/" + part + "-images-idx3-ubyte.gz", Idx({2, 1, 2}, "abcd"));
    Put("mnist/" + part + "-labels-idx1-ubyte.gz", Idx({2}, "\x07\x09"));
  }
  const auto sets = LoadMnist(kBoth);
  ASSERT_TRUE(sets.ok()) << sets.status().message();
  EXPECT_EQ(sets->train.bytes, std::vector<uint8_t>({'a', 'b', 'c', 'd'}));
  EXPECT_EQ(sets->test.labels, std::vector<int32_t>({7, 9}));
  EXPECT_EQ(sets->test.format.classes, 10);
}

TEST_F(SmallKerasSets, AnAbsentSetNamesTheFileToBring) {
  const Status mnist = LoadMnist(kBoth).status();
  EXPECT_EQ(ExitCodeOf(mnist), ExitCode::kMissingInput);
  EXPECT_NE(std::string(mnist.message()).find("mnist.npz"), std::string::npos);
  EXPECT_EQ(ExitCodeOf(LoadBostonHousing(kBoth).status()), ExitCode::kMissingInput);
}

TEST_F(SmallKerasSets, DamagedIdxFilesOfMnistAreNotCalledAbsent) {
  Put("mnist/train-images-idx3-ubyte.gz", Idx({2, 1, 2}, "abc"));
  Put("mnist/train-labels-idx1-ubyte.gz", Idx({2}, "\x07\x09"));
  const Status status = LoadMnist({.train = true, .test = false}).status();
  EXPECT_EQ(ExitCodeOf(status), ExitCode::kBadData) << status;
  EXPECT_NE(std::string(status.message()).find("train-images-idx3"), std::string::npos) << status;
}

TEST_F(SmallKerasSets, LabelsPastTheClassesAreRefused) {
  Put("mnist.npz", NpzBytes({MakeMember<uint8_t>("x_train", {2, 1, 1}, {1, 2}),
                             MakeMember<uint8_t>("y_train", {2}, {3, 10})}));
  const Status npz = LoadMnist({.train = true, .test = false}).status();
  EXPECT_EQ(ExitCodeOf(npz), ExitCode::kBadData);
  EXPECT_NE(std::string(npz.message()).find("label 10 of sample 1"), std::string::npos);
  Put("fashion-mnist/train-images-idx3-ubyte.gz", Idx({1, 1, 1}, "a"));
  Put("fashion-mnist/train-labels-idx1-ubyte.gz", Idx({1}, "\x0a"));
  const Status idx = LoadFashionMnist({.train = true, .test = false}).status();
  EXPECT_EQ(ExitCodeOf(idx), ExitCode::kBadData);
  EXPECT_NE(std::string(idx.message()).find("label 10"), std::string::npos) << idx.message();
}

TEST_F(SmallKerasSets, ArraysThatDoNotFitAreRefused) {
  const auto x = MakeMember<uint8_t>("x_train", {2, 1, 1}, {1, 2});
  Put("mnist.npz", NpzBytes({x, MakeMember<uint8_t>("y_train", {1}, {3})}));
  EXPECT_EQ(ExitCodeOf(LoadMnist({.train = true, .test = false}).status()), ExitCode::kBadData);
  Put("mnist.npz", NpzBytes({MakeMember<float>("x_train", {2, 1, 1}, {1, 2}),
                             MakeMember<uint8_t>("y_train", {2}, {3, 4})}));
  EXPECT_EQ(ExitCodeOf(LoadMnist({.train = true, .test = false}).status()), ExitCode::kBadData);
  Put("boston_housing.npz",
      NpzBytes({MakeMember<double>("x", {2, 1}, {1, 2}), MakeMember<double>("y", {3}, {1, 2, 3})}));
  EXPECT_EQ(ExitCodeOf(LoadBostonHousing(kBoth).status()), ExitCode::kBadData);
}

TEST_F(SmallKerasSets, AnIdxPairHasAsManyLabelsAsImages) {
  Put("i", Idx({2, 1, 1}, "ab"));
  Put("l", Idx({3}, "abc"));
  EXPECT_EQ(ExitCodeOf(LoadIdxPair(folder_ + "/i", folder_ + "/l").status()), ExitCode::kBadData);
  EXPECT_EQ(LoadIdxPair("", "")->size, 0);
}

class FullKerasSets : public testing::Test {
 protected:
  void SetUp() override {
    if (std::getenv("LOCKSTEP_DATA") == nullptr) {
      GTEST_SKIP() << "NOT TESTED: LOCKSTEP_DATA is not set";
    }
  }
};

TEST_F(FullKerasSets, BostonIsWhatKerasLoads) {
  const auto sets = LoadBostonHousing(kBoth);
  ASSERT_TRUE(sets.ok()) << sets.status().message();
  EXPECT_EQ(sets->train.size, 404);
  EXPECT_EQ(sets->test.size, 102);
  EXPECT_EQ(std::vector<double>(sets->train_exact.begin(), sets->train_exact.begin() + 13),
            std::vector<double>(
                {1.23247, 0, 8.14, 0, 0.538, 6.142, 91.7, 3.9769, 4, 307, 21, 396.9, 18.72}));
  EXPECT_EQ(std::vector<float>(sets->train.targets.begin(), sets->train.targets.begin() + 3),
            std::vector<float>({15.2f, 42.3f, 50.0f}));
  EXPECT_EQ(std::vector<float>(sets->test.targets.begin(), sets->test.targets.begin() + 3),
            std::vector<float>({7.2f, 18.8f, 19.0f}));
}

TEST_F(FullKerasSets, MnistIsWhatKerasLoads) {
  const auto sets = LoadMnist(kBoth);
  ASSERT_TRUE(sets.ok()) << sets.status().message();
  EXPECT_EQ(sets->train.size, 60000);
  EXPECT_EQ(sets->test.size, 10000);
  EXPECT_EQ(Sum(sets->train.bytes), 1567298545u);
  EXPECT_EQ(Sum(sets->test.bytes), 264923200u);
  EXPECT_EQ(std::vector<int32_t>(sets->train.labels.begin(), sets->train.labels.begin() + 5),
            std::vector<int32_t>({5, 0, 4, 1, 9}));
}

TEST_F(FullKerasSets, MnistIsTheSameFromIdxFiles) {
  const std::string folder = std::string(std::getenv("LOCKSTEP_DATA")) + "/mnist-idx";
  if (!FileExists(folder)) GTEST_SKIP() << "NOT TESTED: there is no " << folder;
  const auto npz = LoadMnist({.train = false, .test = true});
  const auto idx =
      LoadIdxPair(folder + "/t10k-images-idx3-ubyte.gz", folder + "/t10k-labels-idx1-ubyte.gz");
  ASSERT_TRUE(npz.ok() && idx.ok());
  EXPECT_EQ(idx->bytes, npz->test.bytes);
  EXPECT_EQ(idx->labels, npz->test.labels);
}

TEST_F(FullKerasSets, FashionMnistHasTenClassesOfTheSameSize) {
  const auto sets = LoadFashionMnist(kBoth);
  if (ExitCodeOf(sets.status()) == ExitCode::kMissingInput) {
    GTEST_SKIP() << "NOT TESTED: Fashion-MNIST is not installed";
  }
  ASSERT_TRUE(sets.ok()) << sets.status().message();
  std::vector<int64_t> counts(10);
  for (const int32_t label : sets->train.labels) ++counts[static_cast<size_t>(label)];
  EXPECT_EQ(counts, std::vector<int64_t>(10, 6000));
  EXPECT_EQ(sets->class_names[9], "Ankle boot");
  EXPECT_EQ(sets->train.labels[0], 9);
}

}  // namespace
}  // namespace lockstep
