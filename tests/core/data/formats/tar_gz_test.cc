#include "core/data/formats/tar_gz.h"

#include <gtest/gtest.h>

#include "tests/core/data/formats/damage.h"
#include "tests/core/data/formats/tar_file.h"

namespace lockstep {
namespace {

TEST(TarGz, WantedFilesComeOutOfAnyFolder) {
  const std::string archive = Gzip(TarMember("set/", "", '5') + TarMember("set/other.bin", "zzz") +
                                   TarMember("set/a.bin", std::string(700, 'a')) +
                                   TarMember("b.txt", "") + TarEnd());
  const auto files = ReadTarGz(archive, "x.tar.gz", {{"a.bin", 700}, {"b.txt", 5}, {"c", 9}});
  ASSERT_TRUE(files.ok()) << files.status();
  EXPECT_EQ(files->size(), 2u);
  EXPECT_EQ(files->at("a.bin"), std::string(700, 'a'));
  EXPECT_EQ(files->at("b.txt"), "");
}

TEST(TarGz, AFileThatIsTooLargeIsRefusedWithoutBeingRead) {
  const std::string archive = Gzip(TarMember("a.bin", std::string(700, 'a')) + TarEnd());
  const auto files = ReadTarGz(archive, "x.tar.gz", {{"a.bin", 699}});
  EXPECT_EQ(Message(files.status()), "x.tar.gz: a.bin has 700 bytes, expected at most 699");
}

TEST(TarGz, AnyDamageIsOneLineThatNamesTheFileOrNone) {
  const std::string plain = TarMember("a.bin", "content") + TarEnd();
  const std::string archive = Gzip(plain);
  const auto check = [](const std::string& damaged, size_t at) {
    const auto files = ReadTarGz(damaged, "x.tar.gz", {{"a.bin", 100}});
    EXPECT_EQ(ComplaintAbout(files.status(), "x.tar.gz: "), "") << "at " << at;
  };
  ForEachCut(archive, check);
  ForEachFlip(archive, 0, SIZE_MAX, check, 17);
  ForEachFlip(plain, 0, 512, [&](const std::string& damaged, size_t at) {
    check(Gzip(damaged), at);
  }, 51);
}

}  // namespace
}  // namespace lockstep
