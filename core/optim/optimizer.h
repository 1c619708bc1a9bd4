// Optimizer: one fused pass over the flat buffers, with Keras 3's formulas in float32.
#ifndef LOCKSTEP_CORE_OPTIM_OPTIMIZER_H_
#define LOCKSTEP_CORE_OPTIM_OPTIMIZER_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/base/summation_tree.h"
#include "core/device/buffer.h"
#include "core/ops/ops.h"
#include "core/params/parameter_layout.h"
#include "proto/config.pb.h"

namespace lockstep {

// Owns the slots (momentum, mean squares). One object per replica; one thread at a time.
class Optimizer {
 public:
  // An unset kind is rmsprop with its defaults. The config has been checked.
  Optimizer(const OptimizerConfig& config, const ParameterLayout& layout);

  // Values in all slots that such an optimizer will own.
  static int64_t SlotElems(const OptimizerConfig& config, const ParameterLayout& layout);

  // The learning rate of step `step`, counted from 1.
  float LearningRate(int64_t step) const;
  // Takes step `step` (counted from 1): updates `weights` by `gradients`, both in the layout's
  // places, and moves the moving statistics.
  void Step(Ops* ops, int64_t step, const float* gradients, float* weights);

  // The state, in a fixed order with fixed names ("velocity", "m", "v" ...), for checkpoints.
  struct Slot {
    std::string name;
    std::span<float> values;  // layout.trainable_elems()
  };
  std::vector<Slot> slots();

 private:
  // Of the gradient of loss and L2 penalty, over all parameters.
  double GradientNorm(Ops* ops, const float* gradients, const float* weights) const;

  // A moving statistic's place.
  struct Moving {
    Range elems;
    float momentum = 0;
  };

  OptimizerConfig config_;
  int64_t elems_;  // trainable ones
  std::vector<Range> kernels_;  // where they lie
  std::vector<Moving> moving_;
  std::vector<uint8_t> block_groups_;
  UpdateSpec spec_;            // what does not change from step to step
  Buffer<float> slot_0_;
  Buffer<float> slot_1_;
};

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_OPTIM_OPTIMIZER_H_
