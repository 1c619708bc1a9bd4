#include "distributed/train/trainer.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "core/base/clock.h"
#include "core/data/batch.h"
#include "core/data/sampler.h"
#include "core/optim/optimizer.h"
#include "core/params/weights_hash.h"
#include "distributed/train/evaluator.h"
#include "distributed/train/gradient_reducer.h"
#include "distributed/train/replica_check.h"
#include "distributed/train/step_log.h"

namespace lockstep {
namespace {

constexpr int64_t kMaxStepsBetweenFlushes = 4096;

// Adds up the time since the last call to one phase after another.
class PhaseTimer {
 public:
  void Start(StepRecord* record) {
    record_ = record;
    last_ns_ = NowNs();
  }
  void Stop(StepPhase phase) {
    const int64_t now_ns = NowNs();
    record_->phase_ns[phase] += now_ns - last_ns_;
    last_ns_ = now_ns;
  }

 private:
  StepRecord* record_ = nullptr;
  int64_t last_ns_ = 0;
};

// All that one rank's loop holds between steps.
class TrainingLoop {
 public:
  TrainingLoop(const TrainingInputs& inputs, Replica* replica)
      : config_(*inputs.config),
        inputs_(inputs),
        replica_(replica),
        microbatches_(MicrobatchCount(config_, inputs.communicator->size())),
        local_(EvenPart(microbatches_, inputs.communicator->size(), inputs.communicator->rank())),
        sampler_(inputs.data->train.size, config_.training().batch_size(),
                 config_.training().shuffle(), config_.seed()),
        buffer_(&inputs.data->train, MicrobatchRows(config_, inputs.communicator->size())),
        reducer_(replica->graph->layout(), inputs.communicator, microbatches_),
        optimizer_(config_.optimizer(), replica->graph->layout()),
        log_(inputs.communicator, microbatches_, kMaxStepsBetweenFlushes) {
    if (inputs.data->validation.size > 0) {
      evaluator_ = std::make_unique<Evaluator>(
          replica->graph.get(), &inputs.data->validation, inputs.communicator,
          MicrobatchRows(config_, inputs.communicator->size()));
    }
  }

  Status Run() {
    const int64_t epochs = config_.training().epochs();
    for (int64_t epoch = 1; epoch <= epochs && !ended_; ++epoch) {
      LOCKSTEP_RETURN_IF_ERROR(RunEpoch(epoch));
    }
    return OkStatus();
  }

  int64_t steps() const { return step_; }
  int64_t samples() const { return samples_; }

 private:
  Status RunEpoch(int64_t epoch) {
    const int64_t start_ns = NowNs();
    EpochSummary summary{.epoch = epoch};
    sampler_.StartEpoch(static_cast<uint32_t>(epoch));
    for (int64_t k = 0; k < sampler_.steps_per_epoch() && !ended_; ++k) {
      LOCKSTEP_RETURN_IF_ERROR(TakeStep(epoch, sampler_.Batch(k)));
      ended_ = step_ == static_cast<int64_t>(config_.training().steps());
      if (log_.FlushDue()) LOCKSTEP_RETURN_IF_ERROR(Flush(&summary));
    }
    LOCKSTEP_RETURN_IF_ERROR(Flush(&summary));
    const double seconds = 1e-9 * static_cast<double>(NowNs() - start_ns);
    summary.samples_per_second = static_cast<double>(summary.samples) / seconds;
    if (evaluator_ != nullptr) {
      LOCKSTEP_ASSIGN_OR_RETURN(summary.validation, evaluator_->Run(replica_->weights.data()));
      summary.validation_samples = inputs_.data->validation.size;
    }
    summary.seconds = 1e-9 * static_cast<double>(NowNs() - start_ns);
    samples_ += summary.samples;
    return inputs_.log == nullptr ? OkStatus() : inputs_.log->Epoch(summary);
  }

