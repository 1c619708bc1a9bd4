#include "core/config/check_model.h"

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <string>

#include "core/base/status.h"
#include "proto/config.pb.h"

namespace lockstep {
namespace {

// The error of a model of `text`; "" if there is none.
std::string ErrorOf(const std::string& text) {
  ModelConfig model;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &model)) << text;
  const Status status = CheckModel(model);
  EXPECT_TRUE(status.ok() || ExitCodeOf(status) == ExitCode::kUsage) << status;
  return std::string(status.message());
}

// The same with a layer "dense" before.
std::string ErrorAfterDense(const std::string& text) {
  return ErrorOf("layer { dense { units: 2 } } " + text);
}

struct Wrong {
  std::string text;
  std::string start;
};

const Wrong kWrong[] = {
    {"layer {}", "model.layer number 2 has no kind"},
    {"layer { dense {} }", "layer dense_1: units is missing or 0"},
    {"layer { name: 'dense' flatten {} }", "layer dense: two layers have this name"},
    {"layer { name: 'a/b' flatten {} }", "name of layer number 2: found \"a/b\""},
    {"layer { name: '' flatten {} }", "name of layer number 2: found \"\""},
    {"layer { name: 'input' flatten {} }", "layer input: this name is the network's"},
    {"layer { input: 'dens' flatten {} }",
     "layer flatten: input \"dens\" is no layer; did you mean \"dense\"?"},
    {"layer { input: 'q\\nq' flatten {} }", "layer flatten: input \"q?q\" is no layer"},
    {"output {}", "model.output: write output { layer: \"NAME\" }"},
    {"output { layer: 'dens' }", "model.output: \"dens\" is no layer; did you mean \"dense\"?"},
    {"output { layer: 'dense' } output { layer: 'dense' }", "model.output: dense is named twice"},
    {"output { layer: 'dense' weight: -1 }",
     "model.output: weight of dense: found -1, expected a number >= 0"},
    {"classes: 10", "model.classes: it belongs to zoo"},
    {"zoo: 'resnet50'", "model: zoo: \"resnet50\" and layer are both there"},
};

TEST(CheckModel, EachRuleNamesTheLayerOrSetting) {
  for (const Wrong& wrong : kWrong) {
    const std::string error = ErrorAfterDense(wrong.text);
    EXPECT_TRUE(error.starts_with(wrong.start)) << wrong.text << "\n" << error;
    EXPECT_EQ(error.find('\n'), std::string::npos);
  }
}

TEST(CheckModel, AnInputAndAnOutputMayBeNamed) {
  EXPECT_EQ(ErrorAfterDense("layer { input: 'input' input: 'dense' add {} }"
                            "output { layer: 'add' } output { layer: 'dense' weight: 0.3 }"),
            "");
}

TEST(CheckModel, AZooNetworkHasOutputsAndClassesOfItsOwn) {
  EXPECT_EQ(ErrorOf("zoo: 'googlenet'"), "");
  EXPECT_EQ(ErrorOf("zoo: 'resnet20_cifar' classes: 1"), "");
  EXPECT_EQ(ErrorOf("zoo: 'googlenet' output { layer: 'classifier' }"), "");
  EXPECT_TRUE(ErrorOf("zoo: 'vgg16' classes: 0").starts_with("model.classes: found 0"));
  EXPECT_TRUE(ErrorOf("zoo: 'vgg16' classes: 16777217").starts_with("model.classes: found"));
  EXPECT_TRUE(ErrorOf("zoo: 'vgg17'").starts_with("model.zoo: \"vgg17\" is no network; did you"));
  EXPECT_TRUE(ErrorOf("zoo: 'vgg16' output { layer: 'fc9' }")
                  .starts_with("model.output: \"fc9\" is no layer; did you mean"));
}

TEST(CheckModel, TenThousandLayersAreCheckedAndMoreAreRefused) {
  ModelConfig model;
  model.add_layer()->mutable_dense()->set_units(2);
  for (int i = 0; i < 9999; ++i) {
    LayerConfig* layer = model.add_layer();
    layer->mutable_flatten();
    for (int k = 0; k < 10; ++k) layer->add_input("flatten_9998");
  }
  EXPECT_TRUE(CheckModel(model).ok());
  model.add_layer()->mutable_flatten();
  EXPECT_EQ(std::string(CheckModel(model).message()),
            "model: found 10001 layers, expected at most 10000");
}

}  // namespace
}  // namespace lockstep
