#include "core/data/build_dataset.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "core/base/file.h"
#include "core/data/formats/npz_reader.h"
#include "google/protobuf/text_format.h"
#include "tests/core/data/picture_folder.h"
#include "tests/testing/command.h"
#include "tests/testing/npz_file.h"
#include "tests/testing/scoped_environment.h"

namespace lockstep {
namespace {

constexpr DatasetNeeds kBoth = {.train = true, .test = true};

class BuildDatasetsTest : public testing::Test {
 protected:
  // A config of this text; FOLDER stands for the test's own folder.
  Config Parse(std::string text) {
    for (size_t at; (at = text.find("FOLDER")) != std::string::npos;) {
      text.replace(at, 6, testing::TempDir());
    }
    Config config;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &config)) << text;
    return config;
  }
  std::vector<float> Expected(const std::string& array) {
    const auto npz = NpzReader::Open(RunfilePath("tests/core/data/testdata/boston_expected.npz"));
    return *NpyToFloats(*npz->Read(array));
  }
  void Write(const std::string& name, const std::string& bytes) {
    ASSERT_TRUE(WriteFileAtomically(JoinPath(testing::TempDir(), name), bytes).ok());
  }

 private:
  ScopedEnvironment data_{"LOCKSTEP_DATA", RunfilePath("tests/core/data/testdata")};
};

// Equal up to one rounding to float32: numpy adds up means in another order.
void ExpectNear(const std::vector<float>& values, const std::vector<float>& expected) {
  ASSERT_EQ(values.size(), expected.size());
  for (size_t i = 0; i < values.size(); ++i) {
    EXPECT_NEAR(values[i], expected[i], std::abs(expected[i]) * 0x1p-23f) << "value " << i;
  }
}

TEST_F(BuildDatasetsTest, BostonIsStandardisedAsTheTutorialDoes) {
  const auto splits = BuildDatasets(
      Parse("data { boston_housing {} standardize: true } loss: MEAN_SQUARED_ERROR"), kBoth);
  ASSERT_TRUE(splits.ok()) << splits.status().message();
  ExpectNear(splits->train.dense, Expected("train"));
  ExpectNear(splits->test.dense, Expected("test"));
  EXPECT_EQ(splits->train.targets, Expected("y_train"));
  EXPECT_EQ(splits->test.targets, Expected("y_test"));
}

TEST_F(BuildDatasetsTest, WithoutStandardisationTheNumbersAreTheFiles) {
  const auto splits = BuildDatasets(Parse("data { boston_housing {} }"), kBoth);
  EXPECT_EQ(splits->train.dense, Expected("plain"));
}

TEST_F(BuildDatasetsTest, MomentsAreTakenBeforeValidationSamplesAreSetAside) {
  const auto splits = BuildDatasets(
      Parse("data { boston_housing {} standardize: true validation { first: 6 } }"), kBoth);
  ASSERT_TRUE(splits.ok()) << splits.status().message();
  std::vector<float> joined = splits->validation.dense;
  joined.insert(joined.end(), splits->train.dense.begin(), splits->train.dense.end());
  ExpectNear(joined, Expected("train"));
  EXPECT_EQ(splits->validation.size, 6);
}

TEST_F(BuildDatasetsTest, TheTestSetAloneIsScaledByTheTrainingSetsMoments) {
  const DatasetNeeds test_alone = {.train = false, .test = true};
  const auto boston =
      BuildDatasets(Parse("data { boston_housing {} standardize: true }"), test_alone);
  ExpectNear(boston->test.dense, Expected("test"));
  EXPECT_EQ(boston->train.size, 0);
  const Config mnist = Parse("data { mnist {} standardize: true }");
  EXPECT_EQ(BuildDatasets(mnist, test_alone)->test.dense, BuildDatasets(mnist, kBoth)->test.dense);
}

