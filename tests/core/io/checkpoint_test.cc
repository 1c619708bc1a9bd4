#include "core/io/checkpoint.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
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

// Of `weights`, which must outlive it.
CheckpointDraft Make(int64_t step, const std::vector<float>& weights) {
  static constexpr float kMomentum[] = {0.5f};
  CheckpointDraft draft;
  draft.head.set_step(step);
  PutWeights(Layout(), weights.data(), &draft);
  SavedTensor* slot = draft.head.add_slot();
  slot->set_name("momentum");
  slot->add_shape(1);
  draft.slots.emplace_back(kMomentum);
  draft.head.mutable_epoch_sums()->set_loss(0.1);
  return draft;
}

Status Write(const std::string& folder, int64_t step) {
  const std::vector<float> weights = Weights(step);
  return WriteCheckpoint(folder, Make(step, weights), kKeep);
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
  for (const int64_t step : steps) ASSERT_TRUE(Write(folder, step).ok());
}

template <typename T>
std::string Bytes(const T& value) {
  return {reinterpret_cast<const char*>(&value), sizeof(value)};
}

// A file of `head` and `values`, its hashes right.
std::string FileOf(const Checkpoint& head, const std::string& values) {
  const std::string bytes = head.SerializeAsString();
  const uint64_t start = HashBytes(bytes.data(), bytes.size(), bytes.size());
  uint64_t hash = start;
  size_t at = 0;
  for (const auto* tensors : {&head.weight(), &head.slot()}) {
    for (const SavedTensor& tensor : *tensors) {
      size_t size = sizeof(float);
      for (const int64_t extent : tensor.shape()) size *= static_cast<size_t>(extent);
      if (size == 0 || size > values.size() - at) continue;
      hash = HashBytes(values.data() + at, size, hash);
      at += size;
    }
  }
  return "LSCKPT2\n" + Bytes(uint64_t{bytes.size()}) + Bytes(start) + bytes + values + Bytes(hash);
}

std::string FileOf(int64_t step) {
  const std::vector<float> weights = Weights(step);
  const CheckpointDraft draft = Make(step, weights);
  std::string values;
  for (const auto* tensors : {&draft.weights, &draft.slots}) {
    for (const auto& tensor : *tensors) {
      values.append(reinterpret_cast<const char*>(tensor.data()), tensor.size_bytes());
    }
  }
  return FileOf(draft.head, values);
}

