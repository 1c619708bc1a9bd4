#include "distributed/train/trainer.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "core/base/clock.h"
#include "core/data/loader.h"
#include "core/data/sampler.h"
#include "core/optim/l2_penalty.h"
#include "core/optim/optimizer.h"
#include "core/params/parameter_layout.h"
#include "core/params/weights_hash.h"
#include "distributed/comm/mpirun_environment.h"
#include "distributed/train/build_info.h"
#include "distributed/train/decode_threads.h"
#include "distributed/train/epoch_timing.h"
#include "distributed/train/evaluator.h"
#include "distributed/train/fit_memory.h"
#include "distributed/train/gradient_reducer.h"
#include "distributed/train/microbatch_order.h"
#include "distributed/train/phase_timer.h"
#include "distributed/train/rank_places.h"
#include "distributed/train/replica_check.h"
#include "distributed/train/resume.h"
#include "distributed/train/step_log.h"
#include "distributed/train/step_trace.h"

namespace lockstep {
namespace {

constexpr int kKeptCheckpoints = 2;

Shuffle ShuffleOf(const TrainingConfig& training) {
  if (!training.shuffle()) return Shuffle::kNever;
  return training.shuffle_once() ? Shuffle::kOnce : Shuffle::kEachEpoch;
}

// The first value of `entry` that is NaN or infinite; 0 if there is none.
float NotFiniteOf(const ParameterEntry& entry, const float* weights) {
  const float* values = weights + entry.offset_elems;
  const float* end = values + entry.shape.elems();
  const float* found = std::find_if_not(values, end, [](float v) { return std::isfinite(v); });
  return found == end ? 0.0f : *found;
}

Status BecameNotFinite(const std::string& what, double value, int64_t step) {
  return NotFiniteError(absl::StrFormat(
      "%s became %s at step %d: lower the learning rate, set clip_global_norm, or scale the input "
      "(standardize, divide_by)",
      what, std::isnan(value) ? "NaN" : "infinite", step));
}

// All that one rank's loop holds between steps.
class TrainingLoop {
 public:
  TrainingLoop(const TrainingInputs& inputs, Replica* replica)
      : config_(*inputs.config),
        inputs_(inputs),
        replica_(replica),
        sampler_(inputs.data->train.size, config_.training().batch_size(),
                 ShuffleOf(config_.training()), config_.seed()),
        last_step_(LastStep()),
        reducer_(replica->graph->layout(), inputs.communicator, LeafCounts()),
        optimizer_(config_.optimizer(), replica->graph->layout()),
        log_(inputs.communicator, MicrobatchesOf(config_.training().batch_size()),
             StepLog::MostSteps(MicrobatchesOf(config_.training().batch_size())), Pieces()),
        trace_(inputs.trace_file.empty() ? 0 : inputs.trace_steps,
               3 * MicrobatchesOf(config_.training().batch_size()) + 2, Pieces()) {
    if (inputs.data->validation.size > 0) {
      evaluator_ = std::make_unique<Evaluator>(
          replica->graph.get(), &inputs.data->validation, inputs.communicator,
          MicrobatchRows(config_, inputs.communicator->size()), config_.data().decode_threads());
    }
  }

  // Collective: learns where ranks run and how far their clocks are apart.
  Status FindRanks() {
    LOCKSTEP_ASSIGN_OR_RETURN(places_, FindRankPlaces(inputs_.communicator));
    if (inputs_.log != nullptr) timer_.emplace(places_, reducer_.buckets());
    return log_.SyncClocks();
  }

  // Puts weights, optimizer and counters back to where `start` was taken.
  Status GoOnFrom(const SavedCheckpoint& start) {
    const ParameterLayout& layout = replica_->graph->layout();
    LOCKSTEP_RETURN_IF_ERROR(
        CheckSamples(start.head(), config_.training().batch_size(), inputs_.data->train.size));
    LOCKSTEP_RETURN_IF_ERROR(GetWeights(start, layout, replica_->weights.data()));
    LOCKSTEP_RETURN_IF_ERROR(GetSlots(start, &optimizer_));
    step_ = start.head().step();
    epoch_ = GetEpoch(start.head());
    return OkStatus();
  }

  Status Run() {
    loader_ = MakeLoader();
    while (!complete() && !log_.any_stop()) {
      LOCKSTEP_RETURN_IF_ERROR(RunEpoch(step_ / sampler_.steps_per_epoch() + 1));
      LOCKSTEP_RETURN_IF_ERROR(WriteIfDue());
    }
    LOCKSTEP_RETURN_IF_ERROR(CheckWeightsFinite());
    return WriteNow();
  }

