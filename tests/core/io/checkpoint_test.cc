#include "core/io/checkpoint.h"

#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "core/base/file.h"
#include "core/base/hash.h"
#include "core/device/tensor.h"
#include "core/params/parameter_layout.h"
#include "tests/core/data/formats/damage.h"

namespace lockstep {
namespace {

constexpr int kKeep = 2;

ParameterLayout Layout(int64_t in = 2, int64_t out = 3) {
  return ParameterLayout({{.name = "dense/kernel", .shape = {in, out}},
                          {.name = "dense/bias", .shape = {out}, .group = ParameterGroup::kBias}});
}

// Weights that tell their place and step.
std::vector<float> Weights(int64_t step) {
  std::vector<float> weights(static_cast<size_t>(Layout().size_elems()));
  for (size_t i = 0; i < weights.size(); ++i) {
    weights[i] = static_cast<float>(i) + 0.001f * static_cast<float>(step);
  }
  return weights;
}

Checkpoint Make(int64_t step) {
  Checkpoint checkpoint;
  checkpoint.set_step(step);
  PutWeights(Layout(), Weights(step).data(), &checkpoint);
  SavedTensor* slot = checkpoint.add_slot();
  slot->set_name("momentum");
  slot->add_shape(1);
  slot->set_data(std::string(sizeof(float), 'm'));
  checkpoint.mutable_epoch_sums()->set_loss(0.1);
  return checkpoint;
}

// A new, absent folder for each test.
std::string Folder() {
  const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
  const std::string folder = JoinPath(::testing::TempDir(), test->name());
  std::filesystem::remove_all(folder);
  return folder;
}

std::set<std::string> FilesIn(const std::string& folder) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    names.insert(entry.path().filename().string());
  }
  return names;
}

void WriteSteps(const std::string& folder, const std::vector<int64_t>& steps) {
  for (const int64_t step : steps) ASSERT_TRUE(WriteCheckpoint(folder, Make(step), kKeep).ok());
}

// The bytes of the file that WriteCheckpoint makes.
std::string FileOf(const Checkpoint& checkpoint) {
  std::string payload;
  checkpoint.SerializeToString(&payload);
  const uint64_t hash = HashBytes(payload.data(), payload.size());
  return "LSCKPT1\n" + std::string(reinterpret_cast<const char*>(&hash), sizeof(hash)) + payload;
}

TEST(Checkpoint, ComesBackAsItWasWritten) {
  const std::string folder = Folder();
  WriteSteps(folder, {7});
  const StatusOr<Checkpoint> read = ReadCheckpoint(folder + "/step-0000000007.ckpt");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->SerializeAsString(), Make(7).SerializeAsString());
  EXPECT_EQ(*ReadFile(folder + "/step-0000000007.ckpt"), FileOf(Make(7)));
  std::vector<float> weights(Weights(0).size(), -1.0f);
  ASSERT_TRUE(GetWeights(*read, Layout(), weights.data()).ok());
  const ParameterLayout layout = Layout();
  for (const ParameterEntry& entry : layout.entries()) {
    const size_t offset = static_cast<size_t>(entry.offset_elems);
    const size_t bytes = static_cast<size_t>(entry.shape.elems()) * sizeof(float);
    EXPECT_EQ(std::memcmp(&weights[offset], &Weights(7)[offset], bytes), 0) << entry.name;
  }
}

TEST(Checkpoint, OfAnotherNetworkIsRefusedByTheParametersName) {
  std::vector<float> weights(1000);
  const Status other_size = GetWeights(Make(1), Layout(2, 4), weights.data());
  EXPECT_EQ(ComplaintAbout(other_size, "the checkpoint has no dense/kernel of shape [2, 4]"), "");
  EXPECT_FALSE(other_size.ok());
  const Status transposed = GetWeights(Make(1), Layout(3, 2), weights.data());
  EXPECT_EQ(ComplaintAbout(transposed, "the checkpoint has no dense/kernel of shape [3, 2]"), "");
  EXPECT_FALSE(transposed.ok());
  const ParameterLayout renamed({{.name = "dense_1/kernel", .shape = {2, 3}}});
  EXPECT_EQ(ExitCodeOf(GetWeights(Make(1), renamed, weights.data())), ExitCode::kBadData);
}

