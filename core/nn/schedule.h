// Schedule: the steps of one pass over a network, and when each of its tensors lives.
//
// A training pass is Forward of every node in order, Loss of every output, Backward of every node
// in the reverse order. Who writes and who reads a tensor is known beforehand, so its life is known
// too: an output lives from its Forward to the last Forward that takes it, to the Loss, and to
// those Backwards whose layers say that they read it (LayerDeclaration); a gradient from the first
// Backward (or Loss) that writes it to the node's own Backward. The tensors that a step does not
// declare to read are absent from it, so that a layer whose declaration lies fails at once.
//
//   a -> b -> loss, b saves its input        step  0 F(a)  1 F(b)  2 Loss  3 B(b)  4 B(a)
//                                            a       x       x       .       x       .
//                                            b       .       x       x       .       .
//                                            da      .       .       .       x       x
//                                            db      .       .       x       x       .
//
// Three things make tensors share memory beside core/nn/memory_plan.h. A view (flatten) is its
// input. An output lies in its input's memory where the layer allows it and nobody reads the input
// later; a gradient likewise. And outputs that Backward reads need not be kept: the nodes of a
// recomputed range keep what later nodes take, and run Forward a second time, into second tensors,
// just before the range's Backward (Chen et al., "Training deep nets with sublinear memory cost",
// 2016). Of the range, only those nodes run again whose results are gone and asked for.
//
// Gradients of an output that several nodes take are added in the order of the Backwards: the first
// writes, each later one writes to a scratch tensor, which is added in the same step.
//
// All of this is a value: no memory, no layer. tests/core/nn/schedule_test.cc walks random
// networks.
#ifndef LOCKSTEP_CORE_NN_SCHEDULE_H_
#define LOCKSTEP_CORE_NN_SCHEDULE_H_

#include <cstdint>
#include <vector>

#include "core/base/summation_tree.h"
#include "core/nn/memory_plan.h"

namespace lockstep {

constexpr int kNetworkInput = -1;  // among a node's inputs
constexpr int kNoTensor = -1;

// What matters of a node. Sizes are of the largest micro-batch.
struct ScheduleNode {
  std::vector<int> inputs;  // positions of earlier nodes, or kNetworkInput
  bool view = false;        // its output is its input
  bool has_parameters = false;
  int64_t output_elems = 0;
  int64_t kept_elems = 0;
  int64_t kept_batch_elems = 0;
  int64_t multiply_adds = 0;
  // As in LayerDeclaration.
  bool output_saved = false, inputs_saved = false, in_place = false, gradient_in_place = false;
};

struct ScheduleNetwork {
  std::vector<ScheduleNode> nodes;  // topological order
  std::vector<int> outputs;         // nodes at the loss
  int64_t input_elems = 0;          // of the input, where it needs memory; else 0
};

struct ScheduleOptions {
  bool training = true;
  std::vector<Range> recomputed = {};  // disjoint ranges of nodes, ascending
};

enum class StepKind { kForward, kLoss, kBackward };

// A step and the tensors that it reads and writes: positions in Schedule::places, or kNoTensor.
struct ScheduleStep {
  // Where a gradient is written, and what it is added to then.
  struct GradientPlace {
    int tensor = kNoTensor;
    int added_to = kNoTensor;
  };
  StepKind kind = StepKind::kForward;
  int node = 0;  // of kLoss: position in ScheduleNetwork::outputs
  bool again = false;
  std::vector<int> inputs = {};  // kNoTensor, too, for a network input that needs no memory
  int output = kNoTensor;
  int kept = kNoTensor;
  int kept_batch = kNoTensor;
  int output_gradient = kNoTensor;
  std::vector<GradientPlace> gradients = {};  // of the inputs; kLoss: of the output
};

struct Schedule {
  std::vector<ScheduleStep> steps;  // those before the first kBackward or `again` are Forward's
  int forward_steps = 0;
  bool training = true;
  int input = kNoTensor;
  std::vector<int> places;        // of each tensor, its position in `lives`: some share one
  std::vector<Lifetime> lives;    // what needs memory
  int64_t naive_elems = 0;        // every tensor on its own
  int64_t again_multiply_adds = 0;  // per sample: of the Forwards that run a second time
};

// Sizes are rounded up to whole cache lines.
Schedule MakeSchedule(const ScheduleNetwork& network, const ScheduleOptions& options);

// Per node, the node whose memory its output is: itself, but a view's is its input's (kNetworkInput
// if that is the network's).
std::vector<int> OutputSources(const std::vector<ScheduleNode>& nodes);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_NN_SCHEDULE_H_
