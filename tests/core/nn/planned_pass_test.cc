// Passes of real layers in the memory that was planned for them.
#include "core/nn/planned_pass.h"

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "core/data/batch.h"
#include "core/data/dataset.h"
#include "core/nn/build_graph.h"
#include "core/nn/static_graph.h"
#include "core/ops/ops.h"
#include "proto/config.pb.h"
#include "tests/testing/floats.h"
#include "tests/testing/samples.h"

namespace lockstep {
namespace {

constexpr int64_t kMostRows = 6;

// Does what another layer does, after telling that a step begins.
class AnnouncingLayer final : public Layer {
 public:
  AnnouncingLayer(std::unique_ptr<Layer> layer, std::function<void()>* announce)
      : layer_(std::move(layer)), announce_(announce) {}

  std::string kind() const override { return layer_->kind(); }
  StatusOr<LayerDeclaration> Declare(const std::vector<Shape>& inputs) override {
    return layer_->Declare(inputs);
  }
  void Plan(Ops* ops, int64_t max_rows, bool sparse, int layer_index) override {
    layer_->Plan(ops, max_rows, sparse, layer_index);
  }
  void Forward(const LayerContext& context) override {
    (*announce_)();
    layer_->Forward(context);
  }
  void Backward(const LayerContext& context) override {
    (*announce_)();
    layer_->Backward(context);
  }

 private:
  std::unique_ptr<Layer> layer_;
  std::function<void()>* announce_;
};

struct NetworkCase {
  const char* name;
  const char* layers;  // before `layer { name: 'out' dense { units: 4 activation: SOFTMAX } }`
  SampleFormat format;
  const char* more = "";  // of the model
};

void PrintTo(const NetworkCase& row, std::ostream* out) { *out << row.name; }

const SampleFormat kFloats = {.shape = {7}, .classes = 4};
const SampleFormat kMultiHot = {.shape = {40}, .encoding = Encoding::kSparse, .classes = 4};
const SampleFormat kImages = {.shape = {8, 7, 3}, .encoding = Encoding::kUint8, .classes = 4};

const NetworkCase kNetworks[] = {
    {"dense",
     "layer { dense { units: 9 activation: TANH } } layer { dense { units: 9 activation: GELU } }"
     "layer { dense { units: 9 } } layer { activation { function: GELU } }"
     "layer { dense { units: 9 activation: SOFTMAX } }",
     kFloats},
    {"activations",
     "layer { dense { units: 9 } } layer { dropout { rate: 0.5 } }"
     "layer { activation { function: SIGMOID } } layer { activation { function: TANH } }"
     "layer { activation { function: RELU } } layer { dropout { rate: 0.25 } }"
     "layer { activation { function: LINEAR } } layer { activation { function: SOFTMAX } }",
     kFloats},
    {"multi_hot", "layer { dense { units: 9 activation: RELU } } layer { dropout { rate: 0.5 } }",
     kMultiHot},
    {"convolutions_and_pools",
     "layer { conv2d { filters: 6 kernel_size: 3 padding: SAME activation: RELU } }"
     "layer { local_response_normalization {} } layer { max_pooling2d { pool_size: 2 } }"
     "layer { conv2d { filters: 6 kernel_size: 3 groups: 2 } } layer { dropout { rate: 0.3 } }"
     "layer { average_pooling2d { pool_size: 1 } } layer { zero_padding2d { padding: 1 } }"
     "layer { conv2d { filters: 4 kernel_size: 1 activation: GELU } } layer { flatten {} }",
     kImages},
    {"residual",
     "layer { name: 'a' conv2d { filters: 4 kernel_size: 3 padding: SAME } }"
     "layer { batch_normalization {} } layer { name: 'r' activation { function: RELU } }"
     "layer { conv2d { filters: 4 kernel_size: 3 padding: SAME } }"
     "layer { name: 'n' batch_normalization {} } layer { input: 'n' input: 'r' add {} }"
     "layer { name: 's' activation { function: RELU } }"
     "layer { conv2d { filters: 4 kernel_size: 1 } } layer { name: 't' batch_normalization {} }"
     "layer { input: 's' conv2d { filters: 4 kernel_size: 1 } }"
     "layer { name: 'u' batch_normalization {} } layer { input: 't' input: 'u' add {} }"
     "layer { name: 'v' dropout { rate: 0.5 } } layer { input: 'v' input: 's' input: 'r' add {} }"
     "layer { global_average_pooling2d {} }",
     kImages},
    {"branches_and_a_head",
     "layer { name: 'a' conv2d { filters: 4 kernel_size: 3 padding: SAME activation: RELU } }"
     "layer { name: 'b' input: 'a' conv2d { filters: 3 kernel_size: 1 activation: TANH } }"
     "layer { name: 'c' input: 'a' max_pooling2d { pool_size: 3 strides: 1 padding: SAME } }"
     "layer { name: 'd' input: 'b' input: 'c' input: 'a' concatenate {} }"
     "layer { name: 'e' input: 'b' flatten {} }"
     "layer { name: 'aux' input: 'e' dense { units: 4 activation: SOFTMAX } }"
     "layer { input: 'd' dropout { rate: 0.5 } } layer { flatten {} }",
     kImages, "output { layer: 'out' } output { layer: 'aux' weight: 0.3 }"},
};

// A graph and what a training pass of it gives.
class Trained {
 public:
  Trained(const NetworkCase& network, Recompute recompute, bool poisoned)
      : ops_(MakeCpuOps()), announce_([] {}) {
    Config config;
    const std::string text = std::string("model { ") + network.layers +
                             " layer { name: 'out' dense { units: 4 activation: SOFTMAX } } " +
                             network.more + " } loss: CATEGORICAL_CROSSENTROPY";
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &config)) << text;
    auto parts = MakeGraphParts(config, network.format, kMostRows);
    EXPECT_TRUE(parts.ok()) << parts.status();
    for (GraphNode& node : parts->nodes) {
      node.folded = nullptr;  // knows the layer that is wrapped
      if (node.layer == nullptr) continue;
      node.layer = std::make_unique<AnnouncingLayer>(std::move(node.layer), &announce_);
    }
    graph_ = std::make_unique<StaticGraph>(*std::move(parts), ops_.get());
    graph_->ChooseRecompute(recompute, 0);
    graph_->Allocate();
    if (poisoned) announce_ = [this] { Poison(); };
    Train(network);
  }

