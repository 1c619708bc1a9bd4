#include "core/nn/schedule.h"

#include <algorithm>
#include <utility>

namespace lockstep {
namespace {

using GradientPlace = ScheduleStep::GradientPlace;

int64_t Padded(int64_t elems) { return (elems + 15) / 16 * 16; }

// Nodes that lead to an output.
std::vector<bool> LeadToOutput(const ScheduleNetwork& network) {
  std::vector<bool> leads(network.nodes.size(), false);
  for (const int output : network.outputs) leads[static_cast<size_t>(output)] = true;
  for (size_t i = leads.size(); i-- > 0;) {
    if (!leads[i]) continue;
    for (const int input : network.nodes[i].inputs) {
      if (input != kNetworkInput) leads[static_cast<size_t>(input)] = true;
    }
  }
  return leads;
}

// Nodes at or before which some parameter lies.
std::vector<bool> NeedGradient(const std::vector<ScheduleNode>& nodes) {
  std::vector<bool> needs(nodes.size(), false);
  for (size_t i = 0; i < nodes.size(); ++i) {
    needs[i] = nodes[i].has_parameters;
    for (const int input : nodes[i].inputs) {
      if (input != kNetworkInput && needs[static_cast<size_t>(input)]) needs[i] = true;
    }
  }
  return needs;
}

class ScheduleMaker {
 public:
  ScheduleMaker(const ScheduleNetwork& network, const ScheduleOptions& options)
      : network_(network),
        options_(options),
        runs_(LeadToOutput(network)),
        needs_gradient_(NeedGradient(network.nodes)),
        sources_(OutputSources(network.nodes)),
        outputs_(network.nodes.size(), kNoTensor),
        kept_(network.nodes.size(), kNoTensor),
        kept_batch_(network.nodes.size(), kNoTensor),
        gradients_(network.nodes.size(), kNoTensor) {}

  Schedule Make() {
    schedule_.training = options_.training;
    if (network_.input_elems > 0) schedule_.input = NewTensor(network_.input_elems);
    for (size_t i = 0; i < network_.nodes.size(); ++i) {
      if (runs_[i] && !network_.nodes[i].view) AddForward(i, false);
    }
    for (size_t k = 0; k < network_.outputs.size(); ++k) AddLoss(k);
    schedule_.forward_steps = static_cast<int>(schedule_.steps.size());
    if (options_.training) AddBackwards();
    ShareMemory();
    return std::move(schedule_);
  }

 private:
  // A tensor that may lie where another one lies, if that one is not read later.
  struct Sharing {
    int of = kNoTensor, with = kNoTensor, step = 0;
  };

  int step() const { return static_cast<int>(schedule_.steps.size()); }
  const ScheduleNode& node(size_t i) const { return network_.nodes[i]; }

  static ScheduleStep Step(StepKind kind, size_t node) {
    ScheduleStep step;
    step.kind = kind;
    step.node = static_cast<int>(node);
    return step;
  }

  int NewTensor(int64_t elems) {
    if (elems == 0) return kNoTensor;
    lives_.push_back({Padded(elems), step(), step()});
    return static_cast<int>(lives_.size()) - 1;
  }
  // `tensor` is read or written by the step that is being made.
  int Use(int tensor) {
    if (tensor != kNoTensor) lives_[static_cast<size_t>(tensor)].last = step();
    return tensor;
  }
  // The tensor of a node's output, or of the network's input.
  int TensorOf(int at) const {
    const int source = at == kNetworkInput ? kNetworkInput : sources_[static_cast<size_t>(at)];
    return source == kNetworkInput ? schedule_.input : outputs_[static_cast<size_t>(source)];
  }

