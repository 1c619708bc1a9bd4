#include "core/data/formats/npz_writer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "core/base/file.h"
#include "core/data/formats/npz_reader.h"
#include "tests/testing/command.h"

namespace lockstep {
namespace {

constexpr const char* kWeights = "tests/core/data/formats/testdata/weights.npz";  // by numpy

// The arrays of make_testdata.py's weights.npz.
NpzWriter Weights() {
  NpzWriter writer;
  writer.Add("dense/kernel", std::vector<int64_t>{2, 3},
             std::vector<float>{1, -2, 0.1f, INFINITY, 3e38f, 1e-45f});
  writer.Add("dense/bias", std::vector<int64_t>{3}, std::vector<float>{1, 2, 3});
  writer.Add("scalar", std::vector<int64_t>{}, std::vector<float>{2.5f});
  writer.Add("empty", std::vector<int64_t>{0, 4}, {});
  writer.Add("axes", std::vector<int64_t>{1, 2, 1, 2, 3}, std::vector<float>(12, 0.0f));
  return writer;
}

TEST(NpzWriter, EveryArrayHasNumpysBytes) {
  const StatusOr<NpzReader> numpys = NpzReader::Open(kWeights);
  ASSERT_TRUE(numpys.ok()) << numpys.status();
  const StatusOr<std::string> bytes = Weights().ToBytes();
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  const StatusOr<NpzReader> ours = NpzReader::FromBytes(*bytes, "ours.npz");
  ASSERT_TRUE(ours.ok()) << ours.status();
  ASSERT_EQ(ours->ArrayNames(), numpys->ArrayNames());
  for (const std::string& name : ours->ArrayNames()) {
    const StatusOr<NpyArray> expected = numpys->Read(name), found = ours->Read(name);
    ASSERT_TRUE(expected.ok()) << expected.status();
    ASSERT_TRUE(found.ok()) << found.status();
    EXPECT_EQ(found->file, expected->file) << name;
  }
}

TEST(NpzWriter, DataBeginsAtAMultipleOf64Bytes) {
  for (int64_t extent = 1; extent < 2000; extent = 3 * extent + 1) {
    NpzWriter writer;
    writer.Add("x", std::vector<int64_t>{extent, 1},
               std::vector<float>(static_cast<size_t>(extent), 1.0f));
    const StatusOr<NpyArray> array = NpzReader::FromBytes(*writer.ToBytes(), "x.npz")->Read("x");
    ASSERT_TRUE(array.ok()) << array.status();
    EXPECT_EQ(array->data_offset % 64, 0u);
    EXPECT_EQ(array->shape, (std::vector<int64_t>{extent, 1}));
  }
}

TEST(NpzWriter, EqualArraysGiveEqualBytes) {
  EXPECT_EQ(*Weights().ToBytes(), *Weights().ToBytes());
  EXPECT_EQ(*NpzWriter().ToBytes(), *NpzWriter().ToBytes());
}

TEST(NpzWriter, PythonsZipfileFindsNoFault) {
  if (RunCommand("command -v python3").exit_code != 0) GTEST_SKIP() << "NOT TESTED: no python3";
  for (const NpzWriter& writer : {Weights(), NpzWriter()}) {
    const std::string path = JoinPath(::testing::TempDir(), "weights.npz");
    ASSERT_TRUE(writer.WriteTo(path).ok());
    const CommandResult result = RunCommand("python3 -m zipfile -t " + path);
    EXPECT_EQ(result.exit_code, 0) << result.output;
    EXPECT_NE(result.output.find("Done testing"), std::string::npos) << result.output;
  }
}

TEST(NpzWriter, AFolderThatIsNotThereCannotBeWritten) {
  const Status status = Weights().WriteTo(JoinPath(::testing::TempDir(), "no/such/a.npz"));
  EXPECT_EQ(ExitCodeOf(status), ExitCode::kCannotWrite);
}

TEST(NpzWriterDeathTest, AShapeOfAnotherNumberOfValuesIsABug) {
  NpzWriter writer;
  EXPECT_DEATH(writer.Add("x", std::vector<int64_t>{2}, std::vector<float>{1}), "array x");
}

}  // namespace
}  // namespace lockstep
