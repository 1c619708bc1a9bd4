#include "core/nn/build_graph.h"

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "core/data/dataset.h"
#include "core/ops/ops.h"
#include "proto/config.pb.h"

namespace lockstep {
namespace {

const SampleFormat kTarget = {.shape = {7}, .targets = 1};
const SampleFormat kTwoClasses = {.shape = {7}, .classes = 2};
const SampleFormat kFiveClasses = {.shape = {7}, .classes = 5};
const SampleFormat kMultiHot = {.shape = {40}, .encoding = Encoding::kSparse, .classes = 5};
const SampleFormat kImages = {
    .shape = {3, 4, 1}, .encoding = Encoding::kUint8, .divide_by = 255, .classes = 5};

StatusOr<std::unique_ptr<Graph>> Build(const std::string& text, const SampleFormat& format) {
  // The graph borrows its ops.
  static const std::unique_ptr<Ops> ops = MakeReferenceOps();
  Config config;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &config)) << text;
  return BuildGraph(config, format, ops.get(), 4);
}

std::vector<std::string> Names(const Graph& graph) {
  std::vector<std::string> names;
  for (const LayerSummary& layer : graph.layers()) names.push_back(layer.name);
  return names;
}

TEST(BuildGraph, UnnamedLayersAreCalledByKindAndCountAsInKeras) {
  const auto graph = Build(
      "model { layer { dense { units: 3 } } layer { dropout { rate: 0.1 } }"
      "        layer { dense { units: 3 } } layer { name: 'out' dense { units: 1 } } }"
      "loss: MEAN_SQUARED_ERROR",
      kTarget);
  ASSERT_TRUE(graph.ok()) << graph.status();
  EXPECT_EQ(Names(**graph), (std::vector<std::string>{"dense", "dropout", "dense_1", "out"}));
  const ParameterLayout& layout = (*graph)->layout();
  for (const char* name : {"dense/kernel", "dense/bias", "dense_1/kernel", "out/bias"}) {
    EXPECT_NE(layout.Find(name), nullptr) << name;
  }
  EXPECT_EQ(layout.Find("dense/kernel")->shape, (Shape{7, 3}));
}

TEST(BuildGraph, LayersRunAfterTheirInputsInWhateverOrderTheyAreListed) {
  const auto graph = Build(
      "model { layer { name: 'a' dense { units: 3 } }"
      "        layer { name: 'd' input: 'c' dense { units: 1 } }"
      "        layer { name: 'c' input: 'b' activation { function: RELU } }"
      "        layer { name: 'b' input: 'a' dense { units: 2 } } } loss: MEAN_SQUARED_ERROR",
      kTarget);
  ASSERT_TRUE(graph.ok()) << graph.status();
  EXPECT_EQ(Names(**graph), (std::vector<std::string>{"a", "b", "c", "d"}));
  EXPECT_EQ((*graph)->layers()[3].inputs, std::vector<std::string>{"c"});
  EXPECT_EQ((*graph)->layers()[0].inputs, std::vector<std::string>{"input"});
}

TEST(BuildGraph, AnImageNetworkHasKerasParameterCount) {
  const auto graph = Build(
      "model { layer { flatten {} } layer { dense { units: 128 activation: RELU } }"
      "        layer { dense { units: 64 activation: RELU } }"
      "        layer { dense { units: 10 activation: SOFTMAX } } } loss: CATEGORICAL_CROSSENTROPY",
      {.shape = {28, 28, 1}, .encoding = Encoding::kUint8, .classes = 10});
  ASSERT_TRUE(graph.ok()) << graph.status();
  EXPECT_EQ((*graph)->layout().parameter_count(), 109386);
  EXPECT_EQ((*graph)->layers()[0].output, Shape{784});
  EXPECT_EQ((*graph)->outputs(), 10);
}

// A config that cannot work, and what its one line must say.
struct Broken {
  const char* name;
  const char* config;
  SampleFormat format;
  const char* layer;  // named as "layer NAME: "
  const char* says;
};

void PrintTo(const Broken& row, std::ostream* out) { *out << row.name; }

