#include "core/io/weights_file.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "core/base/file.h"
#include "core/data/formats/npz_reader.h"
#include "core/data/formats/npz_writer.h"
#include "core/device/tensor.h"
#include "tests/core/data/formats/damage.h"

namespace lockstep {
namespace {

const ParameterLayout& Layout() {
  static const ParameterLayout layout(
      {{.name = "dense/kernel", .shape = {2, 3}}, {.name = "dense/bias", .shape = {3}}});
  return layout;
}

std::string Path(const std::string& name = "weights.npz") {
  return JoinPath(::testing::TempDir(), name);
}

std::vector<float> Numbers(size_t size) {
  std::vector<float> numbers(size);
  for (size_t i = 0; i < size; ++i) numbers[i] = 0.1f * static_cast<float>(i + 1);
  return numbers;
}

// An array of `shape` with values.
void Add(const std::string& name, const std::vector<int64_t>& shape, NpzWriter* writer) {
  int64_t elems = 1;
  for (const int64_t extent : shape) elems *= extent;
  writer->Add(name, shape, Numbers(static_cast<size_t>(elems)));
}

Status ReadWritten(const NpzWriter& writer) {
  if (Status status = writer.WriteTo(Path()); !status.ok()) return status;
  std::vector<float> weights(static_cast<size_t>(Layout().size_elems()));
  return ReadWeights(Path(), Layout(), weights.data());
}

TEST(WeightsFile, WhatIsWrittenIsReadBackBitForBit) {
  const std::vector<float> written = Numbers(static_cast<size_t>(Layout().size_elems()));
  ASSERT_TRUE(WriteWeights(Path(), WeightsFormat::kNpz, Layout(), written.data()).ok());
  const StatusOr<NpzReader> file = NpzReader::Open(Path());
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(file->ArrayNames(), (std::vector<std::string>{"dense/kernel", "dense/bias"}));
  EXPECT_EQ(file->Read("dense/kernel")->shape, (std::vector<int64_t>{2, 3}));
  std::vector<float> read(written.size(), -7.0f);
  ASSERT_TRUE(ReadWeights(Path(), Layout(), read.data()).ok());
  for (const ParameterEntry& entry : Layout().entries()) {
    const size_t offset = static_cast<size_t>(entry.offset_elems);
    const size_t elems = static_cast<size_t>(entry.shape.elems());
    EXPECT_EQ(std::memcmp(&read[offset], &written[offset], elems * sizeof(float)), 0) << entry.name;
    EXPECT_EQ(read[offset + elems], -7.0f) << "padding after " << entry.name;
  }
}

TEST(ReadWeights, MissingAndUnknownNamesAreListedTogether) {
  NpzWriter writer;
  Add("dense/kernel", {2, 3}, &writer);
  Add("dense_1/bias", {3}, &writer);
  Add("extra", {1}, &writer);
  EXPECT_EQ(Message(ReadWritten(writer)), Path() +
                                              ": not this network's weights; missing: dense/bias "
                                              "[3]; not in the network: dense_1/bias, extra; "
                                              "did you mean dense/bias for dense_1/bias?");
}

TEST(ReadWeights, AnUnknownNameIsNotTakenForOneThatTheFileHas) {
  NpzWriter writer;
  Add("dense/kernel", {2, 3}, &writer);
  Add("dense/bias", {3}, &writer);
  Add("dense_1/bias", {3}, &writer);
  EXPECT_EQ(Message(ReadWritten(writer)),
            Path() + ": not this network's weights; not in the network: dense_1/bias");
}

TEST(ReadWeights, TellsTheFormatFromTheBytesWhateverTheFileIsCalled) {
  const std::vector<float> written = Numbers(static_cast<size_t>(Layout().size_elems()));
  for (const WeightsFormat format : {WeightsFormat::kNpz, WeightsFormat::kSafetensors}) {
    for (const char* name : {"a.npz", "a.safetensors", "a"}) {
      ASSERT_TRUE(WriteWeights(Path(name), format, Layout(), written.data()).ok());
      std::vector<float> read(written.size());
      const Status status = ReadWeights(Path(name), Layout(), read.data());
      ASSERT_TRUE(status.ok()) << status;
      EXPECT_EQ(read[0], written[0]);
    }
  }
}

// 'P' and 'K' are the low bytes of a length that a header may have.
TEST(ReadWeights, AHeaderWhoseLengthLooksLikeAZipArchiveIsRead) {
  const std::vector<float> written = Numbers(static_cast<size_t>(Layout().size_elems()));
  ASSERT_TRUE(WriteWeights(Path(), WeightsFormat::kSafetensors, Layout(), written.data()).ok());
  std::string bytes = *ReadFile(Path());
  uint64_t length = 0;
  std::memcpy(&length, bytes.data(), sizeof(length));
  const uint64_t wanted = 'P' + ('K' << 8);
  bytes.insert(sizeof(length) + length, wanted - length, ' ');
  std::memcpy(bytes.data(), &wanted, sizeof(wanted));
  ASSERT_TRUE(WriteFileAtomically(Path(), bytes).ok());
  std::vector<float> read(written.size());
  const Status status = ReadWeights(Path(), Layout(), read.data());
  EXPECT_TRUE(status.ok()) << status;
}

TEST(ReadWeights, EveryMisshapedNameIsListedWithBothShapes) {
  NpzWriter writer;
  Add("dense/kernel", {3, 2}, &writer);
  Add("dense/bias", {1, 1, 1, 1, 1, 3}, &writer);
  EXPECT_EQ(Message(ReadWritten(writer)),
            Path() +
                ": not this network's weights; other shapes: dense/kernel is [3, 2], expected "
                "[2, 3], dense/bias is 6 axes, expected [3]");
}

TEST(ReadWeights, AThousandUnknownNamesStayOneShortLine) {
  NpzWriter writer;
  Add("dense/kernel", {2, 3}, &writer);
  Add("dense/bias", {3}, &writer);
  for (int i = 0; i < 1000; ++i) Add("extra_" + std::to_string(i), {}, &writer);
  const Status status = ReadWritten(writer);
  EXPECT_EQ(ComplaintAbout(status, Path() + ": not this network's weights; not in the network: "),
            "");
  EXPECT_TRUE(Message(status).ends_with(" and 988 more")) << status;
}

TEST(ReadWeights, AnAbsentFileIsMissingInputAndAnotherFileIsBadData) {
  std::vector<float> weights(1000);
  EXPECT_EQ(ExitCodeOf(ReadWeights(Path("absent.npz"), Layout(), weights.data())),
            ExitCode::kMissingInput);
  const std::pair<std::string, std::string> cases[] = {
      {"\x89HDF\r\n\x1a\n0123", "it is HDF5"},  // Keras' own format
      {"", "it is empty"},
      {"PK", "zip"},
      {"x,y\n1,2\n3,4\n", "it begins like neither"}};
  for (const auto& [bytes, found] : cases) {
    ASSERT_TRUE(WriteFileAtomically(Path(), bytes).ok());
    const Status status = ReadWeights(Path(), Layout(), weights.data());
    EXPECT_FALSE(status.ok());
    EXPECT_EQ(ComplaintAbout(status, Path() + ": "), "");
    EXPECT_NE(Message(status).find(found), std::string::npos) << status;
  }
}

TEST(ReadWeights, ADamagedArrayIsRefused) {
  NpzWriter writer;
  Add("dense/kernel", {2, 3}, &writer);
  Add("dense/bias", {3}, &writer);
  std::string bytes = *writer.ToBytes();
  const float value = Numbers(6)[5];
  const size_t at = bytes.find(std::string(reinterpret_cast<const char*>(&value), sizeof(value)));
  ASSERT_NE(at, std::string::npos);
  bytes[at] = static_cast<char>(bytes[at] ^ 1);
  ASSERT_TRUE(WriteFileAtomically(Path(), bytes).ok());
  std::vector<float> weights(1000);
  const Status status = ReadWeights(Path(), Layout(), weights.data());
  EXPECT_EQ(ComplaintAbout(status, Path() + ", array dense/kernel: damaged"), "");
  EXPECT_FALSE(status.ok());
}

TEST(WriteWeights, AFolderThatIsNotThereCannotBeWritten) {
  const std::vector<float> weights(static_cast<size_t>(Layout().size_elems()));
  EXPECT_EQ(ExitCodeOf(WriteWeights(Path("no/such/a.npz"), WeightsFormat::kNpz, Layout(), weights.data())),
            ExitCode::kCannotWrite);
}

}  // namespace
}  // namespace lockstep
