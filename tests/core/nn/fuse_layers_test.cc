#include "core/nn/fuse_layers.h"

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "core/data/batch.h"
#include "core/nn/build_graph.h"
#include "core/ops/ops.h"
#include "tests/testing/floats.h"
#include "tests/testing/samples.h"
#include "tests/testing/tolerance.h"

namespace lockstep {
namespace {

const SampleFormat kImages = {
    .shape = {6, 5, 3}, .encoding = Encoding::kUint8, .divide_by = 64, .classes = 5};

Config Parse(const std::string& text) {
  Config config;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
      "loss: CATEGORICAL_CROSSENTROPY model { " + text + " }", &config));
  return config;
}

constexpr char kHead[] =
    " layer { global_average_pooling2d {} } layer { dense { units: 5 activation: SOFTMAX } }";

constexpr char kResidual[] =
    "layer { conv2d { filters: 4 kernel_size: 3 padding: SAME use_bias: false } }"
    "layer { batch_normalization {} }"
    "layer { name: \"start\" activation { function: RELU } }"
    "layer { conv2d { filters: 4 kernel_size: 1 } }"
    "layer { name: \"norm\" batch_normalization {} }"
    "layer { name: \"sum\" input: \"norm\" input: \"start\" add {} }"
    "layer { name: \"end\" activation { function: RELU } }";

constexpr char kConvs[] =
    "layer { conv2d { filters: 4 kernel_size: 3 } } layer { activation { function: TANH } }"
    "layer { name: \"a\" conv2d { filters: 2 kernel_size: 1 } }"
    "layer { name: \"b\" activation { function: SIGMOID } }"
    "layer { name: \"c\" input: \"a\" input: \"b\" add {} }"  // a has two readers
    "layer { activation { function: RELU } } layer { dropout { rate: 0.3 } }"
    "layer { batch_normalization {} } layer { activation { function: GELU } }";

std::vector<ModelNode> Fused(const std::string& text, const std::vector<int>& outputs) {
  auto nodes = WireNodes(Parse(text).model());
  EXPECT_TRUE(nodes.ok()) << nodes.status();
  FuseLayers(outputs, &*nodes);
  return *std::move(nodes);
}

const ModelNode& At(const std::vector<ModelNode>& nodes, const std::string& name) {
  return nodes[static_cast<size_t>(FindNode(nodes, name))];
}

TEST(FuseLayers, AResidualBlockEndsInItsNormalisation) {
  const auto nodes = Fused(std::string(kResidual) + kHead, {8});
  const ModelNode& norm = At(nodes, "norm");
  EXPECT_TRUE(norm.has_addend);
  EXPECT_EQ(norm.activation, ActivationKind::kRelu);
  EXPECT_EQ(norm.inputs, (std::vector<int>{3, 2}));
  EXPECT_EQ(norm.config_inputs, (std::vector<int>{3}));
  EXPECT_TRUE(At(nodes, "start").view && At(nodes, "sum").view && At(nodes, "end").view);
  EXPECT_EQ(At(nodes, "batch_normalization").activation, ActivationKind::kRelu);
}

TEST(FuseLayers, KeepsWhatOthersRead) {
  const auto nodes = Fused(std::string(kConvs) + kHead, {10});
  EXPECT_EQ(At(nodes, "conv2d").activation, ActivationKind::kTanh);
  EXPECT_EQ(At(nodes, "a").activation, ActivationKind::kLinear);
  EXPECT_FALSE(At(nodes, "b").view);
  EXPECT_EQ(At(nodes, "c").activation, ActivationKind::kRelu);
  EXPECT_EQ(At(nodes, "batch_normalization").activation, ActivationKind::kLinear);
}

TEST(FuseLayers, KeepsAnOutputOfTheNetwork) {
  const auto nodes = Fused(std::string(kResidual) + kHead, {8, 4});
  EXPECT_FALSE(At(nodes, "norm").has_addend);
  EXPECT_FALSE(At(nodes, "sum").view);
  EXPECT_TRUE(At(nodes, "end").view);
}

TEST(FuseLayers, ANormalisationBeforeTheOtherSideIsNotMoved) {
  const auto nodes = Fused(
      "layer { name: \"norm\" batch_normalization {} }"
      "layer { name: \"other\" input: \"input\" conv2d { filters: 3 kernel_size: 1 } }"
      "layer { name: \"sum\" input: \"norm\" input: \"other\" add {} }" +
          std::string(kHead),
      {4});
  EXPECT_FALSE(At(nodes, "norm").has_addend);
  EXPECT_FALSE(At(nodes, "sum").view);
}

