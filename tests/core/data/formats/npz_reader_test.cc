#include "core/data/formats/npz_reader.h"

#include <gtest/gtest.h>

#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "core/base/file.h"
#include "core/data/formats/npz_writer.h"
#include "tests/core/data/formats/damage.h"

namespace lockstep {
namespace {

constexpr const char* kNumbers = "tests/core/data/formats/testdata/numbers.npz";  // deflated

StatusOr<NpzReader> Open(const std::string& bytes) { return NpzReader::FromBytes(bytes, "a.npz"); }

// Opens `bytes` and reads every array of it.
Status ReadAll(const std::string& bytes) {
  LOCKSTEP_ASSIGN_OR_RETURN(const NpzReader file, Open(bytes));
  for (const std::string& name : file.ArrayNames()) {
    LOCKSTEP_RETURN_IF_ERROR(file.Read(name).status());
  }
  return OkStatus();
}

std::string Small() {
  NpzWriter writer;
  writer.Add("x", std::vector<int64_t>{2, 2}, std::vector<float>{1, 2, 3, 4});
  return *writer.ToBytes();
}

TEST(NpzReader, ReadsEveryTypeThatNumpyWrote) {
  const StatusOr<NpzReader> file = NpzReader::Open(kNumbers);
  ASSERT_TRUE(file.ok()) << file.status();
  for (const std::string name : {"u1", "i1", "i2", "u2", "i4", "u4", "i8", "f4", "f8"}) {
    ASSERT_TRUE(file->Has(name));
    const StatusOr<NpyArray> array = file->Read(name);
    ASSERT_TRUE(array.ok()) << array.status();
    EXPECT_EQ(array->shape, (std::vector<int64_t>{2, 3})) << name;
    EXPECT_EQ(*NpyToInts(*array), (std::vector<int32_t>{0, 1, 2, 3, 4, 5})) << name;
  }
  EXPECT_EQ(*NpyToInts(*file->Read("b1")), (std::vector<int32_t>{0, 0, 0, 1, 1, 1}));
  EXPECT_EQ(*NpyToInts(*file->Read("negative")), (std::vector<int32_t>{-1, -128}));
  EXPECT_EQ(*NpyToDoubles(*file->Read("scalar")), std::vector<double>{2.5});
  EXPECT_TRUE(file->Read("scalar")->shape.empty());
  EXPECT_EQ(file->Read("empty")->shape, (std::vector<int64_t>{0, 4}));
  EXPECT_EQ((*NpyToDoubles(*file->Read("large")))[0], 2147483648.0);
}

TEST(NpzReader, RefusesTheArraysThatAreNotRead) {
  const StatusOr<NpzReader> file = NpzReader::Open(kNumbers);
  ASSERT_TRUE(file.ok()) << file.status();
  const std::string where = std::string(kNumbers) + ", array ";
  EXPECT_EQ(ComplaintAbout(file->Read("fortran").status(), where + "fortran: "), "");
  EXPECT_EQ(ComplaintAbout(file->Read("big_endian").status(), where + "big_endian: "), "");
  EXPECT_EQ(ComplaintAbout(file->Read("text").status(), where + "text: "), "");
  EXPECT_FALSE(file->Read("fortran").ok());
  EXPECT_FALSE(file->Read("big_endian").ok());
  EXPECT_FALSE(file->Read("text").ok());
}

TEST(NpzReader, AnAbsentArrayIsToldWithThoseThatExist) {
  const StatusOr<NpzReader> file = Open(Small());
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_FALSE(file->Has("y"));
  EXPECT_EQ(Message(file->Read("y").status()), "a.npz: no array \"y\"; it holds: x");
  EXPECT_EQ(Message(file->Read("x.npy").status()), "a.npz: no array \"x.npy\"; it holds: x");
  EXPECT_EQ(Message(Open(*NpzWriter().ToBytes())->Read("y").status()),
            "a.npz: no array \"y\"; it holds: none");
}

TEST(NpzReader, NamesOfManyArraysAndOfControlCharactersStayOneLine) {
  NpzWriter writer;
  writer.Add("a_b_[2J", std::vector<int64_t>{}, std::vector<float>{1});
  for (int i = 0; i < 100; ++i) {
    writer.Add("array_" + std::to_string(i), std::vector<int64_t>{}, std::vector<float>{1});
  }
  std::string bytes = *writer.ToBytes();
  for (size_t at = 0; (at = bytes.find("a_b_[2J", at)) != std::string::npos;) {
    bytes.replace(at, 4, "a\nb\x1b");
  }
  const Status status = Open(bytes)->Read("\n").status();
  EXPECT_EQ(ComplaintAbout(status, "a.npz: no array \"?\"; it holds: a"), "");
  EXPECT_TRUE(Message(status).ends_with(" and 89 more")) << status;
}

TEST(NpzReader, AnAbsentFileAndAFolderAreToldByTheirExitCodes) {
  const std::string absent = JoinPath(::testing::TempDir(), "absent.npz");
  EXPECT_EQ(ExitCodeOf(NpzReader::Open(absent).status()), ExitCode::kMissingInput);
  EXPECT_EQ(ExitCodeOf(NpzReader::Open(::testing::TempDir()).status()), ExitCode::kIoError);
}

TEST(NpzReader, RefusesWhatIsNoZipArchive) {
  for (const std::string bytes : {"", "P", "\x93NUMPY", "<html>404 Not Found</html>"}) {
    const Status status = Open(bytes).status();
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(ComplaintAbout(status, "a.npz: not an .npz file (a zip archive): "), "");
  }
}

TEST(NpzReader, AChangedValueFailsTheChecksum) {
  std::string bytes = Small();
  const size_t value = bytes.find(std::string("\0\0\x40\x40", 4));  // 3.0f
  ASSERT_NE(value, std::string::npos);
  bytes[value] = 1;
  const Status status = ReadAll(bytes);
  EXPECT_EQ(ComplaintAbout(status, "a.npz, array x: damaged after "), "");
  EXPECT_NE(Message(status).find("CRC"), std::string::npos) << status;
}

TEST(NpzReader, AClaimedSizeBeyondTheCompressedBytesAllocatesNothing) {
  const size_t kMethodAt = 10, kSizeAt = 24;  // in an entry of the archive's directory
  const uint32_t kHuge = 0xfffffffe, kDeflated = 8;
  std::string bytes = Small();
  const size_t entry = bytes.find("PK\x01\x02");
  ASSERT_NE(entry, std::string::npos);
  std::memcpy(bytes.data() + entry + kMethodAt, &kDeflated, 2);
  std::memcpy(bytes.data() + entry + kSizeAt, &kHuge, sizeof(kHuge));
  EXPECT_EQ(Message(ReadAll(bytes)),
            "a.npz, array x: its size does not fit the bytes in the archive");
}

TEST(NpzReader, EveryCutIsRefused) {
  const StatusOr<std::string> numbers = ReadFile(kNumbers);
  ASSERT_TRUE(numbers.ok()) << numbers.status();
  for (const std::string& file : {*numbers, Small()}) {
    ForEachCut(file, [](const std::string& cut, size_t at) {
      const Status status = ReadAll(cut);
      ASSERT_FALSE(status.ok()) << at;
      ASSERT_EQ(ComplaintAbout(status, "a.npz"), "") << at;
    });
  }
}

TEST(NpzReader, EveryChangedByteKeepsTheValuesOrIsRefused) {
  const std::string file = Small();
  constexpr int kStep = 4;  // 64 values a byte
  const UseDamaged check = [](const std::string& damaged, size_t at) {
    const StatusOr<NpzReader> opened = Open(damaged);
    ASSERT_EQ(ComplaintAbout(opened.status(), "a.npz"), "") << at;
    if (!opened.ok()) return;
    const StatusOr<NpyArray> array = opened->Read("x");
    ASSERT_EQ(ComplaintAbout(array.status(), "a.npz"), "") << at;
    if (!array.ok()) return;
    ASSERT_EQ(array->shape, (std::vector<int64_t>{2, 2})) << at;
    ASSERT_EQ(*NpyToInts(*array), (std::vector<int32_t>{1, 2, 3, 4})) << at;
  };
  ForEachFlip(file, 0, file.size(), check, kStep);
}

TEST(NpzReader, ChangedBytesOfDeflatedArraysAreReadOrRefused) {
  const StatusOr<std::string> file = ReadFile(kNumbers);
  ASSERT_TRUE(file.ok()) << file.status();
  constexpr int kStep = 85;  // three values a byte
  ForEachFlip(
      *file, 0, file->size(),
      [](const std::string& damaged, size_t at) {
        ASSERT_EQ(ComplaintAbout(ReadAll(damaged), "a.npz"), "") << at;
      },
      kStep);
}

}  // namespace
}  // namespace lockstep