  Status TakeStep(int64_t epoch, std::span<const uint32_t> batch) {
    ++step_;
    const int64_t batch_samples = static_cast<int64_t>(batch.size());
    log_.Begin(step_, epoch, batch_samples, optimizer_.LearningRate(step_));
    PhaseTimer timer;
    timer.Start(&log_.record());
    const PassInfo pass = {true, config_.seed(), static_cast<uint64_t>(step_)};
    float* weights = replica_->weights.data();
    for (int64_t i = 0; i < local_.size(); ++i) {
      const auto ids = Microbatch(batch, microbatches_, local_.begin + i);
      if (ids.empty()) {  // a short last batch: this leaf of the tree is zero
        log_.SetLeaf(i, {});
        reducer_.ZeroMicrobatch(i);
        timer.Stop(kBackward);
        continue;
      }
      const Batch& samples = buffer_.Gather(ids);
      timer.Stop(kInput);
      log_.SetLeaf(i, replica_->graph->Forward(pass, samples, weights, batch_samples, nullptr));
      timer.Stop(kForward);
      float* gradients = reducer_.BeginMicrobatch(i);
      replica_->graph->Backward(pass, samples, weights, gradients, reducer_.listener(i));
      reducer_.EndMicrobatch(i);
      timer.Stop(kBackward);
    }
    LOCKSTEP_RETURN_IF_ERROR(reducer_.Finish());
    timer.Stop(kCommunication);
    optimizer_.Step(replica_->ops.get(), step_, reducer_.gradients(), weights);
    timer.Stop(kOptimizer);
    return OkStatus();
  }

  // Brings the steps since the last flush together and adds them to the epoch.
  Status Flush(EpochSummary* epoch) {
    const bool stop = inputs_.stop != nullptr && inputs_.stop->load(std::memory_order_relaxed);
    LOCKSTEP_ASSIGN_OR_RETURN(const std::vector<StepSummary>* steps, log_.Flush(stop));
    for (const StepSummary& step : *steps) {
      AddSums(step.sums, &epoch->sums);
      epoch->samples += step.samples;
      epoch->learning_rate = step.learning_rate;
    }
    ended_ = ended_ || log_.any_stop();
    return inputs_.log == nullptr ? OkStatus() : inputs_.log->Steps(*steps);
  }

  const Config& config_;
  const TrainingInputs& inputs_;
  Replica* replica_;
  const int64_t microbatches_;
  const Range local_;  // this rank's micro-batches
  Sampler sampler_;
  BatchBuffer buffer_;
  GradientReducer reducer_;
  Optimizer optimizer_;
  StepLog log_;
  std::unique_ptr<Evaluator> evaluator_;
  int64_t step_ = 0;
  int64_t samples_ = 0;
  bool ended_ = false;
};

}  // namespace

StatusOr<TrainingOutcome> Train(const TrainingInputs& inputs) {
  const Config& config = *inputs.config;
  Communicator* communicator = inputs.communicator;
  TrainingOutcome outcome;
  LOCKSTEP_ASSIGN_OR_RETURN(outcome.replica,
                            MakeReplica(config, inputs.data->train.format,
                                        MicrobatchRows(config, communicator->size())));
  const ParameterLayout& layout = outcome.replica.graph->layout();
  LOCKSTEP_RETURN_IF_ERROR(CheckReplicasAtStart(
      communicator, DescribeReplica(config, *inputs.data, layout, *outcome.replica.ops,
                                    outcome.replica.weights.data())));
  TrainingLoop loop(inputs, &outcome.replica);
  const int64_t start_ns = NowNs();
  LOCKSTEP_RETURN_IF_ERROR(loop.Run());
  outcome.facts.seconds = 1e-9 * static_cast<double>(NowNs() - start_ns);
  outcome.facts.weights_hash = WeightsHash(layout, outcome.replica.weights.data());
  LOCKSTEP_RETURN_IF_ERROR(
      CheckWeightsAgree(communicator, outcome.facts.weights_hash, loop.steps()));
  outcome.facts.parameters = layout.parameter_count();
  outcome.facts.ranks = communicator->size();
  outcome.facts.communicator = communicator->kind();
  outcome.facts.microbatches = MicrobatchCount(config, communicator->size());
  outcome.facts.device = outcome.replica.ops->name();
  outcome.facts.steps = loop.steps();
  outcome.facts.samples_per_second =
      static_cast<double>(loop.samples()) / std::max(outcome.facts.seconds, 1e-9);
  return outcome;
}

}  // namespace lockstep
