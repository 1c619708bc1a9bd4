#include "distributed/train/build_info.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace lockstep {
namespace {

TEST(BuildInfo, NamesEachVersionOnceAndOnOneLine) {
  std::set<std::string> names;
  for (const auto& [name, version] : BuildVersions()) {
    EXPECT_TRUE(names.insert(name).second) << name;
    EXPECT_FALSE(version.empty()) << name;
    EXPECT_EQ((name + version).find('\n'), std::string::npos) << name;
  }
  // What the bits of a run may depend on.
  for (const char* name : {"lockstep", "compiler", "onednn"}) EXPECT_TRUE(names.contains(name));
}

TEST(BuildInfo, TheVersionIsThreeNumbers) {
  const std::string version = LockstepVersion();
  EXPECT_EQ(std::count(version.begin(), version.end(), '.'), 2) << version;
  EXPECT_EQ(version.find_first_not_of("0123456789."), std::string::npos) << version;
}

}  // namespace
}  // namespace lockstep
