#include "core/nn/static_graph.h"

#include <algorithm>
#include <utility>

#include "core/base/check.h"
#include "core/nn/initializers.h"

namespace lockstep {
namespace {

constexpr int kNetworkInput = -1;

int64_t Padded(int64_t elems) { return (elems + 15) / 16 * 16; }  // whole cache lines

}  // namespace

StaticGraph::StaticGraph(GraphParts parts, Ops* ops) : parts_(std::move(parts)), ops_(ops) {
  states_.resize(parts_.nodes.size());
  for (size_t i = 0; i < parts_.nodes.size(); ++i) {
    GraphNode& node = parts_.nodes[i];
    NodeState& state = states_[i];
    state.source = node.layer != nullptr ? static_cast<int>(i) : node.inputs[0];
    if (node.layer == nullptr && node.inputs[0] != kNetworkInput) {
      state.source = states_[static_cast<size_t>(node.inputs[0])].source;
    }
    state.needs_gradient = !node.declaration.parameters.empty();
    for (const int input : node.inputs) {
      if (input == kNetworkInput) continue;
      state.needs_gradient |= states_[static_cast<size_t>(input)].needs_gradient;
    }
  }
  MakeLayout();
  PlaceMemory();
  PrepareContexts();
  Summarise();
}

void StaticGraph::MakeLayout() {
  std::vector<ParameterSpec> specs;
  const int last = static_cast<int>(parts_.nodes.size()) - 1;
  for (int i = 0; i <= last; ++i) {
    const GraphNode& node = parts_.nodes[static_cast<size_t>(i)];
    states_[static_cast<size_t>(i)].final_step = last - i;
    for (const LayerParameter& parameter : node.declaration.parameters) {
      specs.push_back({node.name + "/" + parameter.name, parameter.shape, parameter.group,
                       last - i, parameter.momentum});
    }
  }
  layout_ = ParameterLayout(std::move(specs));
  for (size_t i = 0; i < parts_.nodes.size(); ++i) {
    for (const LayerParameter& parameter : parts_.nodes[i].declaration.parameters) {
      const auto* entry = layout_.Find(parts_.nodes[i].name + "/" + parameter.name);
      states_[i].offsets.push_back(entry->offset_elems);
    }
  }
}

void StaticGraph::PlaceMemory() {
  // Every output is read again by Backward, so all live at once: one arena, no reuse.
  int64_t total = 0, inputs = 1;
  std::vector<std::pair<int64_t, int64_t>> places(states_.size());
  std::vector<int64_t> kept(states_.size());
  for (size_t i = 0; i < states_.size(); ++i) {
    if (states_[i].source != static_cast<int>(i)) continue;
    const int64_t elems =
        Padded(parts_.max_rows * parts_.nodes[i].declaration.output.elems());
    places[i] = {total, total + elems};
    kept[i] = total + 2 * elems;
    total = kept[i] + Padded(parts_.max_rows * parts_.nodes[i].declaration.kept_elems);
    scratch_elems_ = std::max(scratch_elems_, elems);
    inputs = std::max(inputs, static_cast<int64_t>(parts_.nodes[i].inputs.size()));
  }
  const int64_t input = parts_.bytes ? Padded(parts_.max_rows * parts_.input.elems()) : 0;
  arena_ = Buffer<float>(static_cast<size_t>(total + inputs * scratch_elems_ + input));
  scratch_ = arena_.data() + total;
  if (parts_.bytes) input_ = scratch_ + inputs * scratch_elems_;
  for (size_t i = 0; i < states_.size(); ++i) {
    if (states_[i].source == kNetworkInput) continue;
    const auto& place = places[static_cast<size_t>(states_[i].source)];
    states_[i].output = arena_.data() + place.first;
    states_[i].gradient = arena_.data() + place.second;
    states_[i].context.kept = arena_.data() + kept[i];
  }
}

void StaticGraph::PrepareContexts() {
  std::vector<bool> written(states_.size(), false);  // in backward order
  const int last = states_.back().source;            // the loss writes its gradient
  if (last != kNetworkInput) written[static_cast<size_t>(last)] = true;
  for (size_t i = states_.size(); i-- > 0;) {
    NodeState& state = states_[i];
    const GraphNode& node = parts_.nodes[i];
    LayerContext& context = state.context;
    context.output = {state.output, 0, node.declaration.output.elems()};
    context.output_gradient = {state.gradient, 0, node.declaration.output.elems()};
    context.inputs.resize(node.inputs.size());
    context.input_gradients.assign(node.inputs.size(), nullptr);
    context.parameters.resize(node.declaration.parameters.size());
    context.parameter_gradients.resize(node.declaration.parameters.size());
    state.adds_gradient.assign(node.inputs.size(), false);
    for (size_t k = 0; k < node.inputs.size(); ++k) {
      const int input = node.inputs[k];
      const Shape& shape = input == kNetworkInput
                               ? parts_.input
                               : parts_.nodes[static_cast<size_t>(input)].declaration.output;
      const int source =
          input == kNetworkInput ? kNetworkInput : states_[static_cast<size_t>(input)].source;
      context.inputs[k] = {nullptr, 0, shape.elems()};
      if (source == kNetworkInput) continue;
      const NodeState& from = states_[static_cast<size_t>(source)];
      context.inputs[k].data = from.output;
      if (node.layer == nullptr || !from.needs_gradient) continue;
      state.adds_gradient[k] = written[static_cast<size_t>(source)];
      context.input_gradients[k] = state.adds_gradient[k] ? Scratch(k) : from.gradient;
      written[static_cast<size_t>(source)] = true;
    }
    const bool sparse = parts_.sparse && node.layer != nullptr && context.inputs.size() == 1 &&
                        context.inputs[0].data == nullptr;
    if (node.layer != nullptr) {
      node.layer->Plan(ops_, parts_.max_rows, sparse, static_cast<int>(i));
    }
  }
}

void StaticGraph::Summarise() {
  for (const GraphNode& node : parts_.nodes) {
    LayerSummary summary = {node.name, node.kind, node.declaration.output, 0, {}};
    for (const LayerParameter& parameter : node.declaration.parameters) {
      summary.parameter_count += parameter.shape.elems();
    }
    for (const int input : node.inputs) {
      summary.inputs.push_back(
          input == kNetworkInput ? "input" : parts_.nodes[static_cast<size_t>(input)].name);
    }
    summaries_.push_back(std::move(summary));
  }
}

void StaticGraph::InitialWeights(uint64_t seed, float* weights) const {
  std::fill_n(weights, layout_.size_elems(), 0.0f);
  uint32_t index = 0;
  for (size_t i = 0; i < parts_.nodes.size(); ++i) {
    const auto& parameters = parts_.nodes[i].declaration.parameters;
    for (size_t k = 0; k < parameters.size(); ++k) {
      Initialize(parameters[k], seed, index++,
                 {weights + states_[i].offsets[k],
                  static_cast<size_t>(parameters[k].shape.elems())});
    }
  }
}

void StaticGraph::SetPass(const PassInfo& info, const Batch& batch) {
  LOCKSTEP_CHECK(batch.rows <= parts_.max_rows, "%lld rows", (long long)batch.rows);
  LOCKSTEP_CHECK(parts_.bytes == (batch.bytes != nullptr), "bytes for a network of %s",
                 parts_.bytes ? "bytes" : "floats");
  float* input_data = batch.dense.data;
  if (parts_.bytes) {
    input_data = input_;
    ops_->BytesToFloat(batch.bytes, batch.scale, input_, batch.rows * parts_.input.elems());
  }
  for (size_t i = 0; i < states_.size(); ++i) {
    LayerContext& context = states_[i].context;
    context.rows = batch.rows;
    context.training = info.training;
    context.seed = info.seed;
    context.step = info.step;
    context.sample_ids = batch.sample_ids;
    context.same_weights = info.same_weights;
    context.output.rows = batch.rows;
    context.output_gradient.rows = batch.rows;
    for (size_t k = 0; k < context.inputs.size(); ++k) {
      context.inputs[k].rows = batch.rows;
      const int input = parts_.nodes[i].inputs[k];
      const bool from_network = input == kNetworkInput ||
                                states_[static_cast<size_t>(input)].source == kNetworkInput;
      if (!from_network) continue;
      context.inputs[k].data = input_data;
      context.sparse = parts_.sparse ? &batch.sparse_rows : nullptr;
    }
  }
}

LossSums StaticGraph::Forward(const PassInfo& info, const Batch& batch, const float* weights,
                              int64_t batch_samples, float* predictions) {
  SetPass(info, batch);
  for (NodeState& state : states_) state.context.batch_samples = batch_samples;
  for (size_t i = 0; i < states_.size(); ++i) {
    NodeState& state = states_[i];
    if (parts_.nodes[i].layer == nullptr) continue;
    for (size_t k = 0; k < state.offsets.size(); ++k) {
      state.context.parameters[k] = weights + state.offsets[k];
    }
    parts_.nodes[i].layer->Forward(state.context);
  }
  const NodeState& last = states_.back();
  return ops_->Loss(parts_.outputs[0].loss, {.output = last.context.output,
                                  .labels = batch.labels,
                                  .targets = batch.targets,
                                  .predictions = predictions,
                                  .doutput = info.training ? last.gradient : nullptr,
                                  .batch_samples = batch_samples});
}

void StaticGraph::RunBackward(size_t node, float* gradients) {
  NodeState& state = states_[node];
  for (size_t k = 0; k < state.offsets.size(); ++k) {
    state.context.parameter_gradients[k] = gradients + state.offsets[k];
  }
  parts_.nodes[node].layer->Backward(state.context);
  for (size_t k = 0; k < state.adds_gradient.size(); ++k) {
    if (!state.adds_gradient[k]) continue;
    const int source = states_[static_cast<size_t>(parts_.nodes[node].inputs[k])].source;
    ops_->Add(Scratch(k), states_[static_cast<size_t>(source)].gradient,
              state.context.inputs[k].elems());
  }
}

void StaticGraph::Backward(const PassInfo& /*info*/, const Batch& /*batch*/,
                           const float* /*weights*/, float* gradients,
                           GradientListener* listener) {
  for (size_t i = states_.size(); i-- > 0;) {
    if (parts_.nodes[i].layer == nullptr || !states_[i].needs_gradient) continue;
    RunBackward(i, gradients);
    if (listener != nullptr && !states_[i].offsets.empty()) {
      listener->OnFinal(states_[i].final_step);
    }
  }
}

}  // namespace lockstep
