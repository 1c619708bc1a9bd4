#include "core/nn/schedule.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "core/base/summation_tree.h"
#include "core/nn/memory_plan.h"
#include "tests/testing/random_network.h"

namespace lockstep {
namespace {

// Carries out a schedule with words instead of numbers: each tensor's memory holds what was written
// there last, and each step finds what it is to read.
class Walker {
 public:
  Walker(const ScheduleNetwork& network, const ScheduleOptions& options)
      : network_(network),
        options_(options),
        sources_(OutputSources(network.nodes)),
        schedule_(MakeSchedule(network, options)),
        plan_(PlanMemory(schedule_.lives)),
        holds_(schedule_.places.size()),
        contributions_(network.nodes.size()),
        backwards_(network.nodes.size(), 0) {}

  const Schedule& schedule() const { return schedule_; }
  const MemoryPlan& plan() const { return plan_; }
  int backwards(size_t node) const { return backwards_[node]; }
  // What was added into a node's gradient: the nodes that took it, -1 for a loss.
  const std::multiset<int>& contributions(size_t node) const { return contributions_[node]; }

  void Walk() {
    if (schedule_.input != kNoTensor) Write(schedule_.input, "input");
    for (step_ = 0; step_ < schedule_.steps.size(); ++step_) {
      const ScheduleStep& step = schedule_.steps[step_];
      switch (step.kind) {
        case StepKind::kForward: Forward(step); break;
        case StepKind::kLoss: Loss(step); break;
        case StepKind::kBackward: Backward(step); break;
      }
    }
  }

 private:
  static std::string Of(const std::string& what, int node) { return what + std::to_string(node); }
  int SourceOf(int input) const {
    return input == kNetworkInput ? input : sources_[static_cast<size_t>(input)];
  }

  void Write(int tensor, const std::string& what) {
    const auto at = [&](size_t t) {
      const size_t place = static_cast<size_t>(schedule_.places[t]);
      const int64_t begin = plan_.offsets[place];
      return Range{begin, begin + schedule_.lives[place].elems};
    };
    const Range mine = at(static_cast<size_t>(tensor));
    for (size_t other = 0; other < holds_.size(); ++other) {
      const Range its = at(other);
      if (its.begin < mine.end && mine.begin < its.end) holds_[other].clear();
    }
    holds_[static_cast<size_t>(tensor)] = what;
  }
  void Read(int tensor, const std::string& what) {
    ASSERT_NE(tensor, kNoTensor) << what << ", step " << step_;
    EXPECT_EQ(holds_[static_cast<size_t>(tensor)], what) << "step " << step_;
  }
  void ReadInputs(const ScheduleStep& step) {
    const auto& inputs = network_.nodes[static_cast<size_t>(step.node)].inputs;
    ASSERT_EQ(step.inputs.size(), inputs.size());
    for (size_t k = 0; k < inputs.size(); ++k) {
      const int source = SourceOf(inputs[k]);
      if (source != kNetworkInput) Read(step.inputs[k], Of("output", source));
      if (source == kNetworkInput && network_.input_elems > 0) Read(step.inputs[k], "input");
    }
  }
  void WriteGradient(const ScheduleStep::GradientPlace& place, int at, int by) {
    const int source = SourceOf(at);
    if (place.tensor == kNoTensor) return;
    ASSERT_NE(source, kNetworkInput);
    auto& contributions = contributions_[static_cast<size_t>(source)];
    EXPECT_EQ(place.added_to == kNoTensor, contributions.empty());
    if (place.added_to == kNoTensor) {
      Write(place.tensor, Of("gradient", source));
    } else {
      Write(place.tensor, "scratch");
      Read(place.added_to, Of("gradient", source));
    }
    contributions.insert(by);
  }

