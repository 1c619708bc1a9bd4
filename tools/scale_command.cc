#include <netdb.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <memory>
#include <thread>

#include "absl/strings/str_format.h"
#include "core/base/file.h"
#include "core/config/load_config.h"
#include "distributed/comm/mpirun_environment.h"
#include "distributed/report/scaling_page.h"
#include "tools/command.h"
#include "tools/flags.h"
#include "tools/run_folder.h"
#include "tools/scale_runs.h"
#include "tools/scale_text.h"

namespace lockstep {
namespace {

struct ScaleFlags {
  std::string config;
  std::string from;
  std::string out;
  std::string launcher;
  std::string hosts;
  std::vector<std::string> sets;
  std::vector<int> ranks;
  std::vector<int> predict;
  bool weak = false;
  int repeats = 5;
  double seconds = 2;
};

// "AMD EPYC 9V45 96-Core Processor, 2 cores".
std::string MachineText() {
  std::ifstream info("/proc/cpuinfo");
  std::string model = "unknown processor";
  for (std::string line; std::getline(info, line);) {
    if (!line.starts_with("model name")) continue;
    model = line.substr(std::min(line.find(':') + 2, line.size()));
    break;
  }
  const unsigned cores = std::thread::hardware_concurrency();
  return absl::StrFormat("%s, %d core%s", model, cores, cores == 1 ? "" : "s");
}

std::string DateText() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S UTC", &utc);
  return text.data();
}

// A number of ranks has its micro-batches, or its samples, and the first divides it where the
// batch grows.
Status CheckRanks(const ScalePlan& plan, const char* flag, const std::vector<int>& ranks) {
  const TrainingConfig& training = plan.config.training();
  const int64_t most =
      training.has_microbatches() ? training.microbatches() : training.batch_size();
  for (const int count : ranks) {
    if (plan.weak && count % plan.ranks.front() != 0) {
      return UsageError(absl::StrFormat(
          "%s %d: with --weak the batch grows with the ranks; use multiples of %d", flag, count,
          plan.ranks.front()));
    }
    if (plan.weak ? plan.ranks.front() <= most : count <= most) continue;
    return UsageError(absl::StrFormat(
        "%s %d: a batch has %d %s; use at most that many ranks, or raise training.%s", flag, count,
        most, training.has_microbatches() ? "micro-batches" : "samples",
        training.has_microbatches() ? "microbatches" : "batch_size"));
  }
  return OkStatus();
}

Status CheckHosts(const ScaleFlags& flags) {
  if (flags.hosts.empty()) return OkStatus();
  LOCKSTEP_ASSIGN_OR_RETURN(const std::vector<HostSlots> hosts, ParseHosts(flags.hosts));
  int slots = 0;
  for (const HostSlots& host : hosts) {
    slots += host.slots;
    addrinfo* found = nullptr;
    if (getaddrinfo(host.name.c_str(), nullptr, nullptr, &found) != 0) {
      return UsageError("--hosts: no host is known as \"" + host.name +
                        "\"; see that its name resolves");
    }
    freeaddrinfo(found);
  }
  const int most = flags.ranks.back();
  if (most <= slots) return OkStatus();
  return UsageError(absl::StrFormat("--ranks %d: --hosts has %d slot%s in all; add hosts or ranks "
                                    "per host", most, slots, slots == 1 ? "" : "s"));
}

StatusOr<ScalePlan> MakePlan(const ScaleFlags& flags) {
  ScalePlan plan;
  LOCKSTEP_ASSIGN_OR_RETURN(plan.config, LoadConfig(flags.config, flags.sets));
  plan.ranks = flags.ranks;
  plan.weak = flags.weak;
  plan.processes = flags.launcher == "mpirun" || !flags.hosts.empty();
  plan.hosts = flags.hosts;
  plan.repeats = flags.repeats;
  plan.seconds = flags.seconds;
  plan.folder = flags.out.empty() ? DefaultRunFolder(plan.config.name() + "-scale") : flags.out;
  LOCKSTEP_RETURN_IF_ERROR(CheckRanks(plan, "--ranks", plan.ranks));
  LOCKSTEP_RETURN_IF_ERROR(CheckRanks(plan, "--predict", flags.predict));
  LOCKSTEP_RETURN_IF_ERROR(CheckHosts(flags));
  return plan;
}

// The plan of runs that are there already: how they were measured is told by the runs.
StatusOr<ScalePlan> PlanOfRuns(const ScaleFlags& flags, const RunsByRanks& runs) {
  ScalePlan plan;
  const int first = runs.begin()->first;
  const std::string folder = absl::StrFormat("%s/runs/ranks-%d-repeat-", flags.from, first);
  int repeat = 1;
  while (!std::isfinite(runs.begin()->second[static_cast<size_t>(repeat) - 1].step_ms)) ++repeat;
  LOCKSTEP_ASSIGN_OR_RETURN(
      plan.config, LoadConfig(folder + std::to_string(repeat) + "/config.textproto", {}));
  const MeasuredRun& run = runs.begin()->second[static_cast<size_t>(repeat) - 1];
  plan.config.mutable_training()->set_batch_size(static_cast<uint32_t>(run.batch));
  plan.processes = run.processes;
  plan.weak = flags.weak;
  for (const auto& [ranks, repeats] : runs) {
    plan.ranks.push_back(ranks);
    for (const MeasuredRun& other : repeats) {
      if (!std::isfinite(other.step_ms)) continue;
      plan.weak |= other.batch != run.batch;
      if (other.processes == run.processes) continue;
      return BadDataError(absl::StrFormat(
          "%s/runs: expected runs of one launcher, found %s with %d ranks and %s with %d; keep "
          "those of one", flags.from, run.processes ? "mpirun" : "threads", first,
          run.processes ? "threads" : "mpirun", ranks));
    }
  }
  plan.hosts = flags.hosts;
  plan.folder = flags.out.empty() ? flags.from : flags.out;
  return plan;
}

// Doublings beyond what was measured, as far as micro-batches go.
std::vector<int> RanksToPredict(const ScaleFlags& flags, const ScalePlan& plan) {
  if (!flags.predict.empty()) return flags.predict;
  constexpr int kMost = 1024;
  std::vector<int> ranks;
  for (int count = plan.ranks.front(); count <= kMost; count *= 2) {
    if (CheckRanks(plan, "", {count}).ok()) ranks.push_back(count);
  }
  return ranks;
}

// Micro-batches of the first number of ranks; 0 where each rank has one, however many there are.
int64_t FixedMicrobatches(const ScalePlan& plan, const RunsByRanks& runs) {
  if (runs.size() == 1 && !plan.config.training().has_microbatches()) return 0;
  const auto seen = [](const std::vector<MeasuredRun>& repeats) {
    int64_t most = 0;
    for (const MeasuredRun& run : repeats) most = std::max(most, run.microbatches);
    return most;
  };
  for (const auto& [ranks, repeats] : runs) {
    if (seen(repeats) != ranks) return seen(runs.begin()->second);
  }
  return runs.size() == 1 ? seen(runs.begin()->second) : 0;
}

int RanksPerHost(const ScalePlan& plan, const RunsByRanks& runs) {
  if (!plan.hosts.empty()) return ParseHosts(plan.hosts)->front().slots;
  for (const auto& [ranks, repeats] : runs) {
    for (const MeasuredRun& run : repeats) {
      if (run.hosts > 1) return run.ranks_per_host;
    }
  }
  return 0;
}

Status WriteResult(const ScalePlan& plan, const ScalingResult& result) {
  LOCKSTEP_RETURN_IF_ERROR(MakeFolders(plan.folder));
  LOCKSTEP_RETURN_IF_ERROR(
      WriteFileAtomically(JoinPath(plan.folder, "scaling.json"), ScalingJson(result)));
  LOCKSTEP_RETURN_IF_ERROR(
      WriteFileAtomically(JoinPath(plan.folder, "scaling.csv"), ScalingCsv(result)));
  return WriteScalingPage(result, plan.folder);
}

std::string CountsText(const std::vector<int>& counts) {
  std::string text;
  for (const int count : counts) text += (text.empty() ? "" : ",") + std::to_string(count);
  return text;
}

// As a shell takes it.
std::string Quoted(const std::string& word) {
  constexpr const char* kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./,:=+-";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) return word;
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

// What was given, and what it was taken to mean.
std::string CommandText(const ScaleFlags& flags) {
  std::string text = "lockstep scale";
  const auto add = [&text](const char* flag, const std::string& value) {
    if (!value.empty()) text += std::string(flag) + " " + Quoted(value);
  };
  add("", flags.config);
  add(" --from", flags.from);
  add(" --ranks", CountsText(flags.ranks));
  if (flags.weak) text += " --weak";
  if (flags.launcher == "mpirun") text += " --launcher mpirun";
  add(" --hosts", flags.hosts);
  if (flags.from.empty()) {
    text += absl::StrFormat(" --repeats %d --seconds %g", flags.repeats, flags.seconds);
  }
  add(" --predict", CountsText(flags.predict));
  add(" --out", flags.out);
  for (const std::string& set : flags.sets) add(" --set", set);
  return text;
}

Status Report(const ScaleFlags& flags, const ScalePlan& plan, const ScaleRuns& measured) {
  ScalingResult result;
  result.name = plan.config.name();
  result.machine = MachineText();
  result.date = DateText();
  result.command = CommandText(flags);
  result.weak = plan.weak;
  result.launcher = plan.processes ? "mpirun" : "threads";
  result.hosts = plan.hosts;
  result.failed = measured.failed;
  for (const auto& [ranks, repeats] : measured.runs) {
    result.repeats = std::max(result.repeats, static_cast<int>(repeats.size()));
  }
  Summarise(measured.runs, &result);
  ModelOptions options = {.processes = plan.processes,
                          .ranks_per_host = RanksPerHost(plan, measured.runs),
                          .microbatches = FixedMicrobatches(plan, measured.runs),
                          .predicted = RanksToPredict(flags, plan)};
  const Status fitted = AddModel(measured.runs, options, &result);
  LOCKSTEP_RETURN_IF_ERROR(WriteResult(plan, result));
  std::printf("\n%s", ScaleText(result).c_str());
  if (!fitted.ok()) std::printf("no model: %s\n", std::string(fitted.message()).c_str());
  std::printf("wrote %s/scaling.html, scaling.json, scaling.csv\n", plan.folder.c_str());
  return measured.last_failure;
}

bool AnyRun(const RunsByRanks& runs) {
  for (const auto& [ranks, repeats] : runs) {
    for (const MeasuredRun& run : repeats) {
      if (std::isfinite(run.step_ms)) return true;
    }
  }
  return false;
}

Status Scale(ScaleFlags flags) {
  if (PlaceUnderMpirun()) {
    return UsageError("scale starts mpirun by itself: --launcher mpirun --hosts h1:2,h2:2");
  }
  if (flags.config.empty() == flags.from.empty()) {
    return UsageError("scale needs a config file, or --from DIR, and not both");
  }
  if (flags.from.empty() && flags.ranks.empty()) {
    return UsageError("scale needs --ranks, as in --ranks 1,2,4");
  }
  if (!flags.from.empty() && !flags.launcher.empty()) {
    return UsageError("--launcher is for measuring; with --from the runs tell how they ran");
  }
  std::ranges::sort(flags.ranks);
  const auto repeated = std::ranges::unique(flags.ranks);
  flags.ranks.erase(repeated.begin(), repeated.end());
  ScaleRuns measured;
  if (!flags.from.empty()) {
    LOCKSTEP_ASSIGN_OR_RETURN(measured.runs, ReadRuns(flags.from, flags.ranks));
    LOCKSTEP_ASSIGN_OR_RETURN(const ScalePlan plan, PlanOfRuns(flags, measured.runs));
    return Report(flags, plan, measured);
  }
  LOCKSTEP_ASSIGN_OR_RETURN(const ScalePlan plan, MakePlan(flags));
  std::printf("%s on %s\n", plan.config.name().c_str(), MachineText().c_str());
  LOCKSTEP_RETURN_IF_ERROR(Measure(plan, &measured));
  if (!AnyRun(measured.runs)) return measured.last_failure;
  return Report(flags, plan, measured);
}

}  // namespace

CommandBody AddScaleCommand(CLI::App* app) {
  auto flags = std::make_shared<ScaleFlags>();
  app->add_option("CONFIG", flags->config, "Config file, as examples/mnist.textproto");
  app->add_option("--ranks", flags->ranks, "Numbers of ranks to measure, as 1,2,4")
      ->option_text("N,N...")
      ->delimiter(',')
      ->check(CLI::Range(1, 1024));
  app->add_flag("--weak", flags->weak, "The batch grows with the ranks (default: it stays)");
  app->add_option("--launcher", flags->launcher,
                  "Ranks as threads, or as processes under mpirun (default: threads, and mpirun "
                  "with --hosts)")
      ->option_text("threads|mpirun")
      ->check(CLI::IsMember({"threads", "mpirun"}));
  app->add_option("--hosts", flags->hosts,
                  "Hosts with the most ranks of each, as h1:2,h2:2; filled one after the other")
      ->option_text("HOSTS");
  app->add_option("--repeats", flags->repeats, "Runs of each number of ranks (default: 5)")
      ->option_text("N")
      ->check(CLI::Range(1, 1000));
  app->add_option("--seconds", flags->seconds, "Of steps in a run, about (default: 2)")
      ->option_text("S")
      ->check(CLI::Range(0.01, 3600.0));
  app->add_option("--predict", flags->predict,
                  "Numbers of ranks to predict (default: doublings up to 1024)")
      ->option_text("N,N...")
      ->delimiter(',')
      ->check(CLI::Range(1, 1 << 20));
  app->add_option("--out", flags->out,
                  "Folder for scaling.html, its data and the runs; with --hosts one that all hosts "
                  "share (default: runs/NAME-TIME)")
      ->option_text("DIR");
  app->add_option("--from", flags->from,
                  "Measure nothing: take the runs that scale left in this folder")
      ->option_text("DIR");
  AddSetFlag(app, &flags->sets);
  return [flags] { return Scale(*flags); };
}

}  // namespace lockstep
