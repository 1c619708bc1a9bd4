#include "core/data/data_files.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/base/file.h"
#include "tests/testing/scoped_environment.h"

namespace lockstep {
namespace {

// A folder of its own for each test.
std::string Folder(const std::string& name) {
  const std::string folder = JoinPath(
      testing::TempDir(),
      std::string(testing::UnitTest::GetInstance()->current_test_info()->name()) + "/" + name);
  EXPECT_TRUE(MakeFolders(folder).ok());
  return folder;
}

void Put(const std::string& path) { ASSERT_TRUE(WriteFileAtomically(path, "x").ok()); }

TEST(DataFolders, AreTheVariableTheCacheKerasAndDebian) {
  const ScopedEnvironment data("LOCKSTEP_DATA", "/d"), home("HOME", "/h");
  EXPECT_EQ(DataFolders(), std::vector<std::string>({"/d", "/h/.cache/lockstep",
                                                     "/h/.keras/datasets", "/usr/share/datasets"}));
}

TEST(DataFolders, UnsetVariablesGiveNone) {
  const ScopedEnvironment data("LOCKSTEP_DATA", ""), home("HOME", "");
  EXPECT_EQ(DataFolders(), std::vector<std::string>({"/usr/share/datasets"}));
}

TEST(DownloadFolder, IsTheVariableOrTheCacheAndNeverDebians) {
  const ScopedEnvironment data("LOCKSTEP_DATA", "/d"), home("HOME", "/h");
  EXPECT_EQ(*DownloadFolder(), "/d");
  const ScopedEnvironment no_data("LOCKSTEP_DATA", "");
  EXPECT_EQ(*DownloadFolder(), "/h/.cache/lockstep");
  const ScopedEnvironment no_home("HOME", "");
  EXPECT_EQ(ExitCodeOf(DownloadFolder().status()), ExitCode::kUsage);
}

TEST(FindDataFile, TheFirstFolderThatHoldsTheFileWins) {
  const std::string first = Folder("first"), home = Folder("home");
  ASSERT_TRUE(MakeFolders(home + "/.cache/lockstep").ok());
  ASSERT_TRUE(MakeFolders(home + "/.keras/datasets").ok());
  const ScopedEnvironment data("LOCKSTEP_DATA", first), home_variable("HOME", home);
  Put(home + "/.keras/datasets/some.npz");
  EXPECT_EQ(*FindDataFile("some.npz"), home + "/.keras/datasets/some.npz");
  Put(home + "/.cache/lockstep/some.npz");
  EXPECT_EQ(*FindDataFile("some.npz"), home + "/.cache/lockstep/some.npz");
  Put(first + "/some.npz");
  EXPECT_EQ(*FindDataFile("some.npz"), first + "/some.npz");
}

TEST(FindDataFile, AnAbsentFileSaysWhereItGoesAndWhatFetchesIt) {
  const std::string folder = Folder("empty");
  const ScopedEnvironment data("LOCKSTEP_DATA", folder), home("HOME", folder);
  const Status status = FindDataFile("imdb.npz").status();
  EXPECT_EQ(ExitCodeOf(status), ExitCode::kMissingInput);
  const std::string message(status.message());
  for (const std::string& part :
       {std::string("imdb.npz"), folder, folder + "/.keras/datasets", std::string("put it into"),
        std::string("`lockstep data fetch imdb`")}) {
    EXPECT_NE(message.find(part), std::string::npos) << part << " in " << message;
  }
  EXPECT_EQ(std::count(message.begin(), message.end(), '\n'), 0);
  const std::string unknown(FindDataFile("some.npz").status().message());
  EXPECT_EQ(unknown.find("data fetch"), std::string::npos) << unknown;
}

}  // namespace
}  // namespace lockstep
