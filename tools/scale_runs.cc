#include "tools/scale_runs.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <thread>

#include "absl/strings/str_format.h"
#include "core/base/file.h"
#include "core/base/number_text.h"
#include "core/config/load_config.h"
#include "tools/child_process.h"

namespace lockstep {
namespace {

std::atomic<bool> stop_requested{false};

std::string RunFolder(const std::string& folder, int ranks, int repeat) {
  return absl::StrFormat("%s/runs/ranks-%d-repeat-%d", folder, ranks, repeat);
}

// A run that failed keeps its place, so that rounds stay rounds.
MeasuredRun NoRun() {
  MeasuredRun run;
  run.step_ms = kNotKnown;
  return run;
}

std::vector<std::string> CommandOf(const ScalePlan& plan, int ranks, const std::string& config,
                                   const std::string& run_folder) {
  std::vector<std::string> words;
  if (plan.processes) {
    // A bound rank would share its core with the threads that move gradients and decode samples.
    words = {"mpirun", "-n", std::to_string(ranks), "--bind-to", "none"};
    if (getuid() == 0) words.push_back("--allow-run-as-root");
    if (!plan.hosts.empty()) {
      words.insert(words.end(), {"--host", plan.hosts});
    } else if (ranks > static_cast<int>(std::thread::hardware_concurrency())) {
      words.insert(words.end(), {"--oversubscribe"});
    }
    for (const char* name : {"LOCKSTEP_DATA", "HOME"}) {
      if (std::getenv(name) != nullptr) words.insert(words.end(), {"-x", name});
    }
  }
  words.insert(words.end(), {OwnBinary(), "train", config, "--run-dir", run_folder, "--quiet",
                             "--no-checkpoints", "--trace", run_folder + "/trace.json"});
  if (!plan.processes) words.insert(words.end(), {"--ranks", std::to_string(ranks)});
  return words;
}

// One training; `run_folder` is replaced.
StatusOr<MeasuredRun> Train(const ScalePlan& plan, int ranks, int64_t steps,
                            const std::string& run_folder) {
  std::error_code ignored;
  std::filesystem::remove_all(run_folder, ignored);
  LOCKSTEP_RETURN_IF_ERROR(MakeFolders(plan.folder + "/runs"));
  const std::string config = run_folder + ".textproto";
  const Config of_run = ConfigOfRun(plan, ranks, steps);
  LOCKSTEP_RETURN_IF_ERROR(WriteFileAtomically(config, ConfigText(of_run)));
  LOCKSTEP_RETURN_IF_ERROR(
      RunChild(CommandOf(plan, ranks, config, run_folder), run_folder + ".txt"));
  LOCKSTEP_ASSIGN_OR_RETURN(MeasuredRun run, ReadMeasuredRun(run_folder));
  if (run.batch != of_run.training().batch_size()) {
    return UsageError(absl::StrFormat("a batch of %d needs more than the %d training samples",
                                      of_run.training().batch_size(), run.batch));
  }
  return run;
}

// How many steps take about plan.seconds: from a short run, and a longer one if that was too short
// to tell.
StatusOr<int64_t> StepsOf(const ScalePlan& plan, int ranks) {
  constexpr int64_t kFewest = 12, kMost = 1'000'000;
  const std::string folder = absl::StrFormat("%s/runs/ranks-%d-trial", plan.folder, ranks);
  int64_t steps = kFewest;
  for (int trial = 0; trial < 2; ++trial) {
    LOCKSTEP_ASSIGN_OR_RETURN(const MeasuredRun run, Train(plan, ranks, steps, folder));
    const double fit = 1e3 * plan.seconds / run.step_ms;
    const auto wanted = static_cast<int64_t>(std::clamp(fit, double{kFewest}, double{kMost}));
    const bool told = run.step_ms * static_cast<double>(steps) > 50 * plan.seconds;
    steps = told || trial > 0 ? wanted : std::min<int64_t>(wanted, 100 * kFewest);
    if (told) break;
  }
  return steps;
}

void Note(const Status& status, int ranks, int repeat, ScaleRuns* out) {
  out->last_failure = status;
  out->failed.push_back({ranks, repeat, std::string(status.message())});
  std::printf("  %d ranks, repeat %d failed: %s\n", ranks, repeat,
              std::string(status.message()).c_str());
}

std::string RoundText(int ranks, const MeasuredRun& run) {
  const double rate = 1e3 * static_cast<double>(run.batch) / run.step_ms;
  return absl::StrFormat("  %d: %s", ranks, NumberText(std::round(rate)));
}

}  // namespace

StatusOr<std::vector<HostSlots>> ParseHosts(const std::string& text) {
  std::vector<HostSlots> hosts;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    const std::string part = text.substr(begin, end - begin);
    const size_t colon = part.find(':');
    HostSlots host = {.name = part.substr(0, colon)};
    if (colon != std::string::npos) {
      const std::string slots = part.substr(colon + 1);
      const bool number = !slots.empty() && slots.size() < 5 &&
                          slots.find_first_not_of("0123456789") == std::string::npos;
      host.slots = number ? std::stoi(slots) : 0;
    }
    if (host.name.empty() || host.slots < 1) {
      return UsageError("--hosts: expected HOST:RANKS as in h1:2,h2:2, found \"" + part + "\"");
    }
    hosts.push_back(host);
    begin = end + 1;
  }
  return hosts;
}

