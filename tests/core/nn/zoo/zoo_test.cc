#include "core/nn/zoo/zoo.h"

#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "absl/strings/str_format.h"
#include "core/nn/build_graph.h"
#include "core/nn/graph.h"
#include "core/ops/ops.h"

namespace lockstep {
namespace {

// Published counts. Trainable parameters: Caffe's bvlc_alexnet and bvlc_googlenet (with both
// heads); the others as torchvision counts them
// (https://pytorch.org/vision/stable/models.html), to the unit. Multiply-adds: torchvision's table
// (_bn: as without it); AlexNet's with groups at 227, which torchvision's is not, is the sum of its
// layers.
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
                                    {"resnet152", 224, 1000, 60192808, 11.51e9}};

// With `output` alone at the loss, or the network's own outputs.
std::unique_ptr<Graph> Build(const std::string& name, int64_t side, int64_t classes,
                             const std::string& output = "", int64_t rows = 1) {
  Config config;
  config.set_loss(LossFunction::CATEGORICAL_CROSSENTROPY);
  config.mutable_model()->set_zoo(name);
  if (!output.empty()) config.mutable_model()->add_output()->set_layer(output);
  static const std::unique_ptr<Ops> ops = MakeReferenceOps();  // plans cost nothing
  const SampleFormat format = {.shape = {side, side, 3}, .classes = classes};
  auto graph = BuildGraph(config, format, ops.get(), rows);
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

// He et al. 2015: parameters of table 6, in millions (its shortcuts have none: as many as the plain
// nets have); multiply-adds by hand from section 4.2: 2n layers of 9 k^2 per pixel in each of three
// stages, k = 16, 32, 64 on 32, 16, 8 pixels a side, which is 9 * 2^18 a layer, half of it where k
// doubles. Shortcuts of option B add two 1x1 convolutions with normalisation.
TEST(Zoo, NetsForCifarHaveThePapersParametersAndMultiplyAdds) {
  struct Row {
    int depth;
    const char* millions;
  };
  for (const Row& row : {Row{20, "0.27"}, {32, "0.46"}, {44, "0.66"}, {56, "0.85"}, {110, "1.7"}}) {
    const std::string depth = std::to_string(row.depth);
    const auto plain = Build("plain" + depth + "_cifar", 32, 10);
    const auto resnet = Build("resnet" + depth + "_cifar", 32, 10);
    ASSERT_TRUE(plain != nullptr && resnet != nullptr);
    const int64_t parameters = plain->layout().trainable_count();
    const int digits = static_cast<int>(std::string(row.millions).size()) - 2;
    EXPECT_EQ(absl::StrFormat("%.*f", digits, static_cast<double>(parameters) / 1e6), row.millions);
    EXPECT_EQ(resnet->layout().trainable_count() - parameters,
              16 * 32 + 2 * 32 + 32 * 64 + 2 * 64);
    const double n = (row.depth - 2) / 6, layer = 9 * (1 << 18);
    const double first = 9 * 3 * 16 * 32 * 32, last = 64 * 10;
    EXPECT_EQ(MultiplyAdds(*plain), first + (6 * n - 1) * layer + last);
    EXPECT_EQ(MultiplyAdds(*resnet) - MultiplyAdds(*plain),
              16 * 32 * 16 * 16 + 32 * 64 * 8 * 8);
  }
}

TEST(Zoo, NetsForCifarTakeGreyPicturesOf28Pixels) {
  Config config;
  config.set_loss(LossFunction::CATEGORICAL_CROSSENTROPY);
  for (const char* name : {"resnet20_cifar", "plain20_cifar"}) {
    config.mutable_model()->set_zoo(name);
    const auto parts = MakeGraphParts(config, {.shape = {28, 28, 1}, .classes = 10}, 1);
    ASSERT_TRUE(parts.ok()) << parts.status();
    EXPECT_EQ(parts->nodes.back().declaration.output, Shape({10}));
  }
}

TEST(Zoo, ClassesOtherThanTheDatasAreToldByTheirSetting) {
  Config config;
  config.set_loss(LossFunction::CATEGORICAL_CROSSENTROPY);
  config.mutable_model()->set_zoo("resnet8_cifar");
  config.mutable_model()->set_classes(5);
  const auto parts = MakeGraphParts(config, {.shape = {8, 8, 3}, .classes = 10}, 1);
  EXPECT_EQ(ExitCodeOf(parts.status()), ExitCode::kUsage);
  EXPECT_EQ(parts.status().message(),
            "model.classes: found 5, expected the number of the data's classes: 10");
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

TEST(Zoo, EveryNameOfTheListIsANetworkWhosePlanIsAsSmallAsItsFullestStep) {
  for (const ZooEntry& entry : ZooEntries()) {
    EXPECT_TRUE(CheckZooName(entry.name).ok()) << entry.name;
    for (const int64_t rows : {1, 16}) {
      const auto graph = Build(entry.name, entry.side, 7, "", rows);
      ASSERT_NE(graph, nullptr);
      const GraphMemory memory = graph->memory();
      EXPECT_GT(memory.bound_bytes, 0) << entry.name;
      EXPECT_EQ(memory.arena_bytes, memory.bound_bytes) << entry.name << ", " << rows << " rows";
    }
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