  void Forward(const ScheduleStep& step) {
    ReadInputs(step);
    const ScheduleNode& node = network_.nodes[static_cast<size_t>(step.node)];
    Write(step.output, Of("output", step.node));
    if (node.kept_elems > 0) Write(step.kept, Of("kept", step.node));
    if (node.kept_batch_elems > 0) Write(step.kept_batch, Of("statistics", step.node));
  }
  void Loss(const ScheduleStep& step) {
    const int at = network_.outputs[static_cast<size_t>(step.node)];
    if (SourceOf(at) != kNetworkInput) Read(step.output, Of("output", SourceOf(at)));
    EXPECT_EQ(step.gradients.size(), options_.training ? 1u : 0u);
    for (const auto& place : step.gradients) WriteGradient(place, at, -1);
  }
  void Backward(const ScheduleStep& step) {
    const ScheduleNode& node = network_.nodes[static_cast<size_t>(step.node)];
    if (node.inputs_saved) ReadInputs(step);
    if (node.output_saved) Read(step.output, Of("output", step.node));
    if (node.kept_elems > 0) Read(step.kept, Of("kept", step.node));
    if (node.kept_batch_elems > 0) Read(step.kept_batch, Of("statistics", step.node));
    Read(step.output_gradient, Of("gradient", step.node));
    ++backwards_[static_cast<size_t>(step.node)];
    ASSERT_EQ(step.gradients.size(), node.inputs.size());
    for (size_t k = 0; k < node.inputs.size(); ++k) {
      WriteGradient(step.gradients[k], node.inputs[k], step.node);
    }
  }

