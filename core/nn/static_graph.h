// The Graph that BuildGraph makes: layers in topological order, each pass over them planned once.
//
// A graph has up to three passes (core/nn/schedule.h): training, evaluation of all outputs, and
// prediction with the first output's part of the network alone. They use one arena, one after the
// other.
#ifndef LOCKSTEP_CORE_NN_STATIC_GRAPH_H_
#define LOCKSTEP_CORE_NN_STATIC_GRAPH_H_

#include <span>
#include <string>
#include <vector>

#include "core/device/buffer.h"
#include "core/nn/graph.h"
#include "core/nn/graph_parts.h"
#include "core/nn/planned_pass.h"

namespace lockstep {

class StaticGraph final : public Graph {
 public:
  // Plans every layer and all memory, and allocates none. `ops` is borrowed.
  StaticGraph(GraphParts parts, Ops* ops);

  const ParameterLayout& layout() const override { return layout_; }
  const std::vector<LayerSummary>& layers() const override { return summaries_; }
  int64_t outputs() const override;
  GraphMemory memory() const override;
  void ChooseRecompute(Recompute recompute, int64_t arena_limit_bytes) override;
  void Allocate() override;
  void InitialWeights(uint64_t seed, float* weights) const override;
  LossSums Forward(const PassInfo& info, const Batch& batch, const float* weights,
                   int64_t batch_samples, float* predictions) override;
  void Backward(const PassInfo& info, const Batch& batch, const float* weights, float* gradients,
                GradientListener* listener) override;

  // For tests that look at what lives when.
  const PlannedPass& training_pass() const { return training_; }
  std::span<float> arena() { return arena_.span(); }

 private:
  void MakeLayout();
  void PlanLayers();
  void Summarise();
  PlannedPass PlanPass(bool training, size_t outputs) const;

  GraphParts parts_;
  Ops* ops_;
  ParameterLayout layout_;
  std::vector<NodeParameters> parameters_;  // per node
  std::vector<LayerSummary> summaries_;
  PlannedPass training_, evaluation_, prediction_;
  int64_t naive_elems_;
  Buffer<float> arena_;
};

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_NN_STATIC_GRAPH_H_