TEST_F(BuildDatasetsTest, SetsThatAreNotNeededAreEmpty) {
  for (const char* source : {"mnist {}", "synthetic { shape: 3 samples: 10 }"}) {
    const Config config = Parse("data { " + std::string(source) + " }");
    EXPECT_EQ(BuildDatasets(config, {.train = true, .test = false})->test.size, 0) << source;
    EXPECT_EQ(BuildDatasets(config, {.train = false, .test = true})->train.size, 0) << source;
    EXPECT_GT(BuildDatasets(config, kBoth)->test.size, 0) << source;
  }
}

TEST_F(BuildDatasetsTest, ValidationByTheTestSetBringsItAlong) {
  const auto splits = BuildDatasets(Parse("data { mnist {} validation { test: true } }"),
                                    {.train = true, .test = false});
  ASSERT_TRUE(splits.ok()) << splits.status().message();
  EXPECT_EQ(splits->validation.size, 3);
}

TEST_F(BuildDatasetsTest, ClassesDoNotDependOnWhichSetIsAskedFor) {
  Write("train.csv", "a,y\n1,dog\n2,cat\n");
  Write("test.csv", "a,y\n3,ape\n");
  const Config config = Parse(
      "data { csv { path: 'FOLDER/train.csv' test_path: 'FOLDER/test.csv' target: 'y' } } "
      "loss: CATEGORICAL_CROSSENTROPY");
  const auto train = BuildDatasets(config, {.train = true, .test = false});
  const auto test = BuildDatasets(config, {.train = false, .test = true});
  ASSERT_TRUE(train.ok() && test.ok());
  EXPECT_EQ(train->train.format.classes, 3);
  EXPECT_EQ(train->train.labels, std::vector<int32_t>({2, 1}));
  EXPECT_EQ(test->test.labels, std::vector<int32_t>({0}));
  EXPECT_EQ(test->class_names, train->class_names);
}

TEST_F(BuildDatasetsTest, ANetworkMayTellMoreClassesThanTheLabelsOfAFileHave) {
  Write("few.csv", "a,y\n1,0\n2,2\n3,1\n");
  const std::string data =
      "data { csv { path: \"FOLDER/few.csv\" target: \"y\" } } loss: CATEGORICAL_CROSSENTROPY ";
  const auto classes = [&](const std::string& units) {
    const auto splits = BuildDatasets(
        Parse(data + "model { layer { dense { units: " + units + " } } }"), kBoth);
    return splits.ok() ? splits->train.format.classes : -1;
  };
  EXPECT_EQ(classes("5"), 5);
  EXPECT_EQ(classes("2"), 3);  // which BuildGraph refuses by name
}

TEST_F(BuildDatasetsTest, TheClassesAreOfTheFirstOutput) {
  Write("few.csv", "a,y\n1,0\n2,2\n3,1\n");
  const auto splits = BuildDatasets(
      Parse("data { csv { path: 'FOLDER/few.csv' target: 'y' } } loss: CATEGORICAL_CROSSENTROPY "
            "model { layer { dense { units: 9 } }"
            "        layer { name: 'aux' input: 'input' dense { units: 8 } }"
            "        layer { name: 'out' input: 'dense' conv2d { filters: 7 kernel_size: 1 } }"
            "        layer { name: 'flat' flatten {} }"
            "        output { layer: 'flat' } output { layer: 'aux' weight: 0.3 } }"),
      kBoth);
  ASSERT_TRUE(splits.ok()) << splits.status();
  EXPECT_EQ(splits->train.format.classes, 7);
}

TEST_F(BuildDatasetsTest, TheClassesAreOfTheLayerThatNoOtherTakes) {
  Write("few.csv", "a,y\n1,0\n2,2\n3,1\n");
  const auto splits = BuildDatasets(
      Parse("data { csv { path: \"FOLDER/few.csv\" target: \"y\" } } "
            "loss: CATEGORICAL_CROSSENTROPY model { "
            "layer { name: \"out\" input: \"late\" activation { function: SOFTMAX } } "
            "layer { name: \"late\" input: \"drop\" dense { units: 5 } } "
            "layer { name: \"first\" dense { units: 64 } } "
            "layer { name: \"drop\" input: \"first\" dropout { rate: 0.5 } } }"),
      kBoth);
  ASSERT_TRUE(splits.ok()) << splits.status();
  EXPECT_EQ(splits->train.format.classes, 5);
}