  void AddForward(size_t i, bool again) {
    ScheduleStep made = Step(StepKind::kForward, i);
    made.again = again;
    for (const int input : node(i).inputs) made.inputs.push_back(Use(TensorOf(input)));
    made.output = NewTensor(node(i).output_elems);
    made.kept = NewTensor(node(i).kept_elems);
    if (!again) kept_batch_[i] = NewTensor(node(i).kept_batch_elems);
    made.kept_batch = Use(kept_batch_[i]);
    kept_[i] = made.kept;
    if (node(i).in_place) MayShare(made.output, made.inputs, 0);
    if (!again || !IsHeld(i)) outputs_[i] = made.output;
    if (again) schedule_.again_multiply_adds += node(i).multiply_adds;
    schedule_.steps.push_back(std::move(made));
  }

  // `of` may lie in inputs[k] unless the step reads that twice.
  void MayShare(int of, const std::vector<int>& inputs, size_t k) {
    const bool once = std::count(inputs.begin(), inputs.end(), inputs[k]) == 1;
    if (once && inputs[k] != kNoTensor) sharings_.push_back({of, inputs[k], step()});
  }

  void AddLoss(size_t k) {
    const int at = network_.outputs[k];
    ScheduleStep made = Step(StepKind::kLoss, k);
    made.output = Use(TensorOf(at));
    if (options_.training) made.gradients.push_back(PlaceGradient(at));
    schedule_.steps.push_back(std::move(made));
  }

  // Where a reader of node `at` writes the gradient of what it read.
  GradientPlace PlaceGradient(int at) {
    const int source = at == kNetworkInput ? kNetworkInput : sources_[static_cast<size_t>(at)];
    if (source == kNetworkInput || !needs_gradient_[static_cast<size_t>(source)]) return {};
    int& gradient = gradients_[static_cast<size_t>(source)];
    const int64_t elems = node(static_cast<size_t>(source)).output_elems;
    if (gradient == kNoTensor) return {gradient = NewTensor(elems), kNoTensor};
    return {NewTensor(elems), Use(gradient)};
  }

  void AddBackwards() {
    size_t range = options_.recomputed.size();
    for (size_t i = network_.nodes.size(); i-- > 0;) {
      if (range > 0 && options_.recomputed[range - 1].end == static_cast<int64_t>(i) + 1) {
        RunAgain(options_.recomputed[--range]);
      }
      if (runs_[i] && !node(i).view && needs_gradient_[i]) AddBackward(i);
    }
  }

  void AddBackward(size_t i) {
    ScheduleStep made = Step(StepKind::kBackward, i);
    for (const int input : node(i).inputs) {
      made.inputs.push_back(node(i).inputs_saved ? Use(TensorOf(input)) : kNoTensor);
    }
    if (node(i).output_saved) made.output = Use(outputs_[i]);
    made.kept = Use(kept_[i]);
    made.kept_batch = Use(kept_batch_[i]);
    made.output_gradient = Use(gradients_[i]);
    bool shares = !node(i).gradient_in_place;
    for (const int input : node(i).inputs) {
      made.gradients.push_back(PlaceGradient(input));
      if (shares || made.gradients.back().tensor == kNoTensor) continue;
      MayShare(made.gradients.back().tensor, {made.output_gradient}, 0);
      shares = true;
    }
    schedule_.steps.push_back(std::move(made));
  }

  // Forward of those nodes of `range` whose results Backward asks for and finds gone.
  void RunAgain(const Range& range) {
    const size_t begin = static_cast<size_t>(range.begin), end = static_cast<size_t>(range.end);
    std::vector<bool> asked(end - begin, false);  // for its output
    std::vector<bool> again(end - begin, false);
    for (size_t i = end; i-- > begin;) {
      if (!runs_[i] || node(i).view) continue;
      const bool backward = needs_gradient_[i];
      const bool output = asked[i - begin] || (backward && node(i).output_saved);
      again[i - begin] = (output && !IsHeld(i)) || (backward && node(i).kept_elems > 0);
      if (!again[i - begin] && !(backward && node(i).inputs_saved)) continue;
      for (const int input : node(i).inputs) {
        const int source = input == kNetworkInput ? input : sources_[static_cast<size_t>(input)];
        if (source >= range.begin) asked[static_cast<size_t>(source) - begin] = true;
      }
    }
    for (size_t i = begin; i < end; ++i) {
      if (again[i - begin]) AddForward(i, true);
    }
  }