  const ScheduleNetwork& network_;
  const ScheduleOptions& options_;
  const std::vector<int> sources_;
  const Schedule schedule_;
  const MemoryPlan plan_;
  std::vector<std::string> holds_;  // per tensor; empty: not its own any more
  std::vector<std::multiset<int>> contributions_;
  std::vector<int> backwards_;
  size_t step_ = 0;
};

// Which nodes matter, found the slow way.
bool LeadsToOutput(const ScheduleNetwork& network, int node) {
  if (std::count(network.outputs.begin(), network.outputs.end(), node) > 0) return true;
  for (size_t i = 0; i < network.nodes.size(); ++i) {
    const auto& inputs = network.nodes[i].inputs;
    if (std::count(inputs.begin(), inputs.end(), node) > 0 &&
        LeadsToOutput(network, static_cast<int>(i))) {
      return true;
    }
  }
  return false;
}

bool NeedsGradient(const ScheduleNetwork& network, int node) {
  if (node == kNetworkInput) return false;
  const ScheduleNode& at = network.nodes[static_cast<size_t>(node)];
  return at.has_parameters || std::any_of(at.inputs.begin(), at.inputs.end(), [&](int input) {
           return NeedsGradient(network, input);
         });
}

// All that takes a node's output, with the times it does.
std::multiset<int> TakersOf(const ScheduleNetwork& network, int node) {
  const auto sources = OutputSources(network.nodes);
  const auto is_it = [&](int at) {
    return at != kNetworkInput && sources[static_cast<size_t>(at)] == node;
  };
  std::multiset<int> takers;
  for (const int output : network.outputs) {
    if (is_it(output)) takers.insert(-1);
  }
  for (size_t i = 0; i < network.nodes.size(); ++i) {
    if (network.nodes[i].view || !LeadsToOutput(network, static_cast<int>(i))) continue;
    for (const int input : network.nodes[i].inputs) {
      if (is_it(input)) takers.insert(static_cast<int>(i));
    }
  }
  return takers;
}

void ExpectAllGradients(const ScheduleNetwork& network, const Walker& walker) {
  for (size_t i = 0; i < network.nodes.size(); ++i) {
    const int node = static_cast<int>(i);
    const bool backward = !network.nodes[i].view && LeadsToOutput(network, node) &&
                          NeedsGradient(network, node);
    EXPECT_EQ(walker.backwards(i), backward ? 1 : 0) << "node " << i;
    if (!backward) continue;
    EXPECT_EQ(walker.contributions(i), TakersOf(network, node)) << "node " << i;
  }
}

void ExpectWithinATenth(const Walker& walker) {
  const int64_t bound = MostLiveElems(walker.schedule().lives);
  EXPECT_LE(walker.plan().elems, bound + bound / 10);
  EXPECT_LE(bound, walker.schedule().naive_elems);
}

TEST(Schedule, EveryStepOfARandomNetworkFindsWhatItReads) {
  std::mt19937 random(1);
  for (int trial = 0; trial < 400; ++trial) {
    SCOPED_TRACE("trial " + std::to_string(trial));
    const ScheduleNetwork network = RandomNetwork(&random);
    const ScheduleOptions options;
    Walker walker(network, options);
    walker.Walk();
    ExpectAllGradients(network, walker);
    ExpectWithinATenth(walker);
    if (HasFailure()) return;
  }
}

TEST(Schedule, ANetworkThatRunsRangesAgainFindsTheSame) {
  std::mt19937 random(2);
  int again = 0;
  for (int trial = 0; trial < 400; ++trial) {
    SCOPED_TRACE("trial " + std::to_string(trial));
    const ScheduleNetwork network = RandomNetwork(&random);
    const ScheduleOptions options = {.recomputed = RandomRanges(&random, network.nodes.size())};
    Walker walker(network, options);
    walker.Walk();
    ExpectAllGradients(network, walker);
    ExpectWithinATenth(walker);
    for (const ScheduleStep& step : walker.schedule().steps) again += step.again ? 1 : 0;
    if (HasFailure()) return;
  }
  EXPECT_GT(again, 400);
}

TEST(Schedule, AnEvaluationHasNoBackwardAndNeedsLess) {
  std::mt19937 random(3);
  for (int trial = 0; trial < 100; ++trial) {
    const ScheduleNetwork network = RandomNetwork(&random);
    const ScheduleOptions options = {.training = false};
    Walker walker(network, options);
    walker.Walk();
    for (const ScheduleStep& step : walker.schedule().steps) {
      EXPECT_NE(step.kind, StepKind::kBackward);
    }
    EXPECT_LE(MostLiveElems(walker.schedule().lives),
              MostLiveElems(MakeSchedule(network, {}).lives));
    if (HasFailure()) return;
  }
}

// A chain of nodes of one size, each with parameters and reading its input in Backward.
ScheduleNetwork Chain(int nodes) {
  ScheduleNetwork network;
  for (int i = 0; i < nodes; ++i) {
    network.nodes.push_back({.inputs = {i - 1},
                             .has_parameters = true,
                             .output_elems = 16,
                             .multiply_adds = 10,
                             .inputs_saved = true});
  }
  network.outputs = {nodes - 1};
  return network;
}

TEST(Schedule, AChainKeepsItsOutputsAndTwoGradients) {
  // The last output is dead after the loss, so what lives most are the 9 others and 2 gradients.
  EXPECT_EQ(MostLiveElems(MakeSchedule(Chain(10), {}).lives), 16 * (9 + 2));
  EXPECT_EQ(MakeSchedule(Chain(10), {}).naive_elems, 16 * 20);
  EXPECT_EQ(MostLiveElems(MakeSchedule(Chain(10), {.training = false}).lives), 16 * 2);
}

TEST(Schedule, RecomputedRangesKeepTheirEndsAndRunTheRestOnce) {
  const Schedule schedule =
      MakeSchedule(Chain(16), {.recomputed = {{0, 4}, {4, 8}, {8, 12}, {12, 16}}});
  // Of each range the last output is kept, or nobody asks for it.
  EXPECT_EQ(schedule.again_multiply_adds, 10 * 4 * 3);
  // Four ends, three outputs within a range, two gradients.
  EXPECT_LE(MostLiveElems(schedule.lives), 16 * (4 + 3 + 2));
}

TEST(Schedule, APointwiseNodeLiesInItsInputWhereNobodyElseReadsThat) {
  ScheduleNetwork network = Chain(3);
  network.nodes[1] = {.inputs = {0}, .output_elems = 16, .in_place = true};
  network.nodes[0].inputs_saved = network.nodes[2].inputs_saved = false;
  const Schedule shared = MakeSchedule(network, {});
  EXPECT_EQ(shared.places[0], shared.places[1]);
  network.nodes[0].output_saved = true;
  const Schedule saved = MakeSchedule(network, {});
  EXPECT_NE(saved.places[0], saved.places[1]);
}

TEST(Schedule, HeadsThatDoNotLeadToTheOutputDoNotRun) {
  ScheduleNetwork network = Chain(3);
  network.nodes.push_back({.inputs = {0}, .has_parameters = true, .output_elems = 16});
  network.outputs = {2, 3};
  EXPECT_EQ(MakeSchedule(network, {.training = false}).steps.size(), 4u + 2u);
  network.outputs = {2};
  EXPECT_EQ(MakeSchedule(network, {.training = false}).steps.size(), 3u + 1u);
}

}  // namespace
}  // namespace lockstep