TEST_F(BuildDatasetsTest, TheLossDecidesWhatAnNpzHolds) {
  Write("f.npz", NpzBytes({MakeMember<float>("x_train", {2, 1}, {1, 2}),
                           MakeMember<int64_t>("y_train", {2}, {0, 3})}));
  const std::string source = "data { npz { path: 'FOLDER/f.npz' } } loss: ";
  EXPECT_EQ(TrainingFormat(Parse(source + "CATEGORICAL_CROSSENTROPY"))->classes, 4);
  EXPECT_EQ(TrainingFormat(Parse(source + "MEAN_SQUARED_ERROR"))->classes, 0);
  EXPECT_EQ(ExitCodeOf(TrainingFormat(Parse(source + "BINARY_CROSSENTROPY")).status()),
            ExitCode::kUsage);
}

// The format that is known without a file is the one that the files give.
TEST_F(BuildDatasetsTest, KnownFormatsAreThoseOfTheData) {
  for (const char* data :
       {"imdb { words: 50 }", "reuters { words: 60 }", "boston_housing {}",
        "boston_housing {} standardize: true", "mnist {}", "mnist {} standardize: true"}) {
    const Config config = Parse("data { " + std::string(data) + " }");
    const auto known = TrainingFormat(config);
    const auto built = BuildDatasets(config, {.train = true, .test = false});
    ASSERT_TRUE(known.ok() && built.ok()) << data << built.status().message();
    EXPECT_EQ(known->encoding, built->train.format.encoding) << data;
    EXPECT_EQ(known->classes, built->train.format.classes) << data;
    EXPECT_EQ(known->shape.size(), built->train.format.shape.size()) << data;
  }
}

constexpr const char* kPictures =
    "image_folder { path: 'FOLDER/pictures' height: 12 width: 20 } divide_by: 255 "
    "normalize { mean: 0.5 std: [1, 2, 3] } augment { horizontal_flip: true } ";

// Six pictures to train with and two to test.
void WritePictures() {
  const PictureFolder folder("pictures");
  for (int i = 1; i <= 8; ++i) {
    const std::string part = i <= 6 ? "train/" : "test/";
    folder.Add(part + (i % 2 == 0 ? "even/" : "odd/") + std::to_string(i) + ".jpg",
               "turned_" + std::to_string(i) + ".jpg");
  }
}

TEST_F(BuildDatasetsTest, PicturesAreSplitAndSetAsideLikeOtherSamples) {
  WritePictures();
  const auto all = BuildDatasets(Parse("data { " + std::string(kPictures) + "}"), kBoth);
  ASSERT_TRUE(all.ok()) << all.status();
  ASSERT_EQ(all->train.size, 6);
  EXPECT_EQ(all->class_names, (std::vector<std::string>{"even", "odd"}));
  const auto split = BuildDatasets(
      Parse("data { " + std::string(kPictures) + "take: 5 validation { first: 2 } }"), kBoth);
  ASSERT_TRUE(split.ok()) << split.status();
  ASSERT_EQ(split->train.size, 3);
  ASSERT_EQ(split->validation.size, 2);
  const auto begin = all->train.bytes.begin();
  constexpr int64_t kBytes = 12 * 20 * 3;
  EXPECT_EQ(split->validation.bytes, std::vector<uint8_t>(begin, begin + 2 * kBytes));
  EXPECT_EQ(split->train.bytes, std::vector<uint8_t>(begin + 2 * kBytes, begin + 5 * kBytes));
  EXPECT_EQ(split->train.labels, (std::vector<int32_t>{0, 1, 1}));
  EXPECT_EQ(split->test.bytes, all->test.bytes);
}