Config ConfigOfRun(const ScalePlan& plan, int ranks, int64_t steps) {
  Config config = plan.config;
  config.mutable_data()->clear_validation();
  TrainingConfig* training = config.mutable_training();
  if (plan.weak) {
    const auto grow = static_cast<uint32_t>(ranks / plan.ranks.front());
    training->set_batch_size(training->batch_size() * grow);
    if (training->has_microbatches()) training->set_microbatches(training->microbatches() * grow);
  }
  training->set_steps(static_cast<uint64_t>(steps));
  training->set_epochs(static_cast<uint32_t>(steps));
  return config;
}

Status Measure(const ScalePlan& plan, ScaleRuns* out) {
  stop_requested = false;
  // At Ctrl-C the child ends as well; a signal to this process alone lets it end its run.
  const auto note = [](int) { stop_requested = true; };
  const auto on_interrupt = std::signal(SIGINT, note), on_end = std::signal(SIGTERM, note);
  LOCKSTEP_RETURN_IF_ERROR(MakeFolders(plan.folder + "/runs"));
  std::map<int, int64_t> steps;
  for (const int ranks : plan.ranks) {
    const StatusOr<int64_t> wanted = StepsOf(plan, ranks);
    if (stop_requested) break;
    if (wanted.ok()) {
      steps[ranks] = *wanted;
    } else {
      Note(wanted.status(), ranks, 0, out);
    }
  }
  for (int repeat = 1; repeat <= plan.repeats && !stop_requested; ++repeat) {
    std::string text = absl::StrFormat("round %d/%d, samples/s", repeat, plan.repeats);
    for (const auto& [ranks, count] : steps) {
      const StatusOr<MeasuredRun> run =
          Train(plan, ranks, count, RunFolder(plan.folder, ranks, repeat));
      if (stop_requested) break;
      out->runs[ranks].push_back(run.ok() ? *run : NoRun());
      if (run.ok()) {
        text += RoundText(ranks, *run);
      } else {
        Note(run.status(), ranks, repeat, out);
      }
    }
    std::printf("%.80s\n", text.c_str());
    std::fflush(stdout);
  }
  std::signal(SIGINT, on_interrupt);
  std::signal(SIGTERM, on_end);
  if (stop_requested) out->last_failure = StoppedError("stopped on request");
  return OkStatus();
}

StatusOr<RunsByRanks> ReadRuns(const std::string& folder, const std::vector<int>& ranks) {
  RunsByRanks runs;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder + "/runs", error)) {
    int count = 0, repeat = 0, used = 0;
    const std::string name = entry.path().filename().string();
    if (std::sscanf(name.c_str(), "ranks-%d-repeat-%d%n", &count, &repeat, &used) != 2) continue;
    if (static_cast<size_t>(used) != name.size() || repeat < 1 || repeat > 10000) continue;
    if (!ranks.empty() && std::ranges::find(ranks, count) == ranks.end()) continue;
    LOCKSTEP_ASSIGN_OR_RETURN(const MeasuredRun run, ReadMeasuredRun(entry.path().string()));
    std::vector<MeasuredRun>& repeats = runs[count];
    if (repeats.size() < static_cast<size_t>(repeat)) {
      repeats.resize(static_cast<size_t>(repeat), NoRun());
    }
    repeats[static_cast<size_t>(repeat) - 1] = run;
  }
  if (runs.empty()) {
    return MissingInputError(folder + "/runs: expected folders ranks-N-repeat-M, as lockstep scale "
                                      "leaves them; there are none of these numbers of ranks");
  }
  return runs;
}

}  // namespace lockstep