TEST(WriteCheckpoint, KeepsTheNewest) {
  const std::string folder = Folder();
  WriteSteps(folder, {1, 9, 10, 100});
  EXPECT_EQ(FilesIn(folder),
            (std::set<std::string>{"step-0000000010.ckpt", "step-0000000100.ckpt"}));
  EXPECT_EQ(ReadNewestCheckpoint(folder)->step(), 100);
}

TEST(WriteCheckpoint, StepsOfMoreThanTenDigitsAreNewerStill) {
  const std::string folder = Folder();
  WriteSteps(folder, {9999999999, 10000000000});
  EXPECT_EQ(ReadNewestCheckpoint(folder)->step(), 10000000000);
}

TEST(WriteCheckpoint, ANewTrainingInTheFolderReplacesTheLaterStepsOfTheOldOne) {
  const std::string folder = Folder();
  WriteSteps(folder, {500, 1000, 3});
  EXPECT_EQ(FilesIn(folder), std::set<std::string>{"step-0000000003.ckpt"});
}

TEST(WriteCheckpoint, FilesOfOtherNamesAreNeitherRemovedNorRead) {
  const std::string folder = Folder();
  ASSERT_TRUE(MakeFolders(folder).ok());
  const std::set<std::string> others = {"best.ckpt",    "copy-7.ckpt", "step-.ckpt", "step-1x.ckpt",
                                        "step--5.ckpt", "step-99.tmp", "notes.txt",  "zz.ckpt"};
  for (const std::string& name : others) {
    ASSERT_TRUE(WriteFileAtomically(JoinPath(folder, name), "mine").ok());
  }
  EXPECT_EQ(ExitCodeOf(ReadNewestCheckpoint(folder).status()), ExitCode::kMissingInput);
  WriteSteps(folder, {1, 2, 3});
  EXPECT_EQ(ReadNewestCheckpoint(folder)->step(), 3);
  for (const std::string& name : others) EXPECT_TRUE(FileExists(JoinPath(folder, name))) << name;
}

TEST(WriteCheckpoint, PartsThatAStoppedProcessLeftAreRemoved) {
  const std::string folder = Folder();
  WriteSteps(folder, {1});
  for (const char* part : {"step-0000000002.ckpt.tmp", "step-0000000003.ckpt.tmp123"}) {
    ASSERT_TRUE(WriteFileAtomically(JoinPath(folder, part), "half").ok());
  }
  WriteSteps(folder, {4});
  EXPECT_EQ(FilesIn(folder), (std::set<std::string>{"step-0000000001.ckpt", "step-0000000004.ckpt"}));
}

TEST(WriteCheckpoint, AFolderThatCannotBeMadeCannotBeWritten) {
  const std::string file = Folder();
  ASSERT_TRUE(WriteFileAtomically(file, "a file in the way").ok());
  EXPECT_EQ(ExitCodeOf(WriteCheckpoint(file, Make(1), kKeep)), ExitCode::kCannotWrite);
}

TEST(WriteCheckpoint, AFailedWriteLeavesTheOldOnesAndNoPart) {
  const std::string folder = Folder();
  WriteSteps(folder, {1, 2});
  ASSERT_TRUE(MakeFolders(folder + "/step-0000000003.ckpt/in the way").ok());
  EXPECT_EQ(ExitCodeOf(WriteCheckpoint(folder, Make(3), kKeep)), ExitCode::kCannotWrite);
  EXPECT_EQ(FilesIn(folder), (std::set<std::string>{"step-0000000001.ckpt", "step-0000000002.ckpt",
                                                    "step-0000000003.ckpt"}));
}