TEST_F(BuildDatasetsTest, OnlyTrainingSamplesAreChanged) {
  WritePictures();
  const auto splits = BuildDatasets(
      Parse("data { " + std::string(kPictures) + "validation { test: true } }"), kBoth);
  ASSERT_TRUE(splits.ok()) << splits.status();
  EXPECT_NE(splits->train.augmentation, nullptr);
  EXPECT_EQ(splits->validation.augmentation, nullptr);
  EXPECT_EQ(splits->test.augmentation, nullptr);
  EXPECT_EQ(splits->validation.bytes, splits->test.bytes);
  EXPECT_EQ(splits->train.format.divide_by, 255);
  EXPECT_EQ(splits->train.format.std, (std::vector<float>{1, 2, 3}));
}

TEST_F(BuildDatasetsTest, ThePicturesFormatIsKnownBeforeTheyAreDecoded) {
  WritePictures();
  const Config config = Parse("data { " + std::string(kPictures) + "}");
  const auto known = TrainingFormat(config);
  const auto left = BuildDatasets(config, {.train = true, .test = false, .decode = false});
  ASSERT_TRUE(known.ok() && left.ok());
  EXPECT_EQ(known->shape, left->train.format.shape);
  EXPECT_EQ(known->classes, left->train.format.classes);
  EXPECT_NE(left->train.reader, nullptr);
}

TEST_F(BuildDatasetsTest, TheFormatOfAbsentPicturesIsWhatTheConfigTells) {
  const std::string data = "data { image_folder { path: '/absent' height: 9 width: 8 } } loss: ";
  const auto format = [&](const std::string& rest) { return TrainingFormat(Parse(data + rest)); };
  const auto zoo = format("CATEGORICAL_CROSSENTROPY model { zoo: 'resnet18' classes: 5 }");
  ASSERT_TRUE(zoo.ok()) << zoo.status();
  EXPECT_EQ(zoo->shape, (std::vector<int64_t>{9, 8, 3}));
  EXPECT_EQ(zoo->encoding, Encoding::kUint8);
  EXPECT_EQ(zoo->classes, 5);
  const std::string layers =
      " model { layer { flatten {} } layer { dense { units: 7 activation: SOFTMAX } } }";
  EXPECT_EQ(format("CATEGORICAL_CROSSENTROPY" + layers)->classes, 7);
  EXPECT_EQ(format("BINARY_CROSSENTROPY" + layers)->classes, 2);
  for (const std::string rest : {"CATEGORICAL_CROSSENTROPY model { zoo: 'resnet18' }",
                                 "MEAN_SQUARED_ERROR model { layer { flatten {} } }"}) {
    EXPECT_EQ(ExitCodeOf(format(rest).status()), ExitCode::kMissingInput) << rest;
  }
}

TEST_F(BuildDatasetsTest, OnlyPicturesCanBeChanged) {
  const auto splits = BuildDatasets(
      Parse("data { boston_housing {} augment { horizontal_flip: true } }"), kBoth);
  EXPECT_EQ(ExitCodeOf(splits.status()), ExitCode::kUsage) << splits.status();
}

TEST_F(BuildDatasetsTest, ErrorsKeepTheirExitCodes) {
  const auto code = [&](const std::string& text) {
    return ExitCodeOf(BuildDatasets(Parse(text), kBoth).status());
  };
  EXPECT_EQ(code("data { npz { path: '/no/such.npz' } }"), ExitCode::kMissingInput);
  Write("text.npz", "no archive");
  EXPECT_EQ(code("data { npz { path: 'FOLDER/text.npz' } }"), ExitCode::kBadData);
  EXPECT_EQ(code("data { imdb { words: 50 } standardize: true }"), ExitCode::kUsage);
  EXPECT_EQ(code("data { mnist {} validation { first: 12 } }"), ExitCode::kUsage);
  EXPECT_EQ(code("data { }"), ExitCode::kBug);
}

}  // namespace
}  // namespace lockstep
