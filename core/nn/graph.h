// Graph: a static network in topological order whose memory is planned once, for micro-batches of
// up to max_rows samples. Forward, loss and Backward of one micro-batch; no allocation in them once
// the arena is there.
#ifndef LOCKSTEP_CORE_NN_GRAPH_H_
#define LOCKSTEP_CORE_NN_GRAPH_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "core/data/batch.h"
#include "core/nn/layer.h"
#include "core/params/parameter_layout.h"
#include "proto/config.pb.h"

namespace lockstep {

// Told during Backward that every parameter gradient with final_step <= `step` is final.
class GradientListener {
 public:
  virtual ~GradientListener() = default;
  virtual void OnFinal(int step) = 0;
};

// A row of `summary`'s table.
struct LayerSummary {
  std::string name;
  std::string kind;
  Shape output;  // of one sample
  int64_t parameter_count = 0;
  int64_t multiply_adds = 0;  // of Forward, per sample
  std::vector<std::string> inputs;
};

// What identifies a forward pass.
struct PassInfo {
  bool training = false;
  uint64_t seed = 0;
  uint64_t step = 0;
  bool same_weights = false;  // those of the last Forward; so that prepared copies serve again
  // Only the first output is asked for: what does not lead to it is left out. Not in training.
  bool predict_only = false;
};

// What a graph needs beside the flat buffers.
struct GraphMemory {
  int64_t arena_bytes = 0;      // all outputs, gradients and what layers keep, as planned
  int64_t bound_bytes = 0;      // the most that live at one step: no plan is smaller
  int64_t naive_bytes = 0;      // if every tensor of a training pass had memory of its own
  int64_t workspace_bytes = 0;  // what the ops keep for their plans
  // Of the Forwards that Backward runs again, per sample.
  int64_t recomputed_multiply_adds = 0;
};

// One object serves one replica; one thread at a time. Made by BuildGraph (core/nn/build_graph.h).
class Graph {
 public:
  virtual ~Graph() = default;

  virtual const ParameterLayout& layout() const = 0;
  virtual const std::vector<LayerSummary>& layers() const = 0;
  // Values per sample of the first output.
  virtual int64_t outputs() const = 0;
  virtual GraphMemory memory() const = 0;
  // Plans training anew, so that Backward computes outputs again instead of finding them kept: with
  // AUTO as few as make arena_bytes at most `arena_limit_bytes`, or as many as help if none do. The
  // results have the same bits. REQUIRES: nothing is allocated yet.
  virtual void ChooseRecompute(Recompute recompute, int64_t arena_limit_bytes) = 0;
  // Allocates the arena. The first Forward does it where nobody has.
  virtual void Allocate() = 0;

  // Fills `weights` (layout().size_elems() values) from each parameter's initializer, keyed by
  // (seed, position of the parameter in the network): the same on every rank.
  virtual void InitialWeights(uint64_t seed, float* weights) const = 0;

  // Runs the network on `batch` (batch.rows <= max_rows) with `weights` in the layout's places,
  // then the loss. `predictions` [rows, outputs] of the first output may be nullptr. Returns the
  // sums over the rows: the loss over all outputs with their weights, the rest of the first one.
  // With info.training the gradient at the loss, for a batch of `batch_samples` in all, is kept for
  // Backward.
  virtual LossSums Forward(const PassInfo& info, const Batch& batch, const float* weights,
                           int64_t batch_samples, float* predictions) = 0;
  // Overwrites `gradients` (in the layout's places; padding untouched) with those of the last
  // Forward. REQUIRES: that one was training, with the same batch and weights. `listener` may be
  // nullptr.
  virtual void Backward(const PassInfo& info, const Batch& batch, const float* weights,
                        float* gradients, GradientListener* listener) = 0;
};

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_NN_GRAPH_H_
