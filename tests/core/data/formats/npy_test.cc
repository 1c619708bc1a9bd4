#include "core/data/formats/npy.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "tests/core/data/formats/damage.h"

namespace lockstep {
namespace {

template <typename T>
std::string Bytes(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

std::string Npy(const std::string& descr, const std::string& shape, const std::string& data,
                const std::string& fortran = "False") {
  const std::string dict =
      "{'descr': '" + descr + "', 'fortran_order': " + fortran + ", 'shape': " + shape + ", }\n";
  std::string file("\x93NUMPY\x01\x00", 8);
  file += {static_cast<char>(dict.size()), 0};
  return file + dict + data;
}

StatusOr<NpyArray> Parse(const std::string& file) { return ParseNpy(file, "a.npz, array x"); }

struct OfType {
  std::string descr;
  NpyType type;
  std::string data;
  std::vector<int32_t> ints;
};

TEST(ParseNpy, EveryElementTypeIsReadAtItsLimits) {
  const OfType kTypes[] = {
      {"|b1", NpyType::kBool, Bytes<uint8_t>({0, 1}), {0, 1}},
      {"|i1", NpyType::kInt8, Bytes<int8_t>({-128, 127}), {-128, 127}},
      {"|u1", NpyType::kUint8, Bytes<uint8_t>({0, 255}), {0, 255}},
      {"<i2", NpyType::kInt16, Bytes<int16_t>({-32768, 32767}), {-32768, 32767}},
      {"<u2", NpyType::kUint16, Bytes<uint16_t>({0, 65535}), {0, 65535}},
      {"<i4", NpyType::kInt32, Bytes<int32_t>({INT32_MIN, INT32_MAX}), {INT32_MIN, INT32_MAX}},
      {"<u4", NpyType::kUint32, Bytes<uint32_t>({0, INT32_MAX}), {0, INT32_MAX}},
      {"<i8", NpyType::kInt64, Bytes<int64_t>({INT32_MIN, INT32_MAX}), {INT32_MIN, INT32_MAX}},
      {"<f4", NpyType::kFloat32, Bytes<float>({-16777216, 3}), {-16777216, 3}},
      {"<f8",
       NpyType::kFloat64,
       Bytes<double>({-2147483648.0, 2147483647.0}),
       {INT32_MIN, INT32_MAX}},
  };
  for (const OfType& of : kTypes) {
    SCOPED_TRACE(of.descr);
    const StatusOr<NpyArray> array = Parse(Npy(of.descr, "(2,)", of.data));
    ASSERT_TRUE(array.ok()) << array.status();
    EXPECT_EQ(array->type, of.type);
    EXPECT_EQ(array->shape, std::vector<int64_t>{2});
    EXPECT_EQ(array->data(), of.data);
    ASSERT_TRUE(NpyToInts(*array).ok()) << NpyToInts(*array).status();
    EXPECT_EQ(*NpyToInts(*array), of.ints);
    EXPECT_EQ(*NpyToDoubles(*array), std::vector<double>(of.ints.begin(), of.ints.end()));
    EXPECT_EQ(*NpyToFloats(*array), std::vector<float>(of.ints.begin(), of.ints.end()));
  }
}

TEST(ParseNpy, FloatsAreRoundedToNearestAndKeepNanAndInfinity) {
  const double kTenth = 0.1;
  const StatusOr<NpyArray> array = Parse(Npy(
      "<f8", "(3,)", Bytes<double>({kTenth, INFINITY, std::numeric_limits<double>::quiet_NaN()})));
  ASSERT_TRUE(array.ok()) << array.status();
  const std::vector<float> floats = *NpyToFloats(*array);
  EXPECT_EQ(floats[0], 0.1f);
  EXPECT_EQ(floats[1], INFINITY);
  EXPECT_TRUE(std::isnan(floats[2]));
  EXPECT_EQ((*NpyToDoubles(*array))[0], kTenth);
}

TEST(ParseNpy, ReadsZeroAxesNoElementsAndFortranVectors) {
  const StatusOr<NpyArray> scalar = Parse(Npy("<f8", "()", Bytes<double>({2.5})));
  ASSERT_TRUE(scalar.ok()) << scalar.status();
  EXPECT_EQ(scalar->elems(), 1);
  EXPECT_EQ(scalar->row_elems(), 0);
  EXPECT_EQ(*NpyToDoubles(*scalar), std::vector<double>{2.5});
  const StatusOr<NpyArray> empty = Parse(Npy("<f4", "(0, 4)", ""));
  ASSERT_TRUE(empty.ok()) << empty.status();
  EXPECT_EQ(empty->elems(), 0);
  EXPECT_EQ(empty->row_elems(), 0);
  EXPECT_TRUE(NpyToFloats(*empty)->empty());
  EXPECT_TRUE(Parse(Npy("|u1", "(2,)", "ab", "True")).ok());
  EXPECT_EQ(Parse(Npy("|u1", "(2, 3)", "abcdef"))->row_elems(), 3);
}

struct Bad {
  std::string file;
  std::string named;
};

TEST(ParseNpy, RefusesWithTheCause) {
  const Bad kBad[] = {
      {"", "not a .npy array"},
      {Npy(">f4", "(1,)", "abcd"), "element type '>f4' is not read"},
      {Npy("<f2", "(1,)", "ab"), "element type '<f2' is not read"},
      {Npy("<c8", "(1,)", "abcdefgh"), "element type '<c8' is not read"},
      {Npy("<U1", "(1,)", "abcd"), "element type '<U1' is not read"},
      {Npy("\n\x1b[31m", "(1,)", "abcd"), "element type '??[31m' is not read"},
      {Npy("|u1", "(2, 3)", "abcdef", "True"), "numpy.ascontiguousarray"},
      {Npy("<f4", "(2,)", "abcdefg"), "promises 2 values of 4 bytes, but 7 bytes follow"},
      {Npy("<f4", "(1,)", "abcde"), "promises 1 values of 4 bytes, but 5 bytes follow"},
      {Npy("<f8", "(4611686018427387904,)", "abcdefgh"), "promises 4611686018427387904 values"},
      {Npy("<f8", "(4294967296, 4294967296)", ""), "promises too many values"},
      {Npy("|u1", "(4611686018427387904, 4)", ""), "promises too many values"},
      {Npy("|u1", "(4611686018427387904, 0)", ""), "rows without values"},
      {Npy("|O", "(10,)", "abc"), "promises 10 values"},
  };
  for (const Bad& bad : kBad) {
    const Status status = Parse(bad.file).status();
    ASSERT_FALSE(status.ok()) << bad.named;
    EXPECT_EQ(ComplaintAbout(status, "a.npz, array x: "), "");
    EXPECT_NE(Message(status).find(bad.named), std::string::npos) << status;
  }
}

TEST(NpyToInts, RefusesWhatIsNoWholeNumberOf32BitsWithItsPosition) {
  const std::string kBad[] = {
      Npy("<f8", "(2,)", Bytes<double>({1, 0.5})),
      Npy("<f8", "(2,)", Bytes<double>({1, 2147483648.0})),
      Npy("<f4", "(2,)", Bytes<float>({1, -2147483904.0f})),
      Npy("<f8", "(2,)", Bytes<double>({1, INFINITY})),
      Npy("<f8", "(2,)", Bytes<double>({1, NAN})),
      Npy("<i8", "(2,)", Bytes<int64_t>({1, int64_t{1} << 31})),
      Npy("<i8", "(2,)", Bytes<int64_t>({1, INT64_MIN})),
      Npy("<u4", "(2,)", Bytes<uint32_t>({1, 0x80000000})),
  };
  for (const std::string& file : kBad) {
    const StatusOr<NpyArray> array = Parse(file);
    ASSERT_TRUE(array.ok()) << array.status();
    EXPECT_EQ(Message(NpyToInts(*array).status()),
              "a.npz, array x: value number 2 is no whole number of 32 bits");
  }
}

TEST(NpyConversions, RefuseObjects) {
  const StatusOr<NpyArray> objects = Parse(Npy("|O", "(1,)", "pickle"));
  ASSERT_TRUE(objects.ok()) << objects.status();
  const std::string expected = "a.npz, array x: expected numbers, found Python objects";
  EXPECT_EQ(Message(NpyToInts(*objects).status()), expected);
  EXPECT_EQ(Message(NpyToFloats(*objects).status()), expected);
  EXPECT_EQ(Message(NpyToDoubles(*objects).status()), expected);
}

const std::string kFile = Npy("<i2", "(2, 3)", Bytes<int16_t>({1, 2, 3, 4, 5, 6}));

TEST(ParseNpy, EveryCutIsRefused) {
  ForEachCut(kFile, [](const std::string& cut, size_t at) {
    const Status status = Parse(cut).status();
    ASSERT_FALSE(status.ok()) << at;
    ASSERT_EQ(ComplaintAbout(status, "a.npz, array x: "), "") << at;
  });
}

TEST(ParseNpy, EveryChangedByteIsReadWithinTheFileOrRefused) {
  ForEachFlip(kFile, 0, kFile.size(), [](const std::string& damaged, size_t at) {
    const StatusOr<NpyArray> array = Parse(damaged);
    ASSERT_EQ(ComplaintAbout(array.status(), "a.npz, array x: "), "") << at;
    if (!array.ok()) return;
    const auto elems = static_cast<size_t>(array->elems());
    ASSERT_LE(elems, damaged.size()) << at;
    ASSERT_EQ(NpyToInts(*array)->size(), elems) << at;
    ASSERT_EQ(NpyToFloats(*array)->size(), elems) << at;
  });
}

}  // namespace
}  // namespace lockstep
