#include "core/nn/static_graph.h"

#include <algorithm>
#include <utility>

#include "core/base/check.h"
#include "core/nn/initializers.h"
#include "core/nn/memory_plan.h"
#include "core/nn/recompute.h"
#include "core/nn/schedule.h"

namespace lockstep {
namespace {

constexpr int64_t kElemBytes = sizeof(float);

ScheduleNode Describe(const GraphNode& node, int64_t max_rows) {
  const LayerDeclaration& layer = node.declaration;
  return {.inputs = node.inputs,
          .view = node.layer == nullptr,
          .has_parameters = !layer.parameters.empty(),
          .output_elems = max_rows * layer.output.elems(),
          .kept_elems = max_rows * layer.kept_elems,
          .kept_batch_elems = layer.kept_batch_elems,
          .multiply_adds = layer.multiply_adds,
          .output_saved = layer.output_saved,
          .inputs_saved = layer.inputs_saved,
          .in_place = layer.in_place,
          .gradient_in_place = layer.gradient_in_place};
}

// With the first `outputs` outputs. In evaluation a folded node is passed over.
ScheduleNetwork Describe(const GraphParts& parts, bool training, size_t outputs) {
  ScheduleNetwork network;
  for (const GraphNode& node : parts.nodes) {
    network.nodes.push_back(Describe(node, parts.max_rows));
    if (training || node.folded == nullptr) continue;
    network.nodes[static_cast<size_t>(node.folds)].view = true;
    network.nodes.back().in_place = false;
  }
  for (size_t k = 0; k < outputs; ++k) network.outputs.push_back(parts.outputs[k].node);
  if (parts.bytes) network.input_elems = parts.max_rows * parts.input.elems();
  return network;
}

}  // namespace

StaticGraph::StaticGraph(GraphParts parts, Ops* ops)
    : parts_(std::move(parts)),
      ops_(ops),
      training_(PlanPass(true, parts_.outputs.size())),
      evaluation_(PlanPass(false, parts_.outputs.size())),
      prediction_(PlanPass(false, 1)),
      naive_elems_(training_.schedule().naive_elems) {
  MakeLayout();
  PlanLayers();
  Summarise();
}

PlannedPass StaticGraph::PlanPass(bool training, size_t outputs) const {
  Schedule schedule = MakeSchedule(Describe(parts_, training, outputs), {.training = training});
  MemoryPlan plan = PlanMemory(schedule.lives);
  return {std::move(schedule), std::move(plan)};
}

void StaticGraph::MakeLayout() {
  std::vector<ParameterSpec> specs;
  const int last = static_cast<int>(parts_.nodes.size()) - 1;
  for (int i = 0; i <= last; ++i) {
    const GraphNode& node = parts_.nodes[static_cast<size_t>(i)];
    for (const LayerParameter& parameter : node.declaration.parameters) {
      specs.push_back({node.name + "/" + parameter.name, parameter.shape, parameter.group,
                       last - i, parameter.momentum});
    }
  }
  layout_ = ParameterLayout(std::move(specs));
  for (int i = 0; i <= last; ++i) {
    const GraphNode& node = parts_.nodes[static_cast<size_t>(i)];
    NodeParameters places = {.offsets = {}, .final_step = last - i};
    for (const LayerParameter& parameter : node.declaration.parameters) {
      places.offsets.push_back(layout_.Find(node.name + "/" + parameter.name)->offset_elems);
    }
    parameters_.push_back(std::move(places));
  }
}

void StaticGraph::PlanLayers() {
  const std::vector<int> sources = OutputSources(Describe(parts_, true, 1).nodes);
  for (size_t i = 0; i < parts_.nodes.size(); ++i) {
    const GraphNode& node = parts_.nodes[i];
    if (node.layer == nullptr) continue;
    const int input = node.inputs[0];
    const bool from_network =
        input == kNetworkInput || sources[static_cast<size_t>(input)] == kNetworkInput;
    node.layer->Plan(ops_, parts_.max_rows, parts_.sparse && from_network, static_cast<int>(i));
  }
}

void StaticGraph::Summarise() {
  for (const GraphNode& node : parts_.nodes) {
    LayerSummary summary = {.name = node.name,
                            .kind = node.kind,
                            .output = node.declaration.output,
                            .multiply_adds = node.declaration.multiply_adds,
                            .inputs = {}};
    for (const LayerParameter& parameter : node.declaration.parameters) {
      summary.parameter_count += parameter.shape.elems();
    }
    for (const int input : node.config_inputs) {
      summary.inputs.push_back(
          input == kNetworkInput ? "input" : parts_.nodes[static_cast<size_t>(input)].name);
    }
    summaries_.push_back(std::move(summary));
  }
}

int64_t StaticGraph::outputs() const {
  const int node = parts_.outputs[0].node;
  return parts_.nodes[static_cast<size_t>(node)].declaration.output.elems();
}

GraphMemory StaticGraph::memory() const {
  GraphMemory memory;
  for (const PlannedPass* pass : {&training_, &evaluation_, &prediction_}) {
    memory.arena_bytes = std::max(memory.arena_bytes, pass->plan().elems * kElemBytes);
    memory.bound_bytes =
        std::max(memory.bound_bytes, MostLiveElems(pass->schedule().lives) * kElemBytes);
  }
  memory.naive_bytes = naive_elems_ * kElemBytes;
  memory.recomputed_multiply_adds = training_.schedule().again_multiply_adds;
  memory.workspace_bytes = ops_->workspace_bytes();
  return memory;
}

void StaticGraph::ChooseRecompute(Recompute recompute, int64_t arena_limit_bytes) {
  LOCKSTEP_CHECK(arena_.size() == 0, "the arena is in use");
  if (recompute == NEVER) return;
  const ScheduleNetwork network = Describe(parts_, true, parts_.outputs.size());
  TrainingPlan made = recompute == ALWAYS ? SmallestPlan(network)
                                          : PlanWithin(network, arena_limit_bytes / kElemBytes);
  training_ = PlannedPass(std::move(made.schedule), std::move(made.plan));
}

void StaticGraph::Allocate() {
  if (arena_.size() > 0) return;
  // One element more, so that a network of views is allocated too.
  arena_ = Buffer<float>(static_cast<size_t>(memory().arena_bytes / kElemBytes + 1));
  for (PlannedPass* pass : {&training_, &evaluation_, &prediction_}) {
    pass->Bind(parts_, parameters_, ops_, arena_.data());
  }
}

void StaticGraph::InitialWeights(uint64_t seed, float* weights) const {
  std::fill_n(weights, layout_.size_elems(), 0.0f);
  uint32_t index = 0;
  for (size_t i = 0; i < parts_.nodes.size(); ++i) {
    const auto& parameters = parts_.nodes[i].declaration.parameters;
    for (size_t k = 0; k < parameters.size(); ++k) {
      Initialize(parameters[k], seed, index++,
                 {weights + parameters_[i].offsets[k],
                  static_cast<size_t>(parameters[k].shape.elems())});
    }
  }
}

LossSums StaticGraph::Forward(const PassInfo& info, const Batch& batch, const float* weights,
                              int64_t batch_samples, float* predictions) {
  LOCKSTEP_CHECK(batch.rows <= parts_.max_rows, "%lld rows", (long long)batch.rows);
  LOCKSTEP_CHECK(parts_.bytes == (batch.bytes != nullptr), "bytes for a network of %s",
                 parts_.bytes ? "bytes" : "floats");
  Allocate();
  PlannedPass& pass = info.training ? training_ : info.predict_only ? prediction_ : evaluation_;
  pass.Begin(info, batch, weights, batch_samples);
  return pass.Forward(predictions);
}

void StaticGraph::Backward(const PassInfo& /*info*/, const Batch& /*batch*/,
                           const float* /*weights*/, float* gradients,
                           GradientListener* listener) {
  training_.Backward(gradients, listener);
}

}  // namespace lockstep
