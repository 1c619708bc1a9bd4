#include "core/config/parse_text.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/core/data/formats/damage.h"

namespace lockstep {
namespace {

Status Parse(const std::string& text) {
  Config config;
  return MergeText(text, "net.textproto", &config);
}

struct Wrong {
  std::string text;
  std::string start;  // of the message after the file's name
  std::string named;
};

TEST(MergeText, AMistakeHasItsPlaceWhatWasFoundAndTheNearestName) {
  const Wrong kWrong[] = {
      {"training { bach_size: 3 }",
       ":1:", "found \"bach_size\"; expected one of batch_size, epochs"},
      {"training { bach_size: 3 }", ":1:", "did you mean \"batch_size\"?"},
      {"\n\n  optimizer { adan {} }", ":3:", "did you mean \"adam\"?"},
      {"data { mnist { path: \"x\" } }", ":1:", "found \"path\", but this block has no settings"},
      {"loss: HINGE", ":1:", "loss: found HINGE; expected one of BINARY_CROSSENTROPY, "},
      {"metric: ACURACY", ":1:", "did you mean \"ACCURACY\"?"},
      {"model { layer { dense { activation: relu } } }", ":1:", "activation: found relu; expected"},
      {"qwertyuiop: 1", ":1:", "expected one of name, seed, data"},
      {"seed: \"1\"", ":1:7: ", "Expected integer"},
      {"seed: -1", ":1:", "Expected integer"},
      {"seed: 1.5", ":1:", "Expected integer"},
      {"seed: 18446744073709551616", ":1:7: ", "out of range"},
      {"training { batch_size: 4294967296 }", ":1:24: ", "out of range"},
      {"name: \"x", ":1:", "Unexpected end of string"},
      {"name: \"a\x1b[2J", ":1:", ""},
      {"model { layer {", ":1:16: ", "Expected identifier"},
      {"}", ":1:1: ", "}"},
      {"seed 1", ":1:6: ", "\":\""},
      {"seed: 1\nname: \"a\"\nseed: 2", ":3:5: ", "found \"seed\" a second time; write it once"},
      {"training { epochs: 1 epochs : 2 }", ":1:", "found \"epochs\" a second time"},
      {"data { mnist {} imdb {} }", ":1:", "found \"imdb\" beside \"mnist\": only one source"},
      {"data { validation { first: 1 test: true } }", ":1:", "found \"test\" beside \"first\""},
      {"[type.googleapis.com/lockstep.Config] {}", ":1:", ""},
      {"\xff\xfe", ":1:1: ", ""},
      {std::string("seed: 1\0", 8), ":1:8: ", ""},
  };
  for (const Wrong& wrong : kWrong) {
    const Status status = Parse(wrong.text);
    ASSERT_FALSE(status.ok()) << wrong.text;
    EXPECT_EQ(ExitCodeOf(status), ExitCode::kUsage) << wrong.text;
    EXPECT_TRUE(Message(status).starts_with("net.textproto" + wrong.start)) << status;
    EXPECT_NE(Message(status).find(wrong.named), std::string::npos) << status;
    EXPECT_EQ(Message(status).find_first_of("\n\r\x1b"), std::string::npos) << status;
  }
}

TEST(MergeText, ALongWrongWordStaysAShortMessage) {
  const Status status = Parse(std::string(kMaxConfigBytes - 4, 'x') + ": 1");
  ASSERT_FALSE(status.ok());
  EXPECT_LT(status.message().size(), 1200u);
}

TEST(MergeText, TextsAndPiecesOfBlocksAreMergedInOrder) {
  Config config;
  ASSERT_TRUE(
      MergeText("seed: 1 training { batch_size: 4 } training { epochs: 2 }", "a", &config).ok());
  ASSERT_TRUE(MergeText("seed: 2 data { mnist {} } metric: ACCURACY", "b", &config).ok());
  ASSERT_TRUE(
      MergeText("training: { epochs: 3 } training { steps: 7 } data { imdb {} }", "c", &config)
          .ok());
  ASSERT_TRUE(MergeText("metric: TOP_5_ACCURACY", "d", &config).ok());
  EXPECT_EQ(config.seed(), 2u);
  EXPECT_EQ(config.training().batch_size(), 4u);
  EXPECT_EQ(config.training().epochs(), 3u);
  EXPECT_EQ(config.training().steps(), 7u);
  EXPECT_TRUE(config.data().has_imdb());
  EXPECT_FALSE(config.data().has_mnist());
  EXPECT_EQ(config.metric_size(), 2);
}

TEST(MergeText, AfterAnErrorTheConfigIsAsItWas) {
  Config config;
  config.set_seed(5);
  EXPECT_FALSE(MergeText("seed: 6 sead: 7", "a", &config).ok());
  EXPECT_EQ(config.seed(), 5u);
}

TEST(MergeText, CommentsByteOrderMarksAndCrlfAreRead) {
  EXPECT_TRUE(Parse("\xEF\xBB\xBF# a comment\r\nseed: 3\r\n").ok());
  EXPECT_TRUE(Parse("").ok());
}

TEST(MergeText, MoreThanOneMebibyteIsNoConfig) {
  EXPECT_TRUE(Parse(std::string(kMaxConfigBytes, ' ')).ok());
  EXPECT_EQ(ExitCodeOf(Parse(std::string(kMaxConfigBytes + 1, ' '))), ExitCode::kUsage);
}

TEST(MergeText, EveryCutAndEveryChangedByteIsReadOrRefusedInOneLine) {
  const std::string text =
      "name: \"a\\n\" seed: 1\ndata { idx { images: \"x\" } take: 5 divide_by: 2.5 }\n"
      "loss: MEAN_SQUARED_ERROR metric: [ACCURACY] # note\ntraining { shuffle: false }\n";
  const UseDamaged check = [](const std::string& damaged, size_t at) {
    const Status status = Parse(damaged);
    if (status.ok()) return;
    ASSERT_EQ(ExitCodeOf(status), ExitCode::kUsage) << at;
    ASSERT_TRUE(Message(status).starts_with("net.textproto:")) << status;
    ASSERT_EQ(Message(status).find_first_of("\n\r\x1b"), std::string::npos) << status;
  };
  ForEachCut(text, check);
  ForEachFlip(text, 0, text.size(), check, /*step=*/9);
}

}  // namespace
}  // namespace lockstep
