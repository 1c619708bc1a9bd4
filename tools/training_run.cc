#include "tools/training_run.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <memory>
#include <optional>
#include <utility>

#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/base/hash.h"
#include "core/base/number_text.h"
#include "core/io/checkpoint.h"
#include "distributed/comm/communicator.h"
#include "distributed/train/data_description.h"
#include "distributed/train/replica.h"
#include "distributed/train/run_log.h"
#include "distributed/train/trainer.h"
#include "tools/run_folder.h"

namespace lockstep {
namespace {

// Set by SIGINT, SIGTERM and SIGUSR1; one more a second later ends the process at once. mpirun
// hands SIGUSR1 on, while at SIGTERM it gives its ranks one second.
std::atomic<bool> stop_requested{false};

void RequestStop(int signal) {
  constexpr int64_t kSecondNs = 1'000'000'000;
  static std::atomic<int64_t> first_ns{0};
  const int64_t now = NowNs();
  int64_t before = 0;
  if (first_ns.compare_exchange_strong(before, now)) {
    stop_requested = true;
  } else if (now - before > kSecondNs) {
    std::_Exit(128 + signal);
  }  // else the same request: `timeout` signals its child and then its child's group
}

// "mnist: 60,000 samples, batches of 100 in 8 micro-batches, 2 ranks (threads)".
std::string Heading(const Config& config, const DatasetSplits& data,
                    const Communicator& communicator) {
  const auto counted = [](int64_t count, const char* one, const char* many) {
    return NumberText(static_cast<double>(count)) + " " + (count == 1 ? one : many);
  };
  const int ranks = communicator.size();
  const int64_t batch = config.training().batch_size();
  return config.name() + ": " + counted(data.train.size, "sample", "samples") + ", batches of " +
         std::to_string(batch) + " in " +
         counted(MicrobatchCount(config, ranks, batch), "micro-batch", "micro-batches") + ", " +
         counted(ranks, "rank", "ranks") + " (" + communicator.kind() + ")";
}

// What the user may not have meant.
void PrintNotes(const Config& config, const DatasetSplits& data, int ranks) {
  const int samples = static_cast<int>(config.training().batch_size());
  if (ranks > samples) {
    std::printf("note: a batch of %d keeps %d of %d ranks idle\n", samples, ranks - samples, ranks);
  }
  const SampleFormat& format = data.train.format;
  const int64_t outputs = format.classes > 0 ? format.classes : format.targets;
  const auto& metrics = config.metric();
  if (outputs <= 5 && std::find(metrics.begin(), metrics.end(), MetricFunction::TOP_5_ACCURACY) !=
                          metrics.end()) {
    std::printf("note: TOP_5_ACCURACY of 5 classes or fewer, here %lld, is always 1; use ACCURACY\n",
                static_cast<long long>(outputs));
  }
}

void PrintOutcome(const TrainingRunOptions& options, const RunFacts& facts) {
  if (options.quiet) return;
  std::printf("%s steps in %s, %s samples/s, weights_hash %s\nrun folder: %s\n",
              NumberText(static_cast<double>(facts.steps)).c_str(),
              DurationText(facts.seconds).c_str(),
              NumberText(std::round(facts.samples_per_second)).c_str(),
              HashText(facts.weights_hash).c_str(), options.run_folder.c_str());
}

// "": none are written.
std::string CheckpointsOf(const TrainingRunOptions& options) {
  return options.checkpoints ? CheckpointFolder(options.run_folder) : "";
}

// What one rank does. `history` is filled by rank 0.
Status RunRank(const Config& config, const DatasetSplits& data, const TrainingRunOptions& options,
               Communicator* communicator, History* history) {
  std::optional<SavedCheckpoint> start;
  if (options.resume) {
    std::string warning;
    LOCKSTEP_ASSIGN_OR_RETURN(
        start, ReadNewestCheckpoint(CheckpointFolder(options.run_folder), &warning));
    if (communicator->rank() == 0) PrintWarning(warning);
  }
  std::unique_ptr<RunLog> log;
  if (communicator->rank() == 0) {
    const RunLogOptions log_options = {.folder = options.run_folder,
                                       .train_samples = data.train.size,
                                       .heading = Heading(config, data, *communicator),
                                       .data = ToJson({data.train.format, data.class_names}),
                                       .quiet = options.quiet,
                                       .resume = options.resume,
                                       .resume_step = start ? start->head().step() : 0};
    LOCKSTEP_ASSIGN_OR_RETURN(log, RunLog::Open(log_options, config));
  }
  const TrainingInputs inputs = {.config = &config,
                                 .data = &data,
                                 .communicator = communicator,
                                 .log = log.get(),
                                 .checkpoint_folder = CheckpointsOf(options),
                                 .start = start ? &*start : nullptr,
                                 .stop = &stop_requested,
                                 .trace_file = options.trace_file};
  LOCKSTEP_ASSIGN_OR_RETURN(const TrainingOutcome outcome, Train(inputs));
  if (outcome.nothing_left) {
    if (log != nullptr && !options.quiet) {
      std::printf("%s is at step %lld already: nothing is left to train; --set gives it more\n",
                  options.run_folder.c_str(), static_cast<long long>(outcome.facts.steps));
    }
    return OkStatus();
  }
  if (log != nullptr) {
    LOCKSTEP_RETURN_IF_ERROR(log->Finish(outcome.facts));
    PrintOutcome(options, outcome.facts);
    *history = log->history();
  }
  if (!outcome.stopped) return OkStatus();
  return StoppedError("stopped on request after step " + std::to_string(outcome.facts.steps) +
                      "; go on with: lockstep train --resume " + options.run_folder);
}

}  // namespace

StatusOr<History> RunTraining(const Config& config, const DatasetSplits& data,
                              const TrainingRunOptions& options) {
  const StatusOr<int> chosen = ChooseRanks(config, options.ranks);
  LOCKSTEP_RETURN_IF_ERROR(options.launcher->Agree(chosen.status()));
  const int ranks = *chosen;
  Config resolved = config;  // running it again, on any ranks, gives the same run
  if (!config.training().has_microbatches()) {
    resolved.mutable_training()->set_microbatches(static_cast<uint32_t>(ranks));
  }
  if (!options.quiet && PrintsForAllRanks()) PrintNotes(config, data, ranks);
  std::signal(SIGINT, RequestStop);
  std::signal(SIGTERM, RequestStop);
  std::signal(SIGUSR1, RequestStop);
  History history;
  LOCKSTEP_RETURN_IF_ERROR(options.launcher->Run(ranks, [&](Communicator* communicator) {
    return RunRank(resolved, data, options, communicator, &history);
  }));
  return history;
}

}  // namespace lockstep
