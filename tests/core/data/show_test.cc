#include "core/data/show.h"

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <sstream>
#include <string>
#include <vector>

#include "core/base/file.h"
#include "tests/testing/command.h"
#include "tests/testing/npz_file.h"
#include "tests/testing/scoped_environment.h"

namespace lockstep {
namespace {

// What Python makes of the longest review of load_data(num_words=50) by imdb_word_index.json.
constexpr int64_t kLongest = 13;
constexpr const char* kLongestReview =
    "training sample 13, label 1 (positive)\n"
    "word28 ? word17 ? word6 word41 word30 word10 word45 ? word40 word15 word7 word3\n"
    "word38 word23 ? ? word10 word36 word16 word21 word33 word36 word22 word7 word21\n"
    "word1 word21\n";

// Columns of the widest line.
size_t Width(const std::string& text) {
  size_t widest = 0;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    size_t columns = 0;
    for (const char c : line) columns += (static_cast<uint8_t>(c) & 0xC0) != 0x80;
    widest = std::max(widest, columns);
  }
  return widest;
}

class ShowSampleTest : public testing::Test {
 protected:
  // What is shown of this data; FOLDER stands for the test's own folder.
  StatusOr<std::string> Show(std::string data, const ShowOptions& options = {}) {
    for (size_t at; (at = data.find("FOLDER")) != std::string::npos;) {
      data.replace(at, 6, testing::TempDir());
    }
    Config config;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(data, &config)) << data;
    return ShowSample(config, options);
  }
  void Write(const std::string& name, const std::string& bytes) {
    ASSERT_TRUE(WriteFileAtomically(JoinPath(testing::TempDir(), name), bytes).ok());
  }

 private:
  ScopedEnvironment data_{"LOCKSTEP_DATA", RunfilePath("tests/core/data/testdata")};
};

TEST_F(ShowSampleTest, AReviewIsShownInItsWords) {
  const auto text = Show("data { imdb { words: 50 } }", {.index = kLongest});
  ASSERT_TRUE(text.ok()) << text.status().message();
  EXPECT_EQ(*text, kLongestReview);
}

TEST_F(ShowSampleTest, TheTestSetHasSamplesOfItsOwn) {
  const auto text = Show("data { imdb { words: 50 } }", {.index = 24, .test = true});
  ASSERT_TRUE(text.ok()) << text.status().message();
  EXPECT_TRUE(text->starts_with("test sample 24, label ")) << *text;
}

TEST_F(ShowSampleTest, AnImageIsAPictureWithItsLabel) {
  const auto text = Show("data { mnist {} divide_by: 255 validation { first: 2 } }", {.index = 7});
  ASSERT_TRUE(text.ok()) << text.status().message();
  EXPECT_TRUE(text->starts_with("training sample 7, label 7\n")) << *text;
  EXPECT_EQ(std::count(text->begin(), text->end(), '\n'), 1 + 5);
  EXPECT_EQ(Width(text->substr(text->find('\n') + 1)), 8u);  // 4 pixels
}

TEST_F(ShowSampleTest, ATableRowIsItsNumbersAndTarget) {
  Write("t.csv", "a,price,b\n1.5,10,-2\n3,20,1e-5\n");
  const std::string csv =
      "data { csv { path: 'FOLDER/t.csv' target: 'price' } standardize: true } ";
  EXPECT_EQ(*Show(csv + "loss: MEAN_SQUARED_ERROR", {.index = 1}),
            "training sample 1, target 20\n3 1e-05\n");
  EXPECT_EQ(*Show(csv + "loss: CATEGORICAL_CROSSENTROPY", {.index = 1}),
            "training sample 1, label 20\n3 1e-05\n");
}

TEST_F(ShowSampleTest, AClassIsShownByItsName) {
  Write("named.csv", "a,kind\n1,dog\n2,cat\n");
  EXPECT_EQ(*Show("data { csv { path: 'FOLDER/named.csv' target: 'kind' } } "
                  "loss: BINARY_CROSSENTROPY"),
            "training sample 0, label 1 (dog)\n1\n");
}

TEST_F(ShowSampleTest, SeveralTargetsAndManyFeaturesAreCutShort) {
  Write("wide.npz",
        NpzBytes({MakeMember<float>("x_train", {1, 500}, std::vector<float>(500, 0.123456f)),
                  MakeMember<float>("y_train", {1, 3}, {1, 2.5, 3})}));
  const auto text = Show("data { npz { path: 'FOLDER/wide.npz' } } loss: MEAN_SQUARED_ERROR");
  ASSERT_TRUE(text.ok()) << text.status().message();
  EXPECT_TRUE(text->starts_with("training sample 0, targets 1 2.5 3\n")) << *text;
  EXPECT_NE(text->find("(500 values)"), std::string::npos) << *text;
  EXPECT_LE(Width(*text), 80u);
}

