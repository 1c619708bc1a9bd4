#include "core/config/check_config.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>

#include "absl/strings/str_format.h"
#include "core/config/check_data.h"
#include "core/config/check_model.h"
#include "core/config/check_value.h"

namespace lockstep {
namespace {

Status CheckSchedule(const ScheduleConfig& schedule) {
  if (schedule.has_step()) {
    const auto& boundaries = schedule.step().boundary();
    if (boundaries.empty() || std::adjacent_find(boundaries.begin(), boundaries.end(),
                                                 std::greater_equal<>()) != boundaries.end()) {
      return UsageError("optimizer.schedule.step.boundary: expected increasing steps, such as "
                        "boundary: [1000, 2000]");
    }
    const float factor = schedule.step().factor();
    if (!(factor > 0 && factor <= 1)) {
      return Wrong("optimizer.schedule.step.factor", absl::StrFormat("%g", factor),
                   "a number in (0, 1]");
    }
  }
  if (schedule.has_cosine()) {
    const float fraction = schedule.cosine().final_fraction();
    LOCKSTEP_RETURN_IF_ERROR(Positive("optimizer.schedule.cosine.decay_steps",
                                      static_cast<double>(schedule.cosine().decay_steps())));
    if (!(fraction >= 0 && fraction <= 1)) {
      return Wrong("optimizer.schedule.cosine.final_fraction", absl::StrFormat("%g", fraction),
                   "a number in [0, 1]");
    }
  }
  return OkStatus();
}

Status CheckAdam(const std::string& where, const AdamConfig& adam) {
  LOCKSTEP_RETURN_IF_ERROR(Positive(where + ".learning_rate", adam.learning_rate()));
  LOCKSTEP_RETURN_IF_ERROR(Fraction(where + ".beta_1", adam.beta_1()));
  LOCKSTEP_RETURN_IF_ERROR(Fraction(where + ".beta_2", adam.beta_2()));
  return Positive(where + ".epsilon", adam.epsilon());
}

Status CheckOptimizer(const OptimizerConfig& optimizer) {
  const std::string where = "optimizer.";
  LOCKSTEP_RETURN_IF_ERROR(
      Positive(where + "sgd.learning_rate", optimizer.sgd().learning_rate()));
  LOCKSTEP_RETURN_IF_ERROR(Fraction(where + "sgd.momentum", optimizer.sgd().momentum()));
  const RmspropConfig& rmsprop = optimizer.rmsprop();
  LOCKSTEP_RETURN_IF_ERROR(Positive(where + "rmsprop.learning_rate", rmsprop.learning_rate()));
  LOCKSTEP_RETURN_IF_ERROR(Fraction(where + "rmsprop.rho", rmsprop.rho()));
  LOCKSTEP_RETURN_IF_ERROR(Fraction(where + "rmsprop.momentum", rmsprop.momentum()));
  LOCKSTEP_RETURN_IF_ERROR(Positive(where + "rmsprop.epsilon", rmsprop.epsilon()));
  LOCKSTEP_RETURN_IF_ERROR(CheckAdam(where + "adam", optimizer.adam()));
  LOCKSTEP_RETURN_IF_ERROR(CheckAdam(where + "adamw", optimizer.adamw()));
  LOCKSTEP_RETURN_IF_ERROR(NotNegative(where + "weight_decay", optimizer.weight_decay()));
  LOCKSTEP_RETURN_IF_ERROR(NotNegative(where + "l2", optimizer.l2()));
  if (optimizer.has_clip_global_norm()) {
    LOCKSTEP_RETURN_IF_ERROR(
        Positive(where + "clip_global_norm", optimizer.clip_global_norm()));
  }
  return CheckSchedule(optimizer.schedule());
}

Status CheckTraining(const TrainingConfig& training) {
  constexpr uint32_t kMaxBatch = 1 << 24;
  if (training.batch_size() == 0 || training.batch_size() > kMaxBatch) {
    return Wrong("training.batch_size", std::to_string(training.batch_size()), "1 to 16777216");
  }
  LOCKSTEP_RETURN_IF_ERROR(Positive("training.epochs", training.epochs()));
  if (training.shuffle_once() && !training.shuffle()) {
    return UsageError("training: shuffle: false leaves nothing to shuffle_once; drop one of them");
  }
  constexpr uint32_t kMaxMicrobatches = 1 << 16;
  if (training.has_microbatches() &&
      (training.microbatches() == 0 || training.microbatches() > kMaxMicrobatches)) {
    return Wrong("training.microbatches", std::to_string(training.microbatches()), "1 to 65536");
  }
  return OkStatus();
}

}  // namespace

Status CheckConfig(const Config& config) {
  if (config.has_name()) LOCKSTEP_RETURN_IF_ERROR(CheckName("name", config.name()));
  LOCKSTEP_RETURN_IF_ERROR(CheckData(config.data()));
  LOCKSTEP_RETURN_IF_ERROR(CheckModel(config.model()));
  if (config.loss() == LossFunction::UNSET) {
    return UsageError("loss is missing: write loss: CATEGORICAL_CROSSENTROPY or another");
  }
  if (config.model().has_zoo() && config.loss() != LossFunction::CATEGORICAL_CROSSENTROPY) {
    return Wrong("loss", LossFunction::Kind_Name(config.loss()),
                 "CATEGORICAL_CROSSENTROPY: the networks of model.zoo end in a softmax");
  }
  std::set<int> metrics;
  for (const int metric : config.metric()) {
    if (metric == MetricFunction::UNSET) {
      return Wrong("metric", "UNSET", "one of the others, or no metric at all");
    }
    if (!metrics.insert(metric).second) {
      return UsageError("metric: " +
                        MetricFunction::Kind_Name(static_cast<MetricFunction::Kind>(metric)) +
                        " is listed twice; list it once");
    }
  }
  LOCKSTEP_RETURN_IF_ERROR(CheckOptimizer(config.optimizer()));
  return CheckTraining(config.training());
}

}  // namespace lockstep