TEST(FuseLayers, EvaluationFoldsANormalisationIntoTheLinearConvolutionThatOnlyItReads) {
  const std::string text =
      "layer { name: \"a\" conv2d { filters: 3 kernel_size: 1 } } layer { batch_normalization {} }"
      "layer { activation { function: RELU } }"
      "layer { name: \"c\" conv2d { filters: 3 kernel_size: 1 activation: TANH } }"
      "layer { batch_normalization {} }"
      "layer { name: \"e\" conv2d { filters: 3 kernel_size: 1 } }"
      "layer { name: \"f\" batch_normalization {} } layer { input: \"e\" input: \"f\" add {} }" +
      std::string(kHead);
  const auto foldings = FindFoldings({9}, Fused(text, {9}));
  ASSERT_EQ(foldings.size(), 1u);
  EXPECT_EQ(foldings[0].convolution, 0);
  EXPECT_EQ(foldings[0].normalization, 1);
  EXPECT_TRUE(FindFoldings({9, 0}, Fused(text, {9, 0})).empty()) << "an output was folded away";
}

// A network both ways, from the same weights.
class FusedNetworks : public testing::TestWithParam<std::string> {
 protected:
  std::unique_ptr<Graph> Build(Fusion fusion) {
    const Config config = Parse(GetParam() + kHead);
    auto graph = BuildGraph(config, kImages, ops_.get(), 6, fusion);
    EXPECT_TRUE(graph.ok()) << graph.status();
    return *std::move(graph);
  }

  std::unique_ptr<Ops> ops_ = MakeCpuOps();
};

TEST_P(FusedNetworks, HaveTheSameLayoutWeightsAndSummary) {
  const auto fused = Build(Fusion::kOn), apart = Build(Fusion::kOff);
  EXPECT_EQ(fused->layout().fingerprint(), apart->layout().fingerprint());
  Floats weights(fused->layout().size_elems()), again(weights.size());
  fused->InitialWeights(3, weights.data());
  apart->InitialWeights(3, again.data());
  EXPECT_TRUE(SameBits(weights, again));
  for (size_t i = 0; i < fused->layers().size(); ++i) {
    EXPECT_EQ(fused->layers()[i].name, apart->layers()[i].name);
    EXPECT_EQ(fused->layers()[i].inputs, apart->layers()[i].inputs);
    EXPECT_EQ(fused->layers()[i].kind, apart->layers()[i].kind);
  }
}

TEST_P(FusedNetworks, GiveTheSameLossAndGradients) {
  const auto fused = Build(Fusion::kOn), apart = Build(Fusion::kOff);
  const Dataset data = MakeSamples(kImages, 9);
  BatchBuffer buffer(&data, 6);
  const std::vector<uint32_t> ids = {8, 1, 2, 7, 0, 5};
  const Batch& batch = buffer.Gather(ids);
  Floats weights(fused->layout().size_elems());
  fused->InitialWeights(3, weights.data());
  // Moving statistics that evaluation cannot mistake for none.
  for (const ParameterEntry& entry : fused->layout().entries()) {
    if (entry.group != ParameterGroup::kMovingStatistic) continue;
    for (int64_t i = 0; i < entry.shape.elems(); ++i) {
      weights[entry.offset_elems + i] += 0.25f * static_cast<float>(i + 1);
    }
  }
  for (const bool training : {true, false}) {
    const PassInfo info = {.training = training, .seed = 1, .step = 1};
    Floats gradients(weights.size()), expected(weights.size());
    const LossSums sums = fused->Forward(info, batch, weights.data(), 6, nullptr);
    const LossSums apart_sums = apart->Forward(info, batch, weights.data(), 6, nullptr);
    // Sums of up to 180 terms (6 samples of 30 pixels), a dozen layers deep.
    EXPECT_NEAR(sums.loss, apart_sums.loss, SumTolerance(180 * 12, apart_sums.loss));
    if (!training) continue;
    fused->Backward(info, batch, weights.data(), gradients.data(), nullptr);
    apart->Backward(info, batch, weights.data(), expected.data(), nullptr);
    for (const ParameterEntry& entry : fused->layout().entries()) {
      const size_t begin = static_cast<size_t>(entry.offset_elems);
      const size_t elems = static_cast<size_t>(entry.shape.elems());
      double largest = 0;
      for (const float g : expected.span().subspan(begin, elems)) {
        largest = std::max(largest, std::abs(static_cast<double>(g)));
      }
      SCOPED_TRACE(entry.name);
      ExpectWithin(gradients.span().subspan(begin, elems), expected.span().subspan(begin, elems),
                   [&](int64_t) { return SumTolerance(180 * 12, largest + 1e-3); });
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Networks, FusedNetworks, testing::Values(kResidual, kConvs),
                         [](const auto& row) { return row.index == 0 ? "residual" : "convs"; });

}  // namespace
}  // namespace lockstep
