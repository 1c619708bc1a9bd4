#include "core/config/check_config.h"

#include <gtest/gtest.h>

#include <string>

#include "core/config/parse_text.h"

namespace lockstep {
namespace {

constexpr const char* kGood =
    "data { synthetic { shape: 4 } } model { layer { dense { units: 2 } } } "
    "loss: CATEGORICAL_CROSSENTROPY ";

Config Merged(const std::string& text) {
  Config config;
  EXPECT_TRUE(MergeText(kGood, "good", &config).ok());
  const Status status = MergeText(text, "more", &config);
  EXPECT_TRUE(status.ok()) << status;
  return config;
}

// The error of the good config with `text` merged over it; "" if there is none.
std::string ErrorOf(const std::string& text) {
  const Status status = CheckConfig(Merged(text));
  EXPECT_TRUE(status.ok() || ExitCodeOf(status) == ExitCode::kUsage) << status;
  return std::string(status.message());
}

TEST(CheckConfig, LimitsThemselvesAreAllowed) {
  for (const std::string text : {
           "",
           "name: \"H\xc3\xb6he 2.0\"",
           "training { batch_size: 1 epochs: 1 microbatches: 1 }",
           "training { batch_size: 8 microbatches: 65536 }",
           "training { batch_size: 16777216 }",
           "data { imdb { words: 4 } }",
           "data { validation { fold: 1 folds: 2 } }",
           "data { divide_by: -2 }",
           "model { layer { dropout { rate: 0 } } }",
           "model { layer { input: \"input\" flatten {} } output { layer: \"flatten\" } }",
           "optimizer { sgd { momentum: 0 } weight_decay: 0 l2: 0 }",
           "optimizer { schedule { step { boundary: [1, 2] factor: 1 } } }",
           "optimizer { schedule { cosine { decay_steps: 1 final_fraction: 1 } } }",
           "metric: ACCURACY metric: MEAN_ABSOLUTE_ERROR",
       }) {
    EXPECT_EQ(ErrorOf(text), "") << text;
  }
}

struct Wrong {
  std::string text;
  std::string start;
};

const Wrong kWrong[] = {
    {"name: \"\"", "name: found \"\", expected 1 to 100 bytes of printable text"},
    {"name: \"../x\"", "name: found \"../x\""},
    {"name: \"a\\nb\"", "name: found \"a?b\""},
    {"name: \"\\377\"", "name: found \"?\""},
    {"data { imdb { words: 3 } }", "data.imdb.words: found 3"},
    {"data { reuters { words: 16777217 } }", "data.reuters.words: found 16777217"},
    {"data { idx { labels: \"l\" } }", "data.idx.images is missing"},
    {"data { idx { images: \"i\" labels: \"\" } }", "data.idx.labels is missing"},
    {"data { npz {} }", "data.npz.path is missing"},
    {"data { csv { target: \"y\" } }", "data.csv.path is missing"},
    {"data { csv { path: \"p\" } }", "data.csv.target is missing"},
    {"data { synthetic { shape: 0 } }", "data.synthetic.shape: "},
    {"data { synthetic { shape: [1, 1, 1, 1] } }",
     "data.synthetic.shape: "},  // 5 with the good one
    {"data { synthetic { samples: 0 } }", "data.synthetic.samples: found 0"},
    {"data { synthetic { shape: 4000000000 samples: 4000000000 } }",
     "data.synthetic: found 6.4e+19"},
    {"data { divide_by: 0 }", "data.divide_by: found 0"},
    {"data { divide_by: nan }", "data.divide_by: found nan"},
    {"data { divide_by: inf }", "data.divide_by: found inf"},
    {"data { validation {} }", "data.validation has no rule"},
    {"data { validation { last_fraction: 0 } }", "data.validation.last_fraction: found 0"},
    {"data { validation { last_fraction: 1 } }", "data.validation.last_fraction: found 1"},
    {"data { validation { fold: 0 } }", "data.validation.folds: found 0"},
    {"data { validation { fold: 3 folds: 3 } }", "data.validation.fold: found 3, expected 0 to 2"},
    {"loss: UNSET", "loss is missing"},
    {"metric: UNSET", "metric: found UNSET"},
    {"metric: ACCURACY metric: ACCURACY", "metric: ACCURACY is listed twice"},
    {"optimizer { sgd { learning_rate: 0 } }", "optimizer.sgd.learning_rate: found 0"},
    {"optimizer { sgd { momentum: 1 } }", "optimizer.sgd.momentum: found 1"},
    {"optimizer { rmsprop { learning_rate: inf } }", "optimizer.rmsprop.learning_rate: found inf"},
    {"optimizer { rmsprop { rho: -0.1 } }", "optimizer.rmsprop.rho: found -0.1"},
    {"optimizer { rmsprop { momentum: 2 } }", "optimizer.rmsprop.momentum: found 2"},
    {"optimizer { rmsprop { epsilon: 0 } }", "optimizer.rmsprop.epsilon: found 0"},
    {"optimizer { adam { beta_1: 1 } }", "optimizer.adam.beta_1: found 1"},
    {"optimizer { adam { epsilon: -1 } }", "optimizer.adam.epsilon: found -1"},
    {"optimizer { adamw { beta_2: 1 } }", "optimizer.adamw.beta_2: found 1"},
    {"optimizer { weight_decay: -1 }", "optimizer.weight_decay: found -1"},
    {"optimizer { l2: nan }", "optimizer.l2: found nan"},
    {"optimizer { clip_global_norm: 0 }", "optimizer.clip_global_norm: found 0"},
    {"optimizer { schedule { step {} } }", "optimizer.schedule.step.boundary: "},
    {"optimizer { schedule { step { boundary: [5, 5] } } }", "optimizer.schedule.step.boundary: "},
    {"optimizer { schedule { step { boundary: 1 factor: 0 } } }",
     "optimizer.schedule.step.factor: found 0"},
    {"optimizer { schedule { cosine {} } }", "optimizer.schedule.cosine.decay_steps: found 0"},
    {"optimizer { schedule { cosine { decay_steps: 1 final_fraction: 2 } } }",
     "optimizer.schedule.cosine.final_fraction: found 2"},
    {"training { batch_size: 0 }", "training.batch_size: found 0"},
    {"training { epochs: 0 }", "training.epochs: found 0"},
    {"training { batch_size: 16777217 }",
     "training.batch_size: found 16777217, expected 1 to 16777216"},
    {"training { microbatches: 0 }", "training.microbatches: found 0"},
    {"training { microbatches: 65537 }", "training.microbatches: found 65537, expected 1 to 65536"},
};

TEST(CheckConfig, EachRuleNamesItsSetting) {
  for (const Wrong& wrong : kWrong) {
    const std::string error = ErrorOf(wrong.text);
    EXPECT_TRUE(error.starts_with(wrong.start)) << wrong.text << "\n" << error;
    EXPECT_EQ(error.find('\n'), std::string::npos);
  }
}

TEST(CheckConfig, WhatIsMissingAltogetherIsTold) {
  Config config = Merged("");
  config.clear_data();
  EXPECT_EQ(CheckConfig(config).message().substr(0, 18), "data has no source");
  config = Merged("");
  config.clear_model();
  EXPECT_EQ(CheckConfig(config).message().substr(0, 18), "model has no layer");
}

TEST(CheckConfig, TheLossOfAZooNetworkIsTheSoftmaxs) {
  Config config = Merged("loss: MEAN_SQUARED_ERROR");
  config.clear_model();
  config.mutable_model()->set_zoo("vgg16");
  EXPECT_EQ(std::string(CheckConfig(config).message()),
            "loss: found MEAN_SQUARED_ERROR, expected CATEGORICAL_CROSSENTROPY: the networks of "
            "model.zoo end in a softmax");
}

}  // namespace
}  // namespace lockstep
