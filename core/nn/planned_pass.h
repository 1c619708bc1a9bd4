// PlannedPass: a schedule in its memory. Every step has its context ready; running one only fills
// in what changes from micro-batch to micro-batch.
#ifndef LOCKSTEP_CORE_NN_PLANNED_PASS_H_
#define LOCKSTEP_CORE_NN_PLANNED_PASS_H_

#include <cstdint>
#include <utility>
#include <vector>

#include "core/data/batch.h"
#include "core/nn/graph.h"
#include "core/nn/graph_parts.h"
#include "core/nn/memory_plan.h"
#include "core/nn/schedule.h"
#include "core/ops/ops.h"

namespace lockstep {

// Where a node's parameters lie in the flat buffers.
struct NodeParameters {
  std::vector<int64_t> offsets;
  int final_step = 0;
};

// One thread at a time; borrows what it is given.
class PlannedPass {
 public:
  PlannedPass(Schedule schedule, MemoryPlan plan);

  const Schedule& schedule() const { return schedule_; }
  const MemoryPlan& plan() const { return plan_; }

  // Makes the contexts for memory at `arena` [plan().elems]. `parts` and `parameters`, one per
  // node, must outlive this.
  void Bind(const GraphParts& parts, const std::vector<NodeParameters>& parameters, Ops* ops,
            float* arena);
  // Fills in a micro-batch. What it points at must stay until the pass has run.
  void Begin(const PassInfo& info, const Batch& batch, const float* weights, int64_t batch_samples);
  // Runs Forward's steps. The sums are the first output's, but `loss` is the weighted sum over all
  // outputs.
  LossSums Forward(float* predictions);
  // Runs the others. `listener` may be nullptr.
  void Backward(float* gradients, GradientListener* listener);

 private:
  // A gradient that is complete once `from` is added to `to`.
  struct Addition {
    const float* from = nullptr;
    float* to = nullptr;
    int64_t cols = 0;
  };
  struct Step {
    StepKind kind = StepKind::kForward;
    int node = 0;
    bool again = false;
    Layer* layer = nullptr;
    std::vector<int64_t> offsets = {};  // of the parameters
    LayerContext context = {};
    std::vector<size_t> network_inputs = {};  // those among context.inputs
    std::vector<Addition> additions = {};
  };

  Step BindStep(const ScheduleStep& step) const;
  void BindLayer(Step* step) const;
  void BindInputs(const ScheduleStep& from, Step* step) const;
  void BindGradients(const ScheduleStep& from, Step* step) const;
  float* Place(int tensor) const;
  const GraphNode& NodeOf(const Step& step) const;
  void FillIn(const PassInfo& info, const Batch& batch, Step* step) const;
  LossSums RunLoss(const Step& step, float* predictions);
  void RunBackward(Step* step, float* gradients);
  void AddGradients(const Step& step);

  Schedule schedule_;
  MemoryPlan plan_;
  const GraphParts* parts_ = nullptr;
  const std::vector<NodeParameters>* parameters_ = nullptr;
  Ops* ops_ = nullptr;
  float* arena_ = nullptr;
  std::vector<Step> steps_;
  Batch batch_;  // of the pass under way
};

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_NN_PLANNED_PASS_H_
