#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>
#include <utility>

#include "absl/strings/str_format.h"
#include "core/base/file.h"
#include "core/base/nearest_name.h"
#include "core/base/number_text.h"
#include "core/config/load_config.h"
#include "core/data/build_dataset.h"
#include "core/nn/build_graph.h"
#include "core/ops/ops.h"
#include "distributed/scaling/cluster.h"
#include "distributed/scaling/replay.h"
#include "distributed/scaling/what_if.h"
#include "tools/cluster_sheet.h"
#include "tools/command.h"
#include "tools/flags.h"

namespace lockstep {
namespace {

constexpr double kUsualBatch = 64;

struct SimulateFlags {
  std::string config;
  std::string cluster;
  std::string change;
  std::string csv;
  std::vector<std::string> sets;
  std::vector<int> gpus = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024};
  double rate = 0;
  double efficiency = kUsualEfficiency;
  double batch = 0;
};

// The network of a config, or one of measurements/nets.csv by name.
StatusOr<ScalingJob> FindJob(const SimulateFlags& flags, const ReplayData& shipped) {
  ScalingJob job;
  job.batch_per_gpu = flags.batch;
  for (const Workload& net : shipped.nets) {
    if (net.name != flags.config || FileExists(flags.config)) continue;
    job.workload = net;
    if (job.batch_per_gpu == 0) job.batch_per_gpu = kUsualBatch;
    return job;
  }
  if (!FileExists(flags.config)) {
    std::vector<std::string> names;
    for (const Workload& net : shipped.nets) names.push_back(net.name);
    return MissingInputError("CONFIG: no file and no known network is called \"" + flags.config +
                             "\"" + DidYouMean(flags.config, names) +
                             "; measurements/nets.csv lists the networks");
  }
  LOCKSTEP_ASSIGN_OR_RETURN(const Config config, LoadConfig(flags.config, flags.sets));
  LOCKSTEP_ASSIGN_OR_RETURN(const SampleFormat format, TrainingFormat(config));
  const std::unique_ptr<Ops> ops = MakeCpuOps();
  LOCKSTEP_ASSIGN_OR_RETURN(const std::unique_ptr<Graph> graph,
                            BuildGraph(config, format, ops.get(), 1));
  job.workload = WorkloadFromGraph(config.name(), *graph);
  if (job.batch_per_gpu == 0) job.batch_per_gpu = config.training().batch_size();
  return job;
}

Status SetRate(const SimulateFlags& flags, const Cluster& cluster, ScalingJob* job) {
  if (flags.rate > 0) {
    job->rate = flags.rate;
    std::printf("One GPU: %s samples/s (--rate)\n", NumberText(flags.rate).c_str());
    return OkStatus();
  }
  job->rate = GuessedRate(job->workload, cluster, flags.efficiency);
  if (job->rate == 0) {
    return UsageError("--rate: expected samples/s of one GPU, as the sheet has no peak_tflops");
  }
  std::printf("One GPU: %s samples/s, guessed: %.0f %% of its peak (--efficiency, --rate)\n",
              NumberText(job->rate).c_str(), 100 * flags.efficiency);
  return OkStatus();
}

std::string Band(const SimulatedPoint& point) {
  return absl::StrFormat("%.1f-%.1f", point.low, point.high);
}

void PrintPoints(const std::vector<SimulatedPoint>& points) {
  std::printf("\n%5s %5s %10s %8s %13s %7s %8s  %s\n", "GPUs", "hosts", "samples/s", "speed-up",
              "90 % band", "eff. %", "step ms", "bottleneck");
  for (const SimulatedPoint& point : points) {
    std::printf("%5d %5d %10s %8.1f %13s %7.1f %8.1f  %s\n", point.gpus, point.setting.hosts,
                NumberText(std::round(point.rate)).c_str(), point.speedup, Band(point).c_str(),
                100 * point.efficiency(), 1e3 * point.times.total(),
                Bottleneck(point.times, point.setting).c_str());
  }
}

void PrintWhatIfs(const SimulatedPoint& now, const std::vector<WhatIf>& what_ifs) {
  std::printf("\nWhat would change at %d GPUs (%.1f times one GPU now)\n", now.gpus, now.speedup);
  for (const WhatIf& one : what_ifs) {
    std::printf("  %-30s %7.1f %13s %7.1f %%  %s\n", one.what.c_str(), one.point.speedup,
                Band(one.point).c_str(), 100 * one.point.efficiency(),
                Bottleneck(one.point.times, one.point.setting).c_str());
  }
}

std::string Csv(const std::vector<SimulatedPoint>& points) {
  std::string csv =
      "gpus,hosts,samples_per_second,speedup,low,high,efficiency,bottleneck,compute_ms,exposed_ms,"
      "interference_ms,straggler_ms,entry_ms,copies_ms,dispatch_ms\n";
  for (const SimulatedPoint& p : points) {
    csv +=
        absl::StrFormat("%d,%d,%.6g,%.4f,%.4f,%.4f,%.4f,%s,%.3f,%.3f,%.3f,%.3f,%.3f,%.3f,%.3f\n",
                        p.gpus, p.setting.hosts, p.rate, p.speedup, p.low, p.high, p.efficiency(),
                        Bottleneck(p.times, p.setting), 1e3 * p.times.compute,
                        1e3 * p.times.exposed, 1e3 * p.times.interference, 1e3 * p.times.straggler,
                        1e3 * p.times.entry, 1e3 * p.times.copies, 1e3 * p.times.dispatch);
  }
  return csv;
}

Status Simulate(const SimulateFlags& flags) {
  LOCKSTEP_ASSIGN_OR_RETURN(const ReplayData shipped, ShippedReplayData());
  LOCKSTEP_ASSIGN_OR_RETURN(const Cluster cluster, FindCluster(flags.cluster, flags.change));
  LOCKSTEP_ASSIGN_OR_RETURN(ScalingJob job, FindJob(flags, shipped));
  LOCKSTEP_RETURN_IF_ERROR(SetRate(flags, cluster, &job));
  const ScalingConstants constants;
  std::vector<int> counts = flags.gpus;
  std::sort(counts.begin(), counts.end());
  std::vector<SimulatedPoint> points;
  for (const int gpus : counts) {
    if (HostsFor(cluster, gpus) > 1 && NetworkGbS(cluster) <= 0) {
      std::printf("%d GPUs and more left out: the sheet has one host and no network\n", gpus);
      break;
    }
    points.push_back(SimulatePoint(job, cluster, gpus, constants));
  }
  std::printf("Gradients: %s bytes per step and GPU, batch of %g per GPU\n",
              NumberText(WireBytes(job.workload, cluster.exchange())).c_str(), job.batch_per_gpu);
  PrintPoints(points);
  if (!points.empty()) {
    const int most = points.back().gpus;
    std::printf("\nLargest useful number up to %d: %d (doubling still gives 1.5 times the rate)\n",
                most, LargestUseful(job, cluster, most, constants));
    PrintWhatIfs(points.back(), WhatIfs(job, cluster, most, constants));
  }
  if (flags.csv.empty()) return OkStatus();
  return WriteFileAtomically(flags.csv, Csv(points));
}

}  // namespace