TEST(ReadNewestCheckpoint, ADamagedOneIsPassedOverWithAWarning) {
  const std::string folder = Folder();
  WriteSteps(folder, {1, 2});
  const std::string newest = folder + "/step-0000000002.ckpt";
  ASSERT_TRUE(WriteFileAtomically(newest, ReadFile(newest)->substr(0, 40)).ok());
  std::string warning;
  const StatusOr<Checkpoint> read = ReadNewestCheckpoint(folder, &warning);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->step(), 1);
  EXPECT_EQ(warning,
            newest + ": damaged (its hash differs); took " + folder + "/step-0000000001.ckpt");
}

TEST(ReadNewestCheckpoint, WithoutAReadableOneTheNewestIsToBlame) {
  const std::string folder = Folder();
  WriteSteps(folder, {1, 2});
  for (const std::string& name : FilesIn(folder)) {
    ASSERT_TRUE(WriteFileAtomically(JoinPath(folder, name), "LSCKPT1\n and rubbish").ok());
  }
  std::string warning;
  const Status status = ReadNewestCheckpoint(folder, &warning).status();
  EXPECT_EQ(Message(status), folder + "/step-0000000002.ckpt: damaged (its hash differs)");
  EXPECT_EQ(warning, "");
}

TEST(ReadNewestCheckpoint, NoFolderAndAnEmptyOneAreMissingInput) {
  const std::string folder = Folder();
  EXPECT_EQ(ExitCodeOf(ReadNewestCheckpoint(folder).status()), ExitCode::kMissingInput);
  ASSERT_TRUE(MakeFolders(folder).ok());
  const Status status = ReadNewestCheckpoint(folder).status();
  EXPECT_EQ(ExitCodeOf(status), ExitCode::kMissingInput);
  EXPECT_TRUE(Message(status).starts_with(folder)) << status;
}

TEST(ParseCheckpoint, EveryCutIsRefused) {
  ForEachCut(FileOf(Make(3)), [](const std::string& cut, size_t at) {
    const Status status = ParseCheckpoint(cut, "a.ckpt").status();
    ASSERT_FALSE(status.ok()) << at;
    ASSERT_EQ(ComplaintAbout(status, "a.ckpt: "), "") << at;
  });
}

TEST(ParseCheckpoint, EveryChangedByteIsFoundByTheHash) {
  const std::string file = FileOf(Make(3));
  ForEachFlip(file, 0, file.size(), [](const std::string& damaged, size_t at) {
    const Status status = ParseCheckpoint(damaged, "a.ckpt").status();
    ASSERT_FALSE(status.ok()) << at;
    ASSERT_EQ(ComplaintAbout(status, "a.ckpt: "), "") << at;
  });
}

TEST(ParseCheckpoint, MoreBytesAreFoundByTheHash) {
  EXPECT_FALSE(ParseCheckpoint(FileOf(Make(3)) + std::string(1, '\0'), "a.ckpt").ok());
}

// A hash that fits promises nothing: what the message holds is checked, too.
TEST(ParseCheckpoint, ShapesThatDoNotFitTheirValuesAreRefused) {
  const std::vector<std::vector<int64_t>> kShapes = {
      {},
      {2},
      {-1},
      {-1, -1},
      {1, 1, 1, 1, 1, 1},
      {int64_t{1} << 62},
      {int64_t{1} << 32, int64_t{1} << 32},
      {0},
  };
  for (const std::vector<int64_t>& shape : kShapes) {
    Checkpoint checkpoint = Make(3);
    SavedTensor* slot = checkpoint.mutable_slot(0);
    slot->clear_shape();
    for (const int64_t extent : shape) slot->add_shape(extent);
    if (shape.empty()) slot->clear_data();
    const Status status = ParseCheckpoint(FileOf(checkpoint), "a.ckpt").status();
    EXPECT_EQ(ComplaintAbout(status, "a.ckpt: the shape of momentum does not fit"), "");
    EXPECT_FALSE(status.ok());
  }
  Checkpoint negative = Make(3);
  negative.set_step(-1);
  EXPECT_EQ(
      ComplaintAbout(ParseCheckpoint(FileOf(negative), "a.ckpt").status(), "a.ckpt: its step"), "");
  EXPECT_FALSE(ParseCheckpoint(FileOf(negative), "a.ckpt").ok());
}

}  // namespace
}  // namespace lockstep