// Of an upper red and a lower green pixel: half a block each.
TEST(RenderImage, ATerminalOfColoursShowsTwoPixelsInACharacter) {
  const std::vector<uint8_t> pixels = {200, 10, 20, 30, 180, 40};
  const std::vector<int64_t> shape = {2, 1, 3};
  EXPECT_EQ(RenderImage(pixels, shape, /*colour=*/true),
            "\x1b[38;2;200;10;20m\x1b[48;2;30;180;40m▀\x1b[0m\n");
  const std::vector<int64_t> grey = {2, 3, 1};
  EXPECT_EQ(RenderImage(pixels, grey, /*colour=*/true), RenderImage(pixels, grey));
}

TEST(RenderImage, AWidePictureFitsIntoALine) {
  const std::vector<uint8_t> pixels(300 * 200 * 3, 90);
  const std::vector<int64_t> shape = {200, 300, 3};
  const std::string picture = RenderImage(pixels, shape, /*colour=*/true);
  EXPECT_EQ(std::count(picture.begin(), picture.end(), '\n'), 25);  // squares of 4 pixels
  const std::string line = picture.substr(0, picture.find('\n'));
  size_t blocks = 0;
  for (size_t at = 0; (at = line.find("▀", at)) != std::string::npos; ++at) ++blocks;
  EXPECT_EQ(blocks, 75u);
}

TEST_F(ShowSampleTest, BytesOfTwoAxesAreAnImageToo) {
  Write("grey.npz", NpzBytes({MakeMember<uint8_t>("x_train", {1, 2, 3}, {0, 255, 0, 255, 0, 255}),
                              MakeMember<uint8_t>("y_train", {1}, {1})}));
  const auto text = Show("data { npz { path: 'FOLDER/grey.npz' } } loss: BINARY_CROSSENTROPY");
  ASSERT_TRUE(text.ok()) << text.status().message();
  EXPECT_EQ(*text, "training sample 0, label 1\n  ██  \n██  ██\n");
}

TEST_F(ShowSampleTest, SamplesThatAreNotThereAreRefused) {
  for (const char* source : {"imdb { words: 50 }", "reuters { words: 50 }", "mnist {}"}) {
    const std::string data = "data { " + std::string(source) + " }";
    for (const int64_t index : {int64_t{-1}, int64_t{40}, INT64_MAX}) {
      const Status status = Show(data, {.index = index}).status();
      EXPECT_EQ(ExitCodeOf(status), ExitCode::kUsage) << source;
      EXPECT_NE(std::string(status.message()).find("expected 0 to "), std::string::npos);
    }
  }
  Write("no_test.csv", "a,y\n1,2\n");
  const Status status =
      Show("data { csv { path: 'FOLDER/no_test.csv' target: 'y' } }", {.test = true}).status();
  EXPECT_EQ(ExitCodeOf(status), ExitCode::kUsage);
  EXPECT_NE(std::string(status.message()).find("no test set"), std::string::npos);
}

TEST(RenderImage, ShadesFollowBrightness) {
  const std::vector<uint8_t> pixels = {0, 31, 32, 94, 95, 157, 158, 220, 221, 255};
  EXPECT_EQ(RenderImage(pixels, std::array<int64_t, 3>{1, 10, 1}), "    ░░░░▒▒▒▒▓▓▓▓████\n");
}

TEST(RenderImage, ChannelsAreAveraged) {
  const std::vector<uint8_t> pixels = {255, 255, 255, 255, 128, 0};
  EXPECT_EQ(RenderImage(pixels, std::array<int64_t, 3>{1, 2, 3}), "██▒▒\n");
}

TEST(RenderImage, WideImagesAreScaledDownTo80Columns) {
  for (const int64_t width : {40, 41, 96, 333}) {
    const std::vector<uint8_t> pixels(static_cast<size_t>(width * width), 255);
    const std::string picture = RenderImage(pixels, std::array<int64_t, 3>{width, width, 1});
    EXPECT_LE(Width(picture), 80u) << width;
    EXPECT_GE(Width(picture), 40u) << width;
    EXPECT_EQ(picture.find(' '), std::string::npos) << width;
  }
}

}  // namespace
}  // namespace lockstep