// A file in memory with the bytes given; messages name it path().
class MemoryFile {
 public:
  MemoryFile() : file_(::memfd_create("checkpoint", MFD_CLOEXEC)) {}
  ~MemoryFile() { ::close(file_); }
  std::string path() const { return "/proc/self/fd/" + std::to_string(file_); }
  StatusOr<SavedCheckpoint> Read(const std::string& bytes) const {
    EXPECT_EQ(::ftruncate(file_, 0), 0);
    EXPECT_EQ(::pwrite(file_, bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
    return ReadCheckpoint(path());
  }

 private:
  int file_;
};

TEST(Checkpoint, ComesBackAsItWasWritten) {
  const std::string folder = Folder();
  WriteSteps(folder, {7});
  const StatusOr<SavedCheckpoint> read = ReadCheckpoint(folder + "/step-0000000007.ckpt");
  ASSERT_TRUE(read.ok()) << read.status();
  const std::vector<float> written = Weights(7);
  EXPECT_EQ(read->head().SerializeAsString(), Make(7, written).head.SerializeAsString());
  float momentum = 0;
  ASSERT_TRUE(read->ReadSlot(0, {&momentum, 1}).ok());
  EXPECT_EQ(momentum, 0.5f);
  EXPECT_EQ(*ReadFile(folder + "/step-0000000007.ckpt"), FileOf(7));
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
  const MemoryFile file;
  const StatusOr<SavedCheckpoint> saved = file.Read(FileOf(1));
  ASSERT_TRUE(saved.ok()) << saved.status();
  const Status other_size = GetWeights(*saved, Layout(2, 4), weights.data());
  EXPECT_EQ(ComplaintAbout(other_size, "the checkpoint has no dense/kernel of shape [2, 4]"), "");
  EXPECT_FALSE(other_size.ok());
  const Status transposed = GetWeights(*saved, Layout(3, 2), weights.data());
  EXPECT_EQ(ComplaintAbout(transposed, "the checkpoint has no dense/kernel of shape [3, 2]"), "");
  EXPECT_FALSE(transposed.ok());
  const ParameterLayout renamed({{.name = "dense_1/kernel", .shape = {2, 3}}});
  EXPECT_EQ(ExitCodeOf(GetWeights(*saved, renamed, weights.data())), ExitCode::kBadData);
}

TEST(WriteCheckpoint, KeepsTheNewest) {
  const std::string folder = Folder();
  WriteSteps(folder, {1, 9, 10, 100});
  EXPECT_EQ(FilesIn(folder),
            (std::set<std::string>{"step-0000000010.ckpt", "step-0000000100.ckpt"}));
  EXPECT_EQ(ReadNewestCheckpoint(folder)->head().step(), 100);
}

TEST(WriteCheckpoint, StepsOfMoreThanTenDigitsAreNewerStill) {
  const std::string folder = Folder();
  WriteSteps(folder, {9999999999, 10000000000});
  EXPECT_EQ(ReadNewestCheckpoint(folder)->head().step(), 10000000000);
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
  EXPECT_EQ(ReadNewestCheckpoint(folder)->head().step(), 3);
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
  EXPECT_EQ(ExitCodeOf(Write(file, 1)), ExitCode::kCannotWrite);
}

TEST(WriteCheckpoint, AFailedWriteLeavesTheOldOnesAndNoPart) {
  const std::string folder = Folder();
  WriteSteps(folder, {1, 2});
  ASSERT_TRUE(MakeFolders(folder + "/step-0000000003.ckpt/in the way").ok());
  EXPECT_EQ(ExitCodeOf(Write(folder, 3)), ExitCode::kCannotWrite);
  EXPECT_EQ(FilesIn(folder), (std::set<std::string>{"step-0000000001.ckpt", "step-0000000002.ckpt",
                                                    "step-0000000003.ckpt"}));
}

TEST(ReadNewestCheckpoint, ADamagedOneIsPassedOverWithAWarning) {
  const std::string folder = Folder();
  WriteSteps(folder, {1, 2});
  const std::string newest = folder + "/step-0000000002.ckpt";
  ASSERT_TRUE(WriteFileAtomically(newest, ReadFile(newest)->substr(0, 40)).ok());
  std::string warning;
  const StatusOr<SavedCheckpoint> read = ReadNewestCheckpoint(folder, &warning);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->head().step(), 1);
  EXPECT_EQ(warning,
            newest + ": damaged (cut short); took " + folder + "/step-0000000001.ckpt");
}

TEST(ReadNewestCheckpoint, WithoutAReadableOneTheNewestIsToBlame) {
  const std::string folder = Folder();
  WriteSteps(folder, {1, 2});
  for (const std::string& name : FilesIn(folder)) {
    ASSERT_TRUE(WriteFileAtomically(JoinPath(folder, name), "LSCKPT2\n and rubbish").ok());
  }
  std::string warning;
  const Status status = ReadNewestCheckpoint(folder, &warning).status();
  EXPECT_EQ(Message(status), folder + "/step-0000000002.ckpt: damaged (cut short)");
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

TEST(ReadCheckpoint, EveryCutIsRefused) {
  const MemoryFile file;
  ForEachCut(FileOf(3), [&](const std::string& cut, size_t at) {
    const Status status = file.Read(cut).status();
    ASSERT_FALSE(status.ok()) << at;
    ASSERT_EQ(ComplaintAbout(status, file.path() + ": "), "") << at;
  });
}

TEST(ReadCheckpoint, EveryChangedByteIsFound) {
  const MemoryFile file;
  const std::string good = FileOf(3);
  const auto expect_refused = [&](const std::string& damaged, size_t at) {
    const Status status = file.Read(damaged).status();
    ASSERT_FALSE(status.ok()) << at;
    ASSERT_EQ(ComplaintAbout(status, file.path() + ": "), "") << at;
  };
  ForEachFlip(good, 0, good.size(), expect_refused, 17);
}

TEST(ReadCheckpoint, MoreBytesAreRefused) {
  EXPECT_FALSE(MemoryFile().Read(FileOf(3) + std::string(1, '\0')).ok());
}

TEST(ReadCheckpoint, OneOfTheFirstFormatIsToldApart) {
  const MemoryFile file;
  const Status status = file.Read("LSCKPT1\n and what it held").status();
  EXPECT_FALSE(status.ok());
  EXPECT_EQ(ComplaintAbout(status, file.path() + ": a checkpoint of an older lockstep"), "");
}

// A hash that fits promises nothing: what the head says is checked, too.
TEST(ReadCheckpoint, ShapesThatDoNotFitTheValuesAreRefused) {
  const std::vector<std::vector<int64_t>> kShapes = {
      {2}, {-1}, {-1, -1}, {1, 1, 1, 1, 1, 1}, {0},
      {int64_t{1} << 62}, {int64_t{1} << 32, int64_t{1} << 32},
  };
  const MemoryFile file;
  for (const std::vector<int64_t>& shape : kShapes) {
    Checkpoint head;
    head.add_slot()->set_name("momentum");
    for (const int64_t extent : shape) head.mutable_slot(0)->add_shape(extent);
    const Status status = file.Read(FileOf(head, "four")).status();
    EXPECT_EQ(ComplaintAbout(status, file.path() + ": damaged ("), "");
    EXPECT_FALSE(status.ok());
  }
  Checkpoint negative;
  negative.set_step(-1);
  const Status status = file.Read(FileOf(negative, "")).status();
  EXPECT_EQ(ComplaintAbout(status, file.path() + ": its step"), "");
  EXPECT_FALSE(status.ok());
}

// A sparse file, whose first tensor is one value larger than 2 GiB.
TEST(ReadCheckpoint, TensorsLieBeyondTwoGibibytes) {
  constexpr size_t kMib = size_t{1} << 20, kMibs = 2048;
  Checkpoint head;
  head.add_weight()->set_name("large");
  head.mutable_weight(0)->add_shape(static_cast<int64_t>(kMibs * kMib / sizeof(float)) + 1);
  head.add_weight()->set_name("last");
  head.mutable_weight(1)->add_shape(1);
  const std::string bytes = head.SerializeAsString(), zeros(kMib, '\0');
  const float last = 7;
  const uint64_t start = HashBytes(bytes.data(), bytes.size(), bytes.size());
  uint64_t hash = start;
  for (size_t i = 0; i < kMibs; ++i) hash = HashBytes(zeros.data(), kMib, hash);
  hash = HashBytes(zeros.data(), sizeof(float), hash);
  hash = HashBytes(&last, sizeof(last), hash);
  const std::string path = Folder(), begin = "LSCKPT2\n" + Bytes(uint64_t{bytes.size()}) +
                                             Bytes(start) + bytes;
  std::ofstream out(path, std::ios::binary);
  out << begin;
  out.seekp(static_cast<std::streamoff>(begin.size() + kMibs * kMib + sizeof(float)));
  out << Bytes(last) << Bytes(hash);
  out.close();
  const StatusOr<SavedCheckpoint> read = ReadCheckpoint(path);
  std::filesystem::remove(path);
  ASSERT_TRUE(read.ok()) << read.status();
  float value = 0;
  ASSERT_TRUE(read->ReadWeight(1, {&value, 1}).ok());
  EXPECT_EQ(value, last);
}

}  // namespace
}  // namespace lockstep