  int64_t steps() const { return step_; }
  int64_t samples() const { return samples_; }
  // Of this rank; 0 if training samples need only be copied.
  int decode_threads() const {
    const bool ahead = Loader::ReadsAhead(inputs_.data->train);
    return ahead ? DecodeThreads(config_.data().decode_threads(), *inputs_.communicator) : 0;
  }
  bool complete() const { return step_ >= last_step_; }
  bool stopped() const { return log_.any_stop() && !complete(); }

 private:
  int64_t MicrobatchesOf(int64_t samples) const {
    return MicrobatchCount(config_, inputs_.communicator->size(), samples);
  }

  // The step after which the training is complete.
  int64_t LastStep() const {
    const TrainingConfig& training = config_.training();
    const int64_t all = training.epochs() * sampler_.steps_per_epoch();
    if (training.steps() == 0) return all;
    return static_cast<int64_t>(std::min<uint64_t>(static_cast<uint64_t>(all), training.steps()));
  }

  // Of a whole batch, and of the last one of an epoch.
  std::vector<int64_t> LeafCounts() const {
    const int64_t samples = inputs_.data->train.size, whole = config_.training().batch_size();
    const int64_t last = samples % whole;
    return {MicrobatchesOf(whole), MicrobatchesOf(last == 0 ? whole : last)};
  }

  // From the step after step_ on.
  std::unique_ptr<Loader> MakeLoader() const {
    const int ranks = inputs_.communicator->size();
    const RankShare share = {
        .rank = inputs_.communicator->rank(),
        .ranks = ranks,
        .first_step = step_,
        .last_step = last_step_,
        .microbatches = [this](int64_t samples) { return MicrobatchesOf(samples); }};
    const Loader::Options options = {.max_rows = MicrobatchRows(config_, ranks),
                                     .threads = decode_threads()};
    LoadOrder order;
    if (options.threads > 0) {
      order = [upcoming = MicrobatchOrder(sampler_, share)](LoadRequest* request) mutable {
        return upcoming.Next(request);
      };
    }
    return std::make_unique<Loader>(&inputs_.data->train, options, std::move(order));
  }

  // All-reduces of a step.
  int64_t Pieces() const {
    return inputs_.communicator->size() == 1 ? 0 : static_cast<int64_t>(reducer_.buckets().size());
  }

  Status RunEpoch(int64_t epoch) {
    const int64_t start_ns = NowNs();
    step_end_ticks_ = 0;
    const int64_t samples_before = epoch_.samples;  // more than 0 after a resume
    epoch_.epoch = epoch;
    sampler_.StartEpoch(static_cast<uint32_t>(epoch));
    const int64_t steps = sampler_.steps_per_epoch(), end = std::min(epoch * steps, last_step_);
    while (step_ < end && !log_.any_stop()) {
      LOCKSTEP_RETURN_IF_ERROR(TakeStep(epoch, sampler_.Batch(step_ % steps)));
      if (step_ < end && !log_.FlushDue()) continue;
      LOCKSTEP_RETURN_IF_ERROR(Flush());
      // A checkpoint of the epoch's end is written once the epoch is recorded.
      if (step_ < end) LOCKSTEP_RETURN_IF_ERROR(WriteIfDue());
    }
    const double seconds = 1e-9 * static_cast<double>(NowNs() - start_ns);
    const int64_t trained = epoch_.samples - samples_before;
    samples_ += trained;
    if (step_ < end) return OkStatus();  // stopped; the epoch goes on later
    epoch_.samples_per_second = static_cast<double>(trained) / seconds;
    if (evaluator_ != nullptr) {
      LOCKSTEP_ASSIGN_OR_RETURN(epoch_.validation, evaluator_->Run(replica_->weights.data()));
      if (!std::isfinite(epoch_.validation.loss)) {
        return BecameNotFinite("the validation loss", epoch_.validation.loss, step_);
      }
      epoch_.validation_samples = inputs_.data->validation.size;
      epoch_.validation.loss += Penalty() * static_cast<double>(epoch_.validation_samples);
    }
    epoch_.seconds = 1e-9 * static_cast<double>(NowNs() - start_ns);
    // An epoch that `steps` cut short is kept for the checkpoint, so that a resumed one is whole.
    const EpochSummary summary = step_ < epoch * steps ? epoch_ : std::exchange(epoch_, {});
    if (inputs_.log == nullptr) return OkStatus();
    EpochTiming timing = timer_->Finish(log_.clocks());
    timing.decode_threads = decode_threads();
    return inputs_.log->Epoch(summary, timing);
  }

