#include "core/optim/optimizer.h"

#include <algorithm>
#include <cmath>

#include "core/optim/schedule.h"

namespace lockstep {
namespace {

float BaseRate(const OptimizerConfig& config) {
  if (config.has_sgd()) return config.sgd().learning_rate();
  if (config.has_adam()) return config.adam().learning_rate();
  if (config.has_adamw()) return config.adamw().learning_rate();
  return config.rmsprop().learning_rate();
}

constexpr float kAdamwDecay = 0.004f;  // Keras' default

float WeightDecay(const OptimizerConfig& config) {
  if (config.has_weight_decay()) return config.weight_decay();
  return config.has_adamw() ? kAdamwDecay : 0.0f;
}

UpdateSpec FixedSpec(const OptimizerConfig& config) {
  UpdateSpec spec;
  if (config.has_sgd()) {
    spec.kind = UpdateKind::kSgd;
    spec.momentum = config.sgd().momentum();
    spec.nesterov = config.sgd().nesterov();
  } else if (config.has_adam() || config.has_adamw()) {
    const AdamConfig& adam = config.has_adam() ? config.adam() : config.adamw();
    spec.kind = UpdateKind::kAdam;
    spec.beta_1 = adam.beta_1();
    spec.beta_2 = adam.beta_2();
    spec.epsilon = adam.epsilon();
  } else {
    spec.kind = UpdateKind::kRmsprop;
    spec.rho = config.rmsprop().rho();
    spec.momentum = config.rmsprop().momentum();
    spec.epsilon = config.rmsprop().epsilon();
  }
  spec.l2[static_cast<size_t>(ParameterGroup::kKernel)] = 2 * config.l2();
  return spec;
}

int SlotCount(const UpdateSpec& spec) {
  switch (spec.kind) {
    case UpdateKind::kSgd: return spec.momentum != 0 ? 1 : 0;
    case UpdateKind::kRmsprop: return spec.momentum != 0 ? 2 : 1;
    case UpdateKind::kAdam: return 2;
  }
  return 0;
}

}  // namespace

int64_t Optimizer::SlotElems(const OptimizerConfig& config, const ParameterLayout& layout) {
  return SlotCount(FixedSpec(config)) * layout.trainable_elems();
}

Optimizer::Optimizer(const OptimizerConfig& config, const ParameterLayout& layout)
    : config_(config),
      elems_(layout.trainable_elems()),
      block_groups_(layout.BlockGroups()),
      spec_(FixedSpec(config)) {
  const size_t elems = static_cast<size_t>(elems_);
  const int slots = SlotCount(spec_);
  if (slots > 0) slot_0_ = Buffer<float>(elems);
  if (slots > 1) slot_1_ = Buffer<float>(elems);
  for (const ParameterEntry& entry : layout.entries()) {
    const Range elems = {entry.offset_elems, entry.offset_elems + entry.shape.elems()};
    if (entry.group == ParameterGroup::kKernel) kernels_.push_back(elems);
    if (entry.group == ParameterGroup::kMovingStatistic) moving_.push_back({elems, entry.momentum});
  }
}

float Optimizer::LearningRate(int64_t step) const {
  return ScheduledRate(config_.schedule(), BaseRate(config_), step);
}

double Optimizer::GradientNorm(Ops* ops, const float* gradients, const float* weights) const {
  double squares = ops->SumOfProducts(gradients, gradients, elems_);
  const double l2 = spec_.l2[static_cast<size_t>(ParameterGroup::kKernel)];
  if (l2 != 0) {  // of g + l2 w, without another buffer
    for (const Range& kernel : kernels_) {
      const float *g = gradients + kernel.begin, *w = weights + kernel.begin;
      squares += 2 * l2 * ops->SumOfProducts(g, w, kernel.size());
      squares += l2 * l2 * ops->SumOfProducts(w, w, kernel.size());
    }
  }
  return std::sqrt(std::max(squares, 0.0));
}

void Optimizer::Step(Ops* ops, int64_t step, const float* gradients, float* weights) {
  UpdateSpec spec = spec_;
  const float rate = LearningRate(step);
  spec.learning_rate = rate;
  if (spec.kind == UpdateKind::kAdam) {
    // In float32 throughout, as Keras computes it.
    const float t = static_cast<float>(step);
    spec.learning_rate = rate * std::sqrt(1.0f - std::pow(spec.beta_2, t)) /
                         (1.0f - std::pow(spec.beta_1, t));
  }
  spec.decay.fill(rate * WeightDecay(config_));
  if (config_.has_clip_global_norm()) {
    const double norm = GradientNorm(ops, gradients, weights);
    const double limit = config_.clip_global_norm();
    if (norm > limit) spec.gradient_scale = static_cast<float>(limit / norm);
    for (float& l2 : spec.l2) l2 *= spec.gradient_scale;
  }
  ops->Update(spec, {.weights = weights,
                     .gradients = gradients,
                     .slot_0 = slot_0_.data(),
                     .slot_1 = slot_1_.data(),
                     .block_groups = block_groups_.data(),
                     .elems = elems_});
  for (const Moving& moving : moving_) {
    ops->MovingAverage(gradients + moving.elems.begin, moving.momentum,
                       weights + moving.elems.begin, moving.elems.size());
  }
}

std::vector<Optimizer::Slot> Optimizer::slots() {
  static constexpr const char* kNames[][2] = {{"momentum", ""}, {"velocity", "momentum"},
                                              {"m", "v"}};
  const auto& names = kNames[static_cast<int>(spec_.kind)];
  std::vector<Slot> slots;
  if (slot_0_.size() > 0) slots.push_back({names[0], slot_0_.span()});
  if (slot_1_.size() > 0) slots.push_back({names[1], slot_1_.span()});
  return slots;
}

}  // namespace lockstep