CommandBody AddSimulateCommand(CLI::App* app) {
  auto flags = std::make_shared<SimulateFlags>();
  app->add_option("CONFIG", flags->config,
                  "Config file, or a network of measurements/nets.csv by name")
      ->required();
  app->add_option("--cluster", flags->cluster,
                  "Hardware sheet: a file, or one of clusters/ by name")
      ->option_text("FILE")
      ->required();
  app->add_option("--change", flags->change,
                  "Fields merged over the sheet, as 'nic { gbit_s: 25 }'")
      ->option_text("TEXT");
  app->add_option("--gpus", flags->gpus, "Numbers of GPUs (default: 1,2,4,...,1024)")
      ->option_text("N,N...")
      ->delimiter(',')
      ->check(CLI::Range(1, 1 << 20));
  app->add_option("--rate", flags->rate, "Samples/s of one GPU, as measured")
      ->option_text("RATE")
      ->check(CLI::PositiveNumber);
  app->add_option("--efficiency", flags->efficiency,
                  "Without --rate: share of the sheet's peak that one GPU reaches (default: 0.4)")
      ->option_text("SHARE")
      ->check(CLI::Range(0.001, 1.0));
  app->add_option("--batch", flags->batch,
                  "Samples per GPU (default: the config's batch size, or 64)")
      ->option_text("N")
      ->check(CLI::Range(1.0, 1e6));
  app->add_option("--csv", flags->csv, "Write every point with its breakdown")->option_text("FILE");
  AddSetFlag(app, &flags->sets);
  return [flags] { return Simulate(*flags); };
}

}  // namespace lockstep