  double Penalty() const {
    return L2Penalty(config_.optimizer(), replica_->graph->layout(), replica_->weights.data(),
                     replica_->ops.get());
  }

  Status TakeStep(int64_t epoch, std::span<const uint32_t> batch) {
    const bool timed = log_.TimesNext() || trace_.spans() != nullptr;
    // Steps follow each other without a gap, unless something else came between.
    const int64_t begin_ticks = !timed ? 0 : step_end_ticks_ != 0 ? step_end_ticks_ : NowTicks();
    ++step_;
    const int64_t batch_samples = static_cast<int64_t>(batch.size());
    const int64_t leaves = MicrobatchesOf(batch_samples);
    log_.Begin({.step = step_,
                .epoch = epoch,
                .samples = batch_samples,
                .microbatches = leaves,
                .learning_rate = optimizer_.LearningRate(step_),
                .penalty = Penalty()},
               begin_ticks);
    PhaseTimer timer(timed ? &log_.ticks() : nullptr, begin_ticks, trace_.spans());
    PassInfo pass = {.training = true,
                     .seed = config_.seed(),
                     .step = static_cast<uint64_t>(step_)};
    float* weights = replica_->weights.data();
    reducer_.BeginBatch(leaves);
    const Range mine = reducer_.microbatches();
    for (int64_t i = 0; i < mine.size(); ++i) {
      LOCKSTEP_ASSIGN_OR_RETURN(const Batch* const loaded,
                                loader_->Next(Microbatch(batch, leaves, mine.begin + i)));
      const Batch& samples = *loaded;
      timer.Stop(kInput);
      pass.same_weights = i > 0;
      log_.SetLeaf(i, replica_->graph->Forward(pass, samples, weights, batch_samples, nullptr));
      timer.Stop(kForward);
      float* gradients = reducer_.BeginMicrobatch(i);
      replica_->graph->Backward(pass, samples, weights, gradients, reducer_.listener(i));
      reducer_.EndMicrobatch(i);
      timer.Stop(kBackward);
    }
    LOCKSTEP_RETURN_IF_ERROR(reducer_.Finish());
    std::span<const PieceTimes> pieces;
    if (log_.pieces() > 0) log_.SetPieces(pieces = inputs_.communicator->LastPieces());
    timer.Stop(kCommunication);
    optimizer_.Step(replica_->ops.get(), step_, reducer_.gradients(), weights);
    step_end_ticks_ = timer.Stop(kOptimizer);
    trace_.EndStep(pieces);
    return OkStatus();
  }

  // Brings the steps since the last flush together and adds them to the epoch.
  Status Flush() {
    const bool stop = inputs_.stop != nullptr && inputs_.stop->load(std::memory_order_relaxed);
    LOCKSTEP_ASSIGN_OR_RETURN(const std::vector<StepSummary>* steps, log_.Flush(stop));
    for (const StepSummary& step : *steps) {
      AddSums(step.sums, &epoch_.sums);
      epoch_.samples += step.samples;
      epoch_.learning_rate = step.learning_rate;
    }
    if (trace_.Due(complete() || log_.any_stop())) {
      LOCKSTEP_RETURN_IF_ERROR(
          trace_.Write(inputs_.communicator, log_, places_, inputs_.trace_file));
    }
    step_end_ticks_ = 0;
    if (inputs_.log == nullptr) return OkStatus();
    AddTimes(*steps);
    return inputs_.log->Steps(*steps);
  }

  // The first step touches memory and code for the first time: it tells nothing of the others.
  void AddTimes(const std::vector<StepSummary>& steps) {
    for (size_t k = 0; k < steps.size(); ++k) {
      if (timed_steps_++ > 0) timer_->Add(log_, k, steps[k]);
    }
    if (timed_steps_ > 1) timer_->AddInterval(log_);
  }

  bool Writes() const { return inputs_.log != nullptr && !inputs_.checkpoint_folder.empty(); }

  // A loss shows only what the updates before it did.
  Status CheckWeightsFinite() const {
    for (const ParameterEntry& entry : replica_->graph->layout().entries()) {
      const float found = NotFiniteOf(entry, replica_->weights.data());
      if (found != 0) return BecameNotFinite(entry.name, found, step_);
    }
    return OkStatus();
  }

  // Never one that the next loss will refuse: the last good one stays.
  Status WriteIfDue() {
    const bool due = NowNs() - last_checkpoint_ns_ >= inputs_.checkpoint_every_ns;
    return Writes() && due && CheckWeightsFinite().ok() ? WriteNow() : OkStatus();
  }

