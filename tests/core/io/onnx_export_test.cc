#include "core/io/onnx_export.h"

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "core/nn/build_graph.h"
#include "core/ops/ops.h"
#include "proto/onnx.pb.h"

namespace lockstep {
namespace {

const SampleFormat kFormat = {
    .shape = {6, 6, 3}, .encoding = Encoding::kUint8, .divide_by = 255, .classes = 4};

// A config's network with its first weights.
struct Network {
  explicit Network(const std::string& text) {
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
        "loss: CATEGORICAL_CROSSENTROPY name: \"net\" " + text, &config));
    auto built = BuildGraph(config, kFormat, ops.get(), 1);
    EXPECT_TRUE(built.ok()) << built.status();
    graph = *std::move(built);
    weights.resize(static_cast<size_t>(graph->layout().size_elems()));
    graph->InitialWeights(1, weights.data());
  }
  OnnxSource source() const { return {&config, &kFormat, &graph->layout(), weights.data(), "1"}; }

  Config config;
  std::unique_ptr<Ops> ops = MakeReferenceOps();
  std::unique_ptr<Graph> graph;
  std::vector<float> weights;
};

constexpr char kText[] =
    "data { divide_by: 255 normalize { mean: 0.5 std: [0.2, 0.3, 0.4] } }"
    "model { layer { conv2d { filters: 5 kernel_size: 3 activation: RELU } }"
    "        layer { max_pooling2d {} } layer { dropout { rate: 0.5 } } layer { flatten {} }"
    "        layer { dense { units: 4 activation: SOFTMAX } } }";

onnx::ModelProto Exported(const Network& network) {
  onnx::ModelProto model;
  const auto bytes = ToOnnx(network.source());
  EXPECT_TRUE(bytes.ok()) << bytes.status();
  EXPECT_TRUE(model.ParseFromString(bytes.value_or("")));
  return model;
}

std::vector<std::string> Operators(const onnx::ModelProto& model) {
  std::vector<std::string> operators;
  for (const auto& node : model.graph().node()) operators.push_back(node.op_type());
  return operators;
}

TEST(ToOnnx, PreparesPixelsAndTransposesOnceEitherWay) {
  const onnx::ModelProto model = Exported(Network(kText));
  EXPECT_EQ(Operators(model),
            (std::vector<std::string>{"Div", "Sub", "Div", "Transpose", "Conv", "Relu", "MaxPool",
                                      "Transpose", "Reshape", "Gemm", "Softmax"}));
  EXPECT_EQ(model.graph().output(0).name(), "dense");
}

TEST(ToOnnx, StandardisesFeaturesByTheTrainingSetsMoments) {
  const Network network(kText);
  SampleFormat format = kFormat;
  format.feature_mean.assign(static_cast<size_t>(format.features()), 7);
  format.feature_deviation.assign(static_cast<size_t>(format.features()), 3);
  OnnxSource source = network.source();
  source.format = &format;
  onnx::ModelProto model;
  ASSERT_TRUE(model.ParseFromString(ToOnnx(source).value_or("")));
  const std::vector<std::string> operators = Operators(model);
  EXPECT_EQ(std::vector<std::string>(operators.begin(), operators.begin() + 5),
            (std::vector<std::string>{"Sub", "Div", "Div", "Sub", "Div"}));
  EXPECT_EQ(model.graph().initializer(0).dims_size(), 3);
  EXPECT_EQ(model.graph().node(0).input(0), "input");
}

TEST(ToOnnx, KernelsHaveTheirNamesAndOutputsFirst) {
  const onnx::ModelProto model = Exported(Network(kText));
  const auto& constants = model.graph().initializer();
  const auto kernel = std::find_if(constants.begin(), constants.end(), [](const auto& constant) {
    return constant.name() == "conv2d/kernel";
  });
  ASSERT_NE(kernel, constants.end());
  EXPECT_EQ(std::vector<int64_t>(kernel->dims().begin(), kernel->dims().end()),
            (std::vector<int64_t>{5, 3, 3, 3}));
}

TEST(ToOnnx, LeavesOutWhatOnlyTheLossSees) {
  const onnx::ModelProto model = Exported(Network(
      "model { layer { flatten {} } layer { name: \"side\" dense { units: 4 activation: SOFTMAX } }"
      "        layer { name: \"main\" input: \"flatten\" dense { units: 4 activation: SOFTMAX } }"
      "        output { layer: \"main\" } output { layer: \"side\" weight: 0.3 } }"));
  for (const auto& constant : model.graph().initializer()) {
    EXPECT_FALSE(constant.name().starts_with("side")) << constant.name();
  }
}

TEST(ToOnnx, ANetworkThatIsTooLargeIsRefusedWithAnotherFormat) {
  const Network network(kText);
  const Status status = ToOnnx(network.source(), 1000).status();
  EXPECT_EQ(ExitCodeOf(status), ExitCode::kUsage);
  EXPECT_NE(std::string(status.message()).find("safetensors"), std::string::npos) << status;
}

TEST(ToOnnx, WeightsOfAnotherNetworkAreRefused) {
  const Network network(kText), other("model { layer { flatten {} } layer { dense { units: 4 "
                                      "activation: SOFTMAX } } }");
  OnnxSource source = network.source();
  source.layout = &other.graph->layout();
  const Status status = ToOnnx(source).status();
  EXPECT_EQ(ExitCodeOf(status), ExitCode::kBadData);
  EXPECT_NE(std::string(status.message()).find("conv2d/kernel"), std::string::npos) << status;
}

}  // namespace
}  // namespace lockstep