  // Whether the output outlives the first Forward: a node outside of its range, or the loss, takes
  // it.
  bool IsHeld(size_t i) {
    if (held_.empty()) FindHeld();
    return held_[i];
  }
  void FindHeld() {
    std::vector<int> range_of(network_.nodes.size(), -1);
    for (size_t r = 0; r < options_.recomputed.size(); ++r) {
      for (int64_t i = options_.recomputed[r].begin; i < options_.recomputed[r].end; ++i) {
        range_of[static_cast<size_t>(i)] = static_cast<int>(r);
      }
    }
    held_.resize(network_.nodes.size());
    for (size_t i = 0; i < held_.size(); ++i) held_[i] = range_of[i] < 0;
    for (size_t i = 0; i < held_.size(); ++i) {
      if (!runs_[i] || node(i).view) continue;
      for (const int input : node(i).inputs) {
        const int source = input == kNetworkInput ? input : sources_[static_cast<size_t>(input)];
        if (source == kNetworkInput) continue;
        if (range_of[static_cast<size_t>(source)] != range_of[i]) {
          held_[static_cast<size_t>(source)] = true;
        }
      }
    }
    for (const int output : network_.outputs) {
      const int source = sources_[static_cast<size_t>(output)];
      if (source != kNetworkInput) held_[static_cast<size_t>(source)] = true;
    }
  }

  // Puts tensors into the memory of those they may share with, and numbers what is left.
  void ShareMemory() {
    std::vector<int> root(lives_.size());
    for (size_t i = 0; i < root.size(); ++i) root[i] = static_cast<int>(i);
    for (const Lifetime& life : lives_) schedule_.naive_elems += life.elems;
    for (const Sharing& sharing : sharings_) {
      Lifetime& with = lives_[static_cast<size_t>(root[static_cast<size_t>(sharing.with)])];
      const Lifetime& of = lives_[static_cast<size_t>(sharing.of)];
      if (with.last != sharing.step || of.first != sharing.step || of.elems > with.elems) continue;
      with.last = of.last;
      root[static_cast<size_t>(sharing.of)] = root[static_cast<size_t>(sharing.with)];
    }
    std::vector<int> place(lives_.size(), kNoTensor);
    for (size_t i = 0; i < root.size(); ++i) {
      if (root[i] != static_cast<int>(i)) continue;
      place[i] = static_cast<int>(schedule_.lives.size());
      schedule_.lives.push_back(lives_[i]);
    }
    for (const int of : root) schedule_.places.push_back(place[static_cast<size_t>(of)]);
  }

  const ScheduleNetwork& network_;
  const ScheduleOptions& options_;
  const std::vector<bool> runs_, needs_gradient_;
  const std::vector<int> sources_;
  std::vector<int> outputs_, kept_, kept_batch_, gradients_;  // the present tensors of a node
  std::vector<bool> held_;
  std::vector<Lifetime> lives_;  // of each tensor
  std::vector<Sharing> sharings_;
  Schedule schedule_;
};

}  // namespace

std::vector<int> OutputSources(const std::vector<ScheduleNode>& nodes) {
  std::vector<int> sources(nodes.size());
  for (size_t i = 0; i < nodes.size(); ++i) {
    const int input = nodes[i].view ? nodes[i].inputs[0] : static_cast<int>(i);
    sources[i] = input < static_cast<int>(i) && input != kNetworkInput
                     ? sources[static_cast<size_t>(input)]
                     : input;
  }
  return sources;
}

Schedule MakeSchedule(const ScheduleNetwork& network, const ScheduleOptions& options) {
  return ScheduleMaker(network, options).Make();
}

}  // namespace lockstep
