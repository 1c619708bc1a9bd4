#include "core/nn/zoo/zoo.h"

#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "core/nn/build_graph.h"
#include "core/ops/ops.h"

namespace lockstep {
namespace {

// Published counts. Trainable parameters: Caffe's bvlc_alexnet and bvlc_googlenet (with both
// heads); table 2 of the VGG paper, exactly as torchvision 0.15 counts them, as for the others
// (https://pytorch.org/vision/stable/models.html). Multiply-adds in 1e9 at `side`: torchvision's
// table (_bn: without it), the ResNet paper's table 1 for the CIFAR family, in 1e6.
struct Published {
  const char* name;
  int64_t side, classes, parameters;
  double multiply_adds;
};

constexpr Published kPublished[] = {{"alexnet", 227, 1000, 60965224, 0.724e9},
                                    {"vgg11", 224, 1000, 132863336, 7.61e9},
                                    {"vgg13", 224, 1000, 133047848, 11.31e9},
                                    {"vgg16", 224, 1000, 138357544, 15.47e9},
                                    {"vgg19", 224, 1000, 143667240, 19.63e9},
                                    {"vgg11_bn", 224, 1000, 132868840, 7.61e9},
                                    {"vgg13_bn", 224, 1000, 133053736, 11.31e9},
                                    {"vgg19_bn", 224, 1000, 143678248, 19.63e9},
                                    {"vgg16_bn", 224, 1000, 138365992, 15.47e9},
                                    {"googlenet", 224, 1000, 13378280, 0},
                                    {"inception_v3", 299, 1000, 27161264, 0},
                                    {"resnet18", 224, 1000, 11689512, 1.81e9},
                                    {"resnet34", 224, 1000, 21797672, 3.66e9},
                                    {"resnet50", 224, 1000, 25557032, 4.09e9},
                                    {"resnet101", 224, 1000, 44549160, 7.80e9},
                                    {"resnet152", 224, 1000, 60192808, 11.51e9},
                                    {"resnet20_cifar", 32, 10, 272474, 41.0e6},
                                    {"resnet56_cifar", 32, 10, 855770, 126.0e6},
                                    {"plain20_cifar", 32, 10, 269722, 0}};

// With `output` alone at the loss, or the network's own outputs.
std::unique_ptr<Graph> Build(const std::string& name, int64_t side, int64_t classes,
                             const std::string& output = "") {
  Config config;
  config.set_loss(LossFunction::CATEGORICAL_CROSSENTROPY);
  config.mutable_model()->set_zoo(name);
  if (!output.empty()) config.mutable_model()->add_output()->set_layer(output);
  static const std::unique_ptr<Ops> ops = MakeReferenceOps();  // plans cost nothing
  const SampleFormat format = {.shape = {side, side, 3}, .classes = classes};
  auto graph = BuildGraph(config, format, ops.get(), 1);
  EXPECT_TRUE(graph.ok()) << name << ": " << graph.status();
  return graph.ok() ? *std::move(graph) : nullptr;
}

double MultiplyAdds(const Graph& graph) {
  double sum = 0;
  for (const LayerSummary& layer : graph.layers()) sum += static_cast<double>(layer.multiply_adds);
  return sum;
}

TEST(Zoo, ParametersAndMultiplyAddsAreThePublishedOnes) {
  for (const Published& published : kPublished) {
    const auto graph = Build(published.name, published.side, published.classes);
    ASSERT_NE(graph, nullptr);
    EXPECT_EQ(graph->layout().trainable_count(), published.parameters) << published.name;
    if (published.multiply_adds == 0) continue;
    EXPECT_NEAR(MultiplyAdds(*graph) / published.multiply_adds, 1, 0.005) << published.name;
  }
}

// What prediction takes: without the heads that only training looks at. Multiply-adds of Inception
// v3: torchvision's table; of GoogLeNet: table 1 of its paper, 1.502e9, with 118e6 for the first
// convolution (3 x 7 x 7 x 64 at 112 x 112) in place of the 34e6 there.
TEST(Zoo, WithoutTheirHeadsGoogLeNetAndInceptionHaveThePublishedCounts) {
  const Published kPredicting[] = {{"googlenet", 224, 1000, 6998552, 1.586e9},
                                   {"inception_v3", 299, 1000, 23834568, 5.71e9}};
  for (const Published& published : kPredicting) {
    const auto graph = Build(published.name, published.side, 1000, "classifier");
    ASSERT_NE(graph, nullptr);
    EXPECT_EQ(graph->layout().trainable_count(), published.parameters) << published.name;
    EXPECT_NEAR(MultiplyAdds(*graph) / published.multiply_adds, 1, 0.005) << published.name;
  }
}

TEST(Zoo, ToldThatPicturesAreTooSmallOrNoPictures) {
  const auto error = [](const std::string& name, const SampleFormat& format) {
    Config config;
    config.set_loss(LossFunction::CATEGORICAL_CROSSENTROPY);
    config.mutable_model()->set_zoo(name);
    const Status status = MakeGraphParts(config, format, 1).status();
    EXPECT_EQ(ExitCodeOf(status), ExitCode::kUsage);
    return std::string(status.message());
  };
  EXPECT_TRUE(error("alexnet", {.shape = {32, 32, 3}, .classes = 10})
                  .starts_with("model.zoo: alexnet is made for pictures [227, 227, 3] and does not "
                               "take [32, 32, 3]: layer pool2: its window"));
  EXPECT_TRUE(error("resnet14_cifar", {.shape = {784}, .classes = 10})
                  .starts_with("model.zoo: resnet14_cifar is made for pictures [32, 32, 3] and "
                               "does not take [784]: layer conv1: "));
}

TEST(Zoo, EveryNameOfTheListIsANetworkForItsPictures) {
  for (const ZooEntry& entry : ZooEntries()) {
    EXPECT_TRUE(CheckZooName(entry.name).ok()) << entry.name;
    EXPECT_NE(Build(entry.name, entry.side, 7), nullptr);
  }
}

TEST(Zoo, UnknownNamesAreToldWithTheNearest) {
  const std::string message(CheckZooName("resnet51").message());
  EXPECT_NE(message.find("resnet50"), std::string::npos) << message;
  EXPECT_NE(std::string(CheckZooName("resnet21_cifar").message()).find("6n + 2"),
            std::string::npos);
  EXPECT_FALSE(CheckZooName("plain8_cifar0").ok());
  EXPECT_FALSE(CheckZooName("").ok());
}

TEST(ExpandModel, TakesTheModelsClassesThenTheDatas) {
  ModelConfig model;
  model.set_zoo("resnet20_cifar");
  const auto units = [&](int64_t classes) {
    const auto expanded = ExpandModel(model, classes);
    EXPECT_TRUE(expanded.ok()) << expanded.status();
    return expanded->layer().rbegin()->dense().units();
  };
  EXPECT_EQ(units(10), 10u);
  model.set_classes(3);
  EXPECT_EQ(units(10), 3u);
  model.clear_classes();
  EXPECT_EQ(ExitCodeOf(ExpandModel(model, 0).status()), ExitCode::kUsage);
}

TEST(ExpandModel, KeepsAModelOfLayersAndNamedOutputs) {
  ModelConfig model;
  model.add_layer()->mutable_dense()->set_units(3);
  EXPECT_TRUE(
      google::protobuf::util::MessageDifferencer::Equals(*ExpandModel(model, 5), model));
  ModelConfig googlenet;
  googlenet.set_zoo("googlenet");
  EXPECT_EQ(ExpandModel(googlenet, 5)->output_size(), 3);
  googlenet.add_output()->set_layer("classifier");
  const ModelConfig alone = *ExpandModel(googlenet, 5);
  EXPECT_EQ(alone.output_size(), 1);
  for (const LayerConfig& layer : alone.layer()) EXPECT_FALSE(layer.name().starts_with("loss"));
}

}  // namespace
}  // namespace lockstep
