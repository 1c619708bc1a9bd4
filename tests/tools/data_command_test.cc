// `lockstep data` as a user meets it: small sets in a folder of the test's own, and the full sets
// where LOCKSTEP_DATA is set.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

#include "core/base/file.h"
#include "tests/testing/command.h"

namespace lockstep {
namespace {

class DataCommand : public testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        testing::TempDir() + "/" + testing::UnitTest::GetInstance()->current_test_info()->name();
    ASSERT_EQ(RunCommand("rm -rf " + folder_ + " && mkdir -p " + folder_ + "/home && cp " +
                         RunfilePath("tests/core/data/testdata") + "/*.* " + folder_)
                  .exit_code,
              0);
  }
  // `lockstep data ARGUMENTS` with the small sets.
  CommandResult Data(const std::string& arguments) {
    return DataIn("LOCKSTEP_DATA=" + folder_ + " HOME=" + folder_ + "/home", arguments);
  }
  CommandResult DataIn(const std::string& environment, const std::string& arguments) {
    return RunCommand("cd " + folder_ + "; " + environment + " " + binary_ + " data " + arguments);
  }
  void Write(const std::string& name, const std::string& bytes) {
    ASSERT_TRUE(WriteFileAtomically(folder_ + "/" + name, bytes).ok());
  }
  // Expects this error in one line that says all of `parts`.
  void ExpectError(const CommandResult& result, int exit_code,
                   const std::vector<std::string>& parts) {
    EXPECT_EQ(result.exit_code, exit_code) << result.output;
    const std::string& text = result.output;
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1) << text;
    for (const std::string& part : parts) {
      EXPECT_NE(text.find(part), std::string::npos) << part << " in " << text;
    }
  }

  const std::string binary_ = RunfilePath("tools/lockstep");
  std::string folder_;
};

// No line is wider than a terminal, in characters, if paths are short.
void ExpectFits80Columns(const std::string& text) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(std::count_if(line.begin(), line.end(), [](char c) { return (c & 0xC0) != 0x80; }),
              80)
        << line;
  }
}

TEST_F(DataCommand, ListNamesEverySetAndWhereItsFilesAre) {
  const CommandResult result = Data("list");
  EXPECT_EQ(result.exit_code, 0) << result.output;
  for (const std::string& part :
       {std::string("imdb"), std::string("fashion_mnist"), folder_ + "/reuters.npz",
        std::string("absent: reuters_word_index.json")}) {
    EXPECT_NE(result.output.find(part), std::string::npos) << part << " in " << result.output;
  }
}

TEST_F(DataCommand, ListFitsATerminal) {
  ExpectFits80Columns(DataIn("LOCKSTEP_DATA= HOME=", "list").output);
}

// The small sets have the names of the full ones, and other bytes.
TEST_F(DataCommand, VerifyNamesBothHashesOfAWrongFile) {
  const CommandResult result = Data("verify mnist 2>&1 >/dev/null");
  ExpectError(
      result, 65,
      {folder_ + "/mnist.npz", "SHA-256",
       "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1", "fetch it again"});
  EXPECT_NE(Data("verify mnist").output.find("WRONG"), std::string::npos);
}

TEST_F(DataCommand, VerifyTellsAnAbsentFile) {
  ASSERT_EQ(RunCommand("rm " + folder_ + "/mnist.npz").exit_code, 0);
  ExpectError(Data("verify mnist 2>&1 >/dev/null"), 66, {"mnist.npz", "data fetch mnist"});
  EXPECT_NE(Data("verify mnist").output.find("absent"), std::string::npos);
}

TEST_F(DataCommand, ShowGivesWordsPicturesAndRows) {
  const CommandResult review = Data("show imdb --index 3");
  EXPECT_EQ(review.exit_code, 0) << review.output;
  EXPECT_NE(review.output.find("word"), std::string::npos) << review.output;
  ExpectFits80Columns(review.output);
  const CommandResult image = Data("show mnist --test");
  EXPECT_EQ(image.exit_code, 0) << image.output;
  EXPECT_EQ(image.output.find("test sample 0, label 9\n"), 0u) << image.output;
  const CommandResult row = Data("show boston_housing --index 15");
  EXPECT_EQ(row.exit_code, 0) << row.output;
  EXPECT_EQ(row.output.find("training sample 15, target "), 0u) << row.output;
}

TEST_F(DataCommand, ShowTakesAConfigToo) {
  Write("t.csv", "age,kind\n1.5,dog\n2.5,cat\n");
  Write("t.textproto",
        "data { csv { path: \"t.csv\" target: \"kind\" } standardize: true }\n"
        "model { layer { dense { units: 1 activation: SIGMOID } } }\n"
        "loss: BINARY_CROSSENTROPY\n");
  EXPECT_EQ(Data("show t.textproto --index 1").output, "training sample 1, label 0 (cat)\n2.5\n");
}

