#include "core/device/buffer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <utility>

namespace lockstep {
namespace {

TEST(Buffer, IsZeroedAndAlignedToACacheLine) {
  for (const size_t size : {1u, 15u, 16u, 1000u}) {
    Buffer<float> buffer(size);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(buffer.data()) % 64, 0u);
    EXPECT_EQ(std::count(buffer.span().begin(), buffer.span().end(), 0.0f),
              static_cast<int64_t>(size));
  }
}

TEST(Buffer, OfSizeZeroHoldsNothing) {
  EXPECT_EQ(Buffer<float>(0).data(), nullptr);
  EXPECT_EQ(Buffer<float>().size(), 0u);
}

TEST(Buffer, MovingHandsOverTheMemory) {
  Buffer<int> first(4);
  first[2] = 7;
  const int* memory = first.data();
  const Buffer<int> second = std::move(first);
  EXPECT_EQ(second.data(), memory);
  EXPECT_EQ(second[2], 7);
}

TEST(Buffer, ThatDoesNotFitEndsTheProgramWithItsBytes) {
  EXPECT_EXIT(Buffer<float>(size_t{1} << 45), testing::ExitedWithCode(71),
              "^lockstep: out of memory: 140737488355328 bytes [^\n]*\n$");
}

}  // namespace
}  // namespace lockstep