const Broken kBroken[] = {
    {"a_cycle",
     "model { layer { name: 'a' input: 'b' dense { units: 1 } }"
     "        layer { name: 'b' input: 'a' dense { units: 1 } } } loss: MEAN_SQUARED_ERROR",
     kTarget, "a", "cycle"},
    {"a_cycle_behind_a_layer_that_is_not_on_it",
     "model { layer { name: 'p' input: 'a' dense { units: 1 } }"
     "        layer { name: 'a' input: 'b' dense { units: 1 } }"
     "        layer { name: 'b' input: 'a' dense { units: 1 } } } loss: MEAN_SQUARED_ERROR",
     kTarget, "a", "cycle"},
    {"a_layer_after_itself",
     "model { layer { dense { units: 1 } } layer { name: 'b' input: 'b' dense { units: 1 } } }"
     "loss: MEAN_SQUARED_ERROR",
     kTarget, "b", "cycle"},
    {"an_image_into_dense", "model { layer { dense { units: 5 } } } loss: MEAN_SQUARED_ERROR",
     kImages, "dense", "put layer { flatten {} } before it"},
    {"dense_with_two_inputs",
     "model { layer { name: 'a' dense { units: 2 } } layer { name: 'b' dense { units: 2 } }"
     "        layer { name: 'c' input: 'a' input: 'b' dense { units: 1 } } }"
     "loss: MEAN_SQUARED_ERROR",
     kTarget, "c", "2 inputs"},
    {"flatten_with_two_inputs",
     "model { layer { name: 'a' dense { units: 1 } }"
     "        layer { name: 'c' input: 'a' input: 'a' flatten {} } } loss: MEAN_SQUARED_ERROR",
     kTarget, "c", "one input"},
    {"dropout_with_two_inputs",
     "model { layer { name: 'a' dense { units: 1 } }"
     "        layer { name: 'c' input: 'a' input: 'a' dropout { rate: 0.5 } } }"
     "loss: MEAN_SQUARED_ERROR",
     kTarget, "c", "one input"},
    {"activation_with_two_inputs",
     "model { layer { name: 'a' dense { units: 1 } }"
     "        layer { name: 'c' input: 'a' input: 'a' activation { function: RELU } } }"
     "loss: MEAN_SQUARED_ERROR",
     kTarget, "c", "one input"},
    {"multi_hot_into_dropout",
     "model { layer { dropout { rate: 0.5 } } layer { dense { units: 5 activation: SOFTMAX } } }"
     "loss: CATEGORICAL_CROSSENTROPY",
     kMultiHot, "dropout", "multi-hot input goes into a dense layer"},
    {"an_output_that_nothing_takes",
     "model { layer { name: 'a' dense { units: 2 } } layer { name: 'lost' dense { units: 3 } }"
     "        layer { name: 'out' input: 'a' dense { units: 1 } } } loss: MEAN_SQUARED_ERROR",
     kTarget, "lost", "no layer takes its output"},
    {"no_weights",
     "model { layer { name: 'v' activation { function: SIGMOID } } } loss: BINARY_CROSSENTROPY",
     {.shape = {1}, .classes = 2},
     "v",
     "no layer has weights"},
    {"binary_without_sigmoid",
     "model { layer { name: 'o' dense { units: 1 activation: RELU } } } loss: BINARY_CROSSENTROPY",
     kTwoClasses, "o", "needs the last layer's activation to be SIGMOID"},
    {"categorical_without_softmax",
     "model { layer { dense { units: 5 } } } loss: CATEGORICAL_CROSSENTROPY", kFiveClasses, "dense",
     "needs the last layer's activation to be SOFTMAX"},
    {"categorical_with_dropout_last",
     "model { layer { dense { units: 5 activation: SOFTMAX } } layer { dropout { rate: 0.5 } } }"
     "loss: CATEGORICAL_CROSSENTROPY",
     kFiveClasses, "dropout", "needs the last layer's activation to be SOFTMAX"},
    {"binary_of_five_classes",
     "model { layer { dense { units: 1 activation: SIGMOID } } } loss: BINARY_CROSSENTROPY",
     kFiveClasses, "dense", "2 classes, found 5"},
    {"binary_of_two_outputs",
     "model { layer { dense { units: 2 activation: SIGMOID } } } loss: BINARY_CROSSENTROPY",
     kTwoClasses, "dense", "expected units: 1"},
    {"categorical_of_targets",
     "model { layer { dense { units: 5 activation: SOFTMAX } } } loss: CATEGORICAL_CROSSENTROPY",
     kTarget, "dense", "found regression targets"},
    {"categorical_of_too_few_outputs",
     "model { layer { dense { units: 4 activation: SOFTMAX } } } loss: CATEGORICAL_CROSSENTROPY",
     kFiveClasses, "dense", "expected units: 5"},
    {"squared_error_of_classes", "model { layer { dense { units: 5 } } } loss: MEAN_SQUARED_ERROR",
     kFiveClasses, "dense", "use a cross-entropy"},
    {"absolute_error_of_too_many_outputs",
     "model { layer { dense { units: 2 } } } loss: MEAN_ABSOLUTE_ERROR", kTarget, "dense",
     "expected units: 1"},
};

class BrokenNetwork : public testing::TestWithParam<Broken> {};

TEST_P(BrokenNetwork, IsOneLineThatNamesTheLayer) {
  const auto graph = Build(GetParam().config, GetParam().format);
  ASSERT_FALSE(graph.ok());
  EXPECT_EQ(ExitCodeOf(graph.status()), ExitCode::kUsage);
  const std::string message(graph.status().message());
  EXPECT_EQ(message.find(std::string("layer ") + GetParam().layer + ": "), 0u) << message;
  EXPECT_NE(message.find(GetParam().says), std::string::npos) << message;
  EXPECT_EQ(message.find('\n'), std::string::npos) << message;
}

INSTANTIATE_TEST_SUITE_P(Networks, BrokenNetwork, testing::ValuesIn(kBroken),
                         [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace lockstep
