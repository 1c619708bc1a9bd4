#include "core/data/formats/exif.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/core/data/formats/damage.h"

namespace lockstep {
namespace {

// A segment with one entry, the orientation, in either order of bytes.
std::string Segment(bool big_endian, char orientation) {
  const auto number = [&](unsigned value, int size) {
    std::string bytes;
    for (int i = 0; i < size; ++i) {
      const int shift = 8 * (big_endian ? size - 1 - i : i);
      bytes += static_cast<char>(value >> shift & 0xFF);
    }
    return bytes;
  };
  return std::string("Exif\0\0", 6) + (big_endian ? "MM" : "II") + number(42, 2) + number(8, 4) +
         number(1, 2) + number(0x0112, 2) + number(3, 2) + number(1, 4) +
         number(static_cast<unsigned>(orientation), 2) + number(0, 2) + number(0, 4);
}

TEST(Exif, TheOrientationIsReadInEitherOrderOfBytes) {
  for (const bool big_endian : {false, true}) {
    for (char orientation = 1; orientation <= 8; ++orientation) {
      EXPECT_EQ(ExifOrientation(Segment(big_endian, orientation)), orientation);
    }
  }
}

TEST(Exif, WhatIsNoOrientationIsAsStored) {
  EXPECT_EQ(ExifOrientation(""), 1);
  EXPECT_EQ(ExifOrientation("http://ns.adobe.com/xap/1.0/"), 1);
  EXPECT_EQ(ExifOrientation(Segment(true, 0)), 1);
  EXPECT_EQ(ExifOrientation(Segment(true, 9)), 1);
}

TEST(Exif, ADamagedSegmentGivesAnOrientationOrNone) {
  const auto check = [](const std::string& damaged, size_t at) {
    const int orientation = ExifOrientation(damaged);
    EXPECT_TRUE(orientation >= 1 && orientation <= 8) << "at " << at;
  };
  ForEachCut(Segment(false, 6), check);
  ForEachFlip(Segment(false, 6), 0, SIZE_MAX, check);
}

}  // namespace
}  // namespace lockstep