  const StaticGraph& graph() const { return *graph_; }
  double loss() const { return loss_; }
  const Floats& gradients() const { return *gradients_; }

 private:
  // Before a step: all that no earlier step wrote for this one or a later one becomes NaN, and so
  // does what this step is to write.
  void Poison() {
    const PlannedPass& pass = graph_->training_pass();
    const auto& steps = pass.schedule().steps;
    while (steps[static_cast<size_t>(step_)].kind == StepKind::kLoss) ++step_;
    std::vector<bool> live(graph_->arena().size(), false);
    for (size_t i = 0; i < pass.schedule().lives.size(); ++i) {
      const Lifetime& life = pass.schedule().lives[i];
      const bool is_input = pass.schedule().input != kNoTensor &&
                            static_cast<size_t>(pass.schedule().places[static_cast<size_t>(
                                pass.schedule().input)]) == i;
      if (life.last < step_ || (life.first >= step_ && !is_input)) continue;
      const auto begin = live.begin() + pass.plan().offsets[i];
      std::fill(begin, begin + life.elems, true);
    }
    for (size_t at = 0; at < live.size(); ++at) {
      if (!live[at]) graph_->arena()[at] = std::numeric_limits<float>::quiet_NaN();
    }
    ++step_;
  }

  void Train(const NetworkCase& network) {
    const int64_t elems = graph_->layout().size_elems();
    const Floats weights = RandomFloats(elems, 3, -0.5f, 0.5f);
    gradients_ = std::make_unique<Floats>(elems);
    const Dataset data = MakeSamples(network.format, 9);
    BatchBuffer buffer(&data, kMostRows);
    const Batch& batch = buffer.Gather(std::vector<uint32_t>{4, 1, 7, 3, 0});
    const PassInfo info = {.training = true, .seed = 1, .step = 2};
    loss_ = graph_->Forward(info, batch, weights.data(), 10, nullptr).loss;
    graph_->Backward(info, batch, weights.data(), gradients_->data(), nullptr);
    const bool all = step_ == 0 ||
                     step_ == static_cast<int>(graph_->training_pass().schedule().steps.size());
    EXPECT_TRUE(all) << step_ << " steps were announced";
  }

  std::unique_ptr<Ops> ops_;
  std::function<void()> announce_;
  std::unique_ptr<StaticGraph> graph_;
  std::unique_ptr<Floats> gradients_;
  double loss_ = 0;
  int step_ = 0;
};

void ExpectSame(const Trained& a, const Trained& b) {
  EXPECT_EQ(a.loss(), b.loss());
  for (const ParameterEntry& entry : b.graph().layout().entries()) {
    for (int64_t i = 0; i < entry.shape.elems(); ++i) {
      const int64_t at = entry.offset_elems + i;
      ASSERT_EQ(a.gradients()[at], b.gradients()[at]) << entry.name << " " << i;
    }
  }
}

class PlannedNetwork : public testing::TestWithParam<NetworkCase> {};

TEST_P(PlannedNetwork, ReadsNothingThatIsDead) {
  const Trained clean(GetParam(), NEVER, false), poisoned(GetParam(), NEVER, true);
  ExpectSame(poisoned, clean);
}

TEST_P(PlannedNetwork, HasTheSameBitsWhereOutputsAreComputedAgain) {
  const Trained kept(GetParam(), NEVER, false), again(GetParam(), ALWAYS, true);
  ExpectSame(again, kept);
  EXPECT_LE(again.graph().memory().arena_bytes, kept.graph().memory().arena_bytes);
}

// Every row of the table is worth its place only if something is computed again in some.
TEST(PlannedPass, RecomputingSavesMemoryOfADeepNetwork) {
  std::string layers = "layer { dense { units: 64 } }";
  for (int i = 0; i < 20; ++i) layers += " layer { dense { units: 64 activation: TANH } }";
  const NetworkCase deep = {"deep", layers.c_str(), kFloats};
  const Trained kept(deep, NEVER, false), again(deep, ALWAYS, true);
  ExpectSame(again, kept);
  EXPECT_LT(again.graph().memory().arena_bytes, kept.graph().memory().arena_bytes * 2 / 3);
  EXPECT_GT(again.graph().memory().recomputed_multiply_adds, 0);
  EXPECT_EQ(again.graph().memory().naive_bytes, kept.graph().memory().naive_bytes);
}

INSTANTIATE_TEST_SUITE_P(Networks, PlannedNetwork, testing::ValuesIn(kNetworks),
                         [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace lockstep
