#include "core/io/safetensors.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "tests/core/data/formats/damage.h"

namespace lockstep {
namespace {

std::string File(const std::string& header, const std::string& values) {
  const uint64_t length = header.size();
  return std::string(reinterpret_cast<const char*>(&length), sizeof(length)) + header + values;
}

std::string Written() {
  static const std::vector<float> kernel = {1, 2, 3, 4, 5, 6}, bias = {-0.5f};
  SafetensorsWriter writer;
  writer.Add("dense/kernel", {2, 3}, kernel);
  writer.Add("dense/bias", {1}, bias);
  return writer.ToBytes();
}

TEST(Safetensors, WhatIsWrittenIsReadBack) {
  const auto file = SafetensorsReader::FromBytes(Written(), "a.safetensors");
  ASSERT_TRUE(file.ok()) << file.status();
  ASSERT_EQ(file->arrays().size(), 2u);
  EXPECT_EQ(file->arrays()[0].name, "dense/kernel");
  EXPECT_EQ(file->arrays()[0].shape, (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(*file->Floats(file->arrays()[0]), (std::vector<float>{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(*file->Floats(file->arrays()[1]), (std::vector<float>{-0.5f}));
}

TEST(Safetensors, ValuesBeginAtAMultipleOfEight) {
  uint64_t length = 0;
  const std::string bytes = Written();
  std::memcpy(&length, bytes.data(), sizeof(length));
  EXPECT_EQ(length % 8, 0u);
}

TEST(Safetensors, SixteenBitsAndDoublesBecomeFloats) {
  // 1.5, -2, the smallest half, infinity; then 1.5 and -2 as brain floats; then 0.1 as a double.
  const uint16_t bits[] = {0x3e00, 0xc000, 0x0001, 0x7c00, 0x3fc0, 0xc000};
  const double tenth = 0.1;
  std::string values(reinterpret_cast<const char*>(bits), sizeof(bits));
  values.append(reinterpret_cast<const char*>(&tenth), sizeof(tenth));
  const auto file = SafetensorsReader::FromBytes(
      File(R"({"__metadata__":{"format":"pt"},)"
           R"("h":{"dtype":"F16","shape":[4],"data_offsets":[0,8]},)"
           R"("b":{"dtype":"BF16","shape":[2],"data_offsets":[8,12]},)"
           R"("d":{"dtype":"F64","shape":[],"data_offsets":[12,20]}})",
           values),
      "a.safetensors");
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(*file->Floats(file->arrays()[0]),
            (std::vector<float>{1.5f, -2, std::ldexp(1.0f, -24), INFINITY}));
  EXPECT_EQ(*file->Floats(file->arrays()[1]), (std::vector<float>{1.5f, -2}));
  EXPECT_EQ(*file->Floats(file->arrays()[2]), (std::vector<float>{0.1f}));
}

struct BadHeader {
  const char* header;
  const char* says;
};

TEST(Safetensors, HeadersThatTheFormatDoesNotAllowAreNamed) {
  const BadHeader rows[] = {
      {"[]", "does not begin with {"},
      {"{\"a\":1}", "array a is not described"},
      {R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", "does not fit"},
      {R"({"a":{"dtype":"X9","shape":[1],"data_offsets":[0,4]}})", "unknown type X9"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", "begins at byte 4"},
      {R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", "not described"},
      {R"({"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}})",
       "does not fit"},
      {R"({"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"a":{"dtype":"F32","shape":[1],)"
       R"("data_offsets":[0,4]}})",
       "two arrays named a"},
      {"{}", "its arrays have 0 bytes, found 4"},
      {"{\"a\":[[[[[[1]]]]]]}", "no JSON object"}};
  for (const BadHeader& row : rows) {
    const auto file = SafetensorsReader::FromBytes(File(row.header, "1234"), "a.safetensors");
    EXPECT_EQ(ComplaintAbout(file.status(), "a.safetensors"), "") << row.header;
    EXPECT_NE(Message(file.status()).find(row.says), std::string::npos)
        << row.header << ": " << file.status();
  }
}

TEST(Safetensors, OtherTypesThanFloatsAreNamed) {
  const auto file = SafetensorsReader::FromBytes(
      File(R"({"a":{"dtype":"I32","shape":[1],"data_offsets":[0,4]}})", "1234"), "a.safetensors");
  ASSERT_TRUE(file.ok()) << file.status();
  const Status status = file->Floats(file->arrays()[0]).status();
  EXPECT_NE(Message(status).find("found I32"), std::string::npos) << status;
}

TEST(Safetensors, EveryCutAndFlipIsToldInOneLine) {
  const std::string good = Written();
  const auto use = [](const std::string& damaged, size_t at) {
    const auto file = SafetensorsReader::FromBytes(damaged, "a.safetensors");
    ASSERT_EQ(ComplaintAbout(file.status(), "a.safetensors"), "") << at;
  };
  ForEachCut(good, [&](const std::string& damaged, size_t at) {
    EXPECT_FALSE(SafetensorsReader::FromBytes(damaged, "a.safetensors").ok()) << at;
    use(damaged, at);
  });
  ForEachFlip(good, 0, good.size(), use, 7);
}

}  // namespace
}  // namespace lockstep