TEST_F(DataCommand, WrongNamesAndNumbersAreRefused) {
  ExpectError(Data("show imbd"), 64, {"\"imbd\"", "did you mean \"imdb\"?"});
  ExpectError(Data("fetch minst"), 64, {"did you mean \"mnist\"?"});
  ExpectError(Data("verify nothing"), 64, {"boston_housing"});
  ExpectError(Data("show mnist --index 12"), 64, {"expected 0 to 11", "training set"});
  ExpectError(Data("show mnist --index 3 --test"), 64, {"expected 0 to 2", "test set"});
  ExpectError(Data("show mnist --index -1"), 64, {"--index"});
  ExpectError(Data("show mnist --index x"), 64, {"--index"});
  ExpectError(Data("show absent.textproto"), 66, {"absent.textproto", "no such file"});
  ExpectError(Data("show fashion_mnist --index 99999999999999999999"), 64, {"--index"});
}

TEST_F(DataCommand, ShowNamesTheFileThatIsMissing) {
  ExpectError(Data("show reuters"), 66, {"reuters_word_index.json", "data fetch reuters"});
  ExpectError(DataIn("LOCKSTEP_DATA=/nowhere HOME=/nowhere", "show imdb"), 66,
              {"imdb.npz", "/nowhere/.keras/datasets"});
}

// The address cannot be reached through a proxy that is not there, with a network or without.
TEST_F(DataCommand, FetchWithoutANetworkSaysWhichFileToPutWhere) {
  const std::string environment = "https_proxy=http://127.0.0.1:1 HOME=" + folder_ + "/home ";
  ExpectError(DataIn(environment + "LOCKSTEP_DATA=" + folder_ + "/new", "fetch boston_housing"), 66,
              {"boston_housing.npz", "put the file at " + folder_ + "/new/boston_housing.npz"});
  ExpectError(DataIn(environment + "LOCKSTEP_DATA=", "fetch boston_housing"), 66,
              {folder_ + "/home/.cache/lockstep/boston_housing.npz"});
  ExpectError(DataIn(environment, "fetch boston_housing --folder " + folder_ + "/other"), 66,
              {folder_ + "/other/boston_housing.npz"});
  ExpectError(DataIn("LOCKSTEP_DATA= HOME=", "fetch boston_housing"), 64, {"--folder"});
}

TEST_F(DataCommand, FetchIntoAPlaceThatIsNoFolderCannotWrite) {
  ExpectError(Data("fetch boston_housing --folder " + folder_ + "/mnist.npz/below"), 73,
              {folder_ + "/mnist.npz/below", "--folder"});
}

class FullDataCommand : public testing::Test {
 protected:
  void SetUp() override {
    if (std::getenv("LOCKSTEP_DATA") == nullptr) {
      GTEST_SKIP() << "NOT TESTED: LOCKSTEP_DATA is not set";
    }
  }
  CommandResult Data(const std::string& arguments) {
    return RunCommand(RunfilePath("tools/lockstep") + " data " + arguments);
  }
};

TEST_F(FullDataCommand, EveryFileIsTheOneThatIsMeant) {
  for (const char* set : {"imdb", "reuters", "boston_housing", "mnist"}) {
    EXPECT_EQ(Data(std::string("verify ") + set).exit_code, 0) << set;
  }
}

TEST_F(FullDataCommand, AFilesHashThatDiffersIsFoundOut) {
  const std::string folder = testing::TempDir() + "/damaged";
  const CommandResult result = RunCommand(
      "rm -rf " + folder + "; mkdir -p " + folder + " && cp $LOCKSTEP_DATA/boston_housing.npz " +
      folder + " && chmod u+w " + folder +
      "/boston_housing.npz && printf x | dd conv=notrunc bs=1 " + "seek=1000 of=" + folder +
      "/boston_housing.npz status=none && LOCKSTEP_DATA=" + folder + " " +
      RunfilePath("tools/lockstep") + " data verify boston_housing");
  EXPECT_EQ(result.exit_code, 65) << result.output;
}

TEST_F(FullDataCommand, TheFirstReviewIsTheTutorials) {
  const CommandResult result = Data("show imdb");
  EXPECT_EQ(result.exit_code, 0) << result.output;
  EXPECT_EQ(result.output.find("training sample 0, label 1 (positive)\n"
                               "this film was just brilliant casting location scenery story"),
            0u)
      << result.output;
  ExpectFits80Columns(result.output);
}

TEST_F(FullDataCommand, SamplesFitATerminal) {
  for (const char* sample : {"reuters --index 10", "mnist --index 7", "boston_housing --test"}) {
    const CommandResult result = Data(std::string("show ") + sample);
    EXPECT_EQ(result.exit_code, 0) << result.output;
    ExpectFits80Columns(result.output);
  }
}

}  // namespace
}  // namespace lockstep
