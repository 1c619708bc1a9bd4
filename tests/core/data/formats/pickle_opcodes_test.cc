#include "core/data/formats/pickle_opcodes.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace lockstep {
namespace {

TEST(PickleOpcodeName, IsPicklesOwn) {
  EXPECT_STREQ(PickleOpcodeName(kMark), "MARK");
  EXPECT_STREQ(PickleOpcodeName(kBinPut), "BINPUT");
  EXPECT_STREQ(PickleOpcodeName(kShortBinUnicode), "SHORT_BINUNICODE");
  EXPECT_STREQ(PickleOpcodeName('i'), "INST");
  EXPECT_STREQ(PickleOpcodeName(0x81), "NEWOBJ");
}

TEST(PickleOpcodeName, NamesEachOfPythons68OpcodesOnce) {
  std::set<std::string> names;
  int unknown = 0;
  for (int opcode = 0; opcode < 256; ++opcode) {
    const std::string name = PickleOpcodeName(static_cast<uint8_t>(opcode));
    if (name == "unknown")
      ++unknown;
    else
      EXPECT_TRUE(names.insert(name).second) << name;
  }
  EXPECT_EQ(names.size(), 68u);  // len(pickletools.opcodes) in Python 3.11
  EXPECT_EQ(unknown, 256 - 68);
}

}  // namespace
}  // namespace lockstep
