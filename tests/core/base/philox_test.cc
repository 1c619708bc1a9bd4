#include "core/base/philox.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>

#include "core/base/rng.h"

namespace lockstep {
namespace {

TEST(PhiloxBlock, IsWhatRandom4Draws) {
  for (const uint32_t block : {0u, 1u, 77u, 0xFFFFFFFFu}) {
    const RandomKey key = {0x0123456789ABCDEFu, RandomUse::kDropout, 5, 0xFEDCBA9876543210u};
    EXPECT_EQ(PhiloxBlock(key, block), Random4(key, block));
  }
}

// The known answers that Random123 publishes for philox4x32 with ten rounds, of all zeros.
TEST(PhiloxBlock, GivesTheKnownAnswerOfItsAuthors) {
  const RandomKey key = {0, static_cast<RandomUse>(0), 0, 0};
  const std::array<uint32_t, 4> expected = {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8};
  EXPECT_EQ(PhiloxBlock(key, 0), expected);
}

}  // namespace
}  // namespace lockstep
