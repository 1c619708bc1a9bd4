#include "core/data/catalog.h"

#include <gtest/gtest.h>

#include <set>

#include "proto/config.pb.h"

namespace lockstep {
namespace {

TEST(Catalog, EveryEntryIsASourceOfConfigs) {
  for (const CatalogEntry& entry : Catalog()) {
    EXPECT_NE(DataConfig::descriptor()->FindFieldByName(entry.name), nullptr) << entry.name;
    EXPECT_FALSE(entry.files.empty()) << entry.name;
  }
}

TEST(Catalog, FilesHaveHttpsAddressesHashesAndSizesOfTheirOwn) {
  std::set<std::string> names, hashes;
  for (const CatalogEntry& entry : Catalog()) {
    for (const CatalogFile& file : entry.files) {
      EXPECT_TRUE(names.insert(file.name).second) << file.name;
      EXPECT_TRUE(hashes.insert(file.sha256).second) << file.name;
      EXPECT_TRUE(file.url.starts_with("https://")) << file.url;
      EXPECT_GT(file.bytes, 0) << file.name;
      EXPECT_EQ(file.sha256.size(), 64u) << file.name;
      EXPECT_EQ(file.debian_sha256.size() % 64, 0u) << file.name;
      EXPECT_EQ((file.sha256 + file.debian_sha256).find_first_not_of("0123456789abcdef"),
                std::string::npos)
          << file.name;
    }
  }
}

TEST(FindCatalogEntry, GivesTheEntryOrTheNearestName) {
  ASSERT_TRUE(FindCatalogEntry("mnist").ok());
  EXPECT_EQ(FindCatalogEntry("mnist")->files[0].name, "mnist.npz");
  const Status unknown = FindCatalogEntry("imbd").status();
  EXPECT_EQ(ExitCodeOf(unknown), ExitCode::kUsage);
  const std::string message(unknown.message());
  EXPECT_NE(message.find("did you mean \"imdb\"?"), std::string::npos) << message;
  EXPECT_NE(message.find("boston_housing"), std::string::npos) << message;
}

}  // namespace
}  // namespace lockstep
