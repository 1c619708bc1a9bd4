// Runs on folders of pictures: the same bits for any number of ranks and decode threads, pictures
// predicted by name, broken ones named.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "core/base/file.h"
#include "tests/core/data/picture_folder.h"
#include "tests/testing/command.h"
#include "tests/tools/lockstep_run.h"

namespace lockstep {
namespace {

class ImageFolderRuns : public testing::Test {
 protected:
  ImageFolderRuns() : pictures_("pictures") {
    for (const char* part : {"train", "val"}) {
      for (int i = 0; i < 3; ++i) {
        const std::string number = std::to_string(i);
        pictures_.Add(std::string(part) + "/bright/" + number + ".png", "colour.png");
        pictures_.Add(std::string(part) + "/grey/" + number + ".jpg", "grey.jpg");
      }
    }
    config_ = JoinPath(pictures_.path(), "c.textproto");
    WriteText(config_, R"(
        data { image_folder { path: "." height: 8 width: 9 } divide_by: 255 validation { test: true }
               augment { random_resized_crop {} horizontal_flip: true
                         color_jitter { brightness: 0.3 contrast: 0.3 saturation: 0.3 } } }
        model { layer { conv2d { filters: 4 kernel_size: 3 } } layer { batch_normalization {} }
                layer { activation { function: RELU } } layer { dropout { rate: 0.2 } }
                layer { local_response_normalization {} } layer { global_average_pooling2d {} }
                layer { dense { units: 2 activation: SOFTMAX } } }
        loss: CATEGORICAL_CROSSENTROPY metric: ACCURACY metric: TOP_5_ACCURACY
        training { batch_size: 5 epochs: 3 microbatches: 4 })");
  }

  LockstepResult Train(const std::string& run, const std::string& arguments) {
    return RunLockstep("train " + config_ + " --run-dir " + JoinPath(pictures_.path(), run) + " " +
                       arguments);
  }
  LockstepResult Predict(const std::string& images) {
    return RunLockstep("predict " + JoinPath(pictures_.path(), "run") + " --image " + images);
  }

  PictureFolder pictures_;
  std::string config_;
};

TEST_F(ImageFolderRuns, HaveTheSameBitsForAnyRanksAndThreads) {
  const std::string expected = WeightsHashOf(Train("a", "--ranks 1 --set 'data { decode_threads: 1 }'"));
  EXPECT_EQ(expected.size(), 16u) << expected;
  for (const char* arguments : {"--ranks 2 --set 'data { decode_threads: 8 }'", "--ranks 3",
                                "--ranks 4 --set 'data { decode_threads: 2 }'"}) {
    EXPECT_EQ(WeightsHashOf(Train("b", arguments)), expected) << arguments;
  }
}

TEST_F(ImageFolderRuns, PicturesArePredictedByNameWithoutTheirData) {
  ASSERT_EQ(Train("run", "--ranks 1").exit_code, 0);
  const std::string picture = JoinPath(pictures_.path(), "one.png");
  pictures_.Add("one.png", "colour.png");
  std::filesystem::remove_all(JoinPath(pictures_.path(), "train"));
  std::filesystem::remove_all(JoinPath(pictures_.path(), "val"));
  const LockstepResult result = Predict(picture);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_TRUE(result.out.starts_with(picture + ": ")) << result.out;
  EXPECT_NE(result.out.find("bright 0."), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("grey 0."), std::string::npos) << result.out;
}

TEST_F(ImageFolderRuns, ABrokenPictureIsNamedAndTheOthersArePredicted) {
  ASSERT_EQ(Train("run", "--ranks 1").exit_code, 0);
  pictures_.Write("broken.jpg", "no picture");
  const std::string broken = JoinPath(pictures_.path(), "broken.jpg");
  const LockstepResult result =
      Predict(broken + " " + JoinPath(pictures_.path(), "train/grey/0.jpg"));
  EXPECT_EQ(result.exit_code, 65);
  EXPECT_NE(result.err.find(broken), std::string::npos) << result.err;
  EXPECT_EQ(CountLines(result.out), 1) << result.out;
  EXPECT_NE(result.err.find("1 of 2 pictures could not be read"), std::string::npos) << result.err;
  ExpectRefused(Predict(JoinPath(pictures_.path(), "absent.jpg")), 66, "absent.jpg: no such file");
}

TEST_F(ImageFolderRuns, ABrokenTrainingPictureEndsTheRunOrIsSkipped) {
  pictures_.Write("train/grey/broken.jpg", "no picture");
  const LockstepResult refused = Train("a", "--ranks 2");
  EXPECT_EQ(refused.exit_code, 65);
  EXPECT_NE(refused.err.find("train/grey/broken.jpg"), std::string::npos) << refused.err;
  EXPECT_NE(refused.err.find("skip_broken: true"), std::string::npos) << refused.err;
  const LockstepResult skipped =
      Train("b", "--ranks 2 --set 'data { image_folder { skip_broken: true } }'");
  EXPECT_EQ(skipped.exit_code, 0) << skipped.err;
  EXPECT_NE((skipped.out + skipped.err).find("1 "), std::string::npos);
}

TEST_F(ImageFolderRuns, ANetworkOfOtherSamplesTakesNoPictures) {
  const std::string run = JoinPath(pictures_.path(), "run");
  const std::string small = JoinPath(pictures_.path(), "small.textproto");
  WriteText(small, kSmallConfig);
  ASSERT_EQ(RunLockstep("train " + small + " --ranks 1 --run-dir " + run).exit_code, 0);
  ExpectRefused(Predict(JoinPath(pictures_.path(), "train/grey/0.jpg")), 64, "--image needs");
  ExpectRefused(Predict(JoinPath(pictures_.path(), "train/grey/0.jpg") + " --out a.csv"), 64,
                "are for test samples");
}

TEST_F(ImageFolderRuns, InvertedPicturesAreOtherPicturesAndNeedOne) {
  ASSERT_EQ(Train("run", "--ranks 1").exit_code, 0);
  const std::string picture = JoinPath(pictures_.path(), "train/grey/0.jpg");
  const LockstepResult plain = Predict(picture), inverted = Predict(picture + " --invert");
  EXPECT_EQ(inverted.exit_code, 0) << inverted.err;
  EXPECT_NE(inverted.out, plain.out);
  EXPECT_EQ(RunLockstep("predict " + JoinPath(pictures_.path(), "run") + " --invert").exit_code, 64);
}

}  // namespace
}  // namespace lockstep