  // Writes a checkpoint of this moment, on rank 0: all replicas are equal.
  Status WriteNow() {
    if (!Writes()) return OkStatus();
    last_checkpoint_ns_ = NowNs();
    LOCKSTEP_RETURN_IF_ERROR(inputs_.log->Sync());  // a resume needs the records up to here
    CheckpointDraft draft;
    draft.head.set_version(LockstepVersion());
    draft.head.set_step(step_);
    PutWeights(replica_->graph->layout(), replica_->weights.data(), &draft);
    PutSlots(&optimizer_, &draft);
    PutEpoch(epoch_, &draft.head);
    PutSamples(config_.training().batch_size(), inputs_.data->train.size, &draft.head);
    return WriteCheckpoint(inputs_.checkpoint_folder, draft, kKeptCheckpoints);
  }

  const Config& config_;
  const TrainingInputs& inputs_;
  Replica* replica_;
  Sampler sampler_;
  int64_t last_step_;
  GradientReducer reducer_;
  Optimizer optimizer_;
  StepLog log_;
  std::unique_ptr<Loader> loader_;
  std::unique_ptr<Evaluator> evaluator_;
  RankPlaces places_;
  std::optional<EpochTimer> timer_;  // where the log is
  StepTrace trace_;
  int64_t timed_steps_ = 0;
  int64_t step_end_ticks_ = 0;  // of the last step; 0 where the next one looks at the clock
  EpochSummary epoch_;    // the epoch under way
  int64_t step_ = 0;      // taken since the beginning, before a resume too
  int64_t samples_ = 0;   // trained by this loop
  int64_t last_checkpoint_ns_ = NowNs();
};

}  // namespace

StatusOr<TrainingOutcome> Train(const TrainingInputs& inputs) {
  const Config& config = *inputs.config;
  Communicator* communicator = inputs.communicator;
  TrainingOutcome outcome;
  const int64_t max_rows = MicrobatchRows(config, communicator->size());
  LOCKSTEP_ASSIGN_OR_RETURN(outcome.replica,
                            inputs.make_replica
                                ? inputs.make_replica(max_rows)
                                : MakeReplica(config, inputs.data->train.format, max_rows));
  const ParameterLayout& layout = outcome.replica.graph->layout();
  if (!inputs.make_replica) {
    LOCKSTEP_RETURN_IF_ERROR(
        FitMemory(config, communicator->size(),
                  MemoryLimit(config.training(), RanksOnThisHost(communicator->size())),
                  outcome.replica.graph.get()));
  }
  LOCKSTEP_RETURN_IF_ERROR(CheckReplicasAtStart(
      communicator, DescribeReplica(config, *inputs.data, layout, *outcome.replica.ops,
                                    outcome.replica.weights.data())));
  outcome.replica.graph->Allocate();  // after all ranks of this host saw how much memory is free
  TrainingLoop loop(inputs, &outcome.replica);
  if (inputs.start != nullptr) LOCKSTEP_RETURN_IF_ERROR(loop.GoOnFrom(*inputs.start));
  outcome.facts.steps = loop.steps();
  outcome.nothing_left = loop.complete();
  if (outcome.nothing_left) return outcome;
  LOCKSTEP_RETURN_IF_ERROR(loop.FindRanks());
  if (inputs.log != nullptr) LOCKSTEP_RETURN_IF_ERROR(inputs.log->Start());
  const int64_t start_ns = NowNs();
  LOCKSTEP_RETURN_IF_ERROR(loop.Run());
  outcome.facts.seconds = 1e-9 * static_cast<double>(NowNs() - start_ns);
  outcome.facts.weights_hash = WeightsHash(layout, outcome.replica.weights.data());
  LOCKSTEP_RETURN_IF_ERROR(
      CheckWeightsAgree(communicator, outcome.facts.weights_hash, loop.steps()));
  outcome.stopped = loop.stopped();
  outcome.facts.parameters = layout.parameter_count();
  outcome.facts.ranks = communicator->size();
  outcome.facts.communicator = communicator->kind();
  outcome.facts.microbatches =
      MicrobatchCount(config, communicator->size(), config.training().batch_size());
  outcome.facts.device = outcome.replica.ops->name();
  outcome.facts.steps = loop.steps();
  outcome.facts.decode_threads = loop.decode_threads();
  outcome.facts.samples_per_second =
      static_cast<double>(loop.samples()) / std::max(outcome.facts.seconds, 1e-9);
  return outcome;
}

}  // namespace lockstep
