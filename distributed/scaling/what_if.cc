#include "distributed/scaling/what_if.h"

#include <algorithm>

#include "distributed/scaling/cluster.h"
#include "distributed/scaling/possibilities.h"

namespace lockstep {
namespace {

// A larger batch takes longer in proportion, less what each step takes anyway.
ScalingJob WithBatch(const ScalingJob& job, double batch, const ScalingConstants& constants) {
  ScalingJob larger = job;
  const double step = job.batch_per_gpu / job.rate * (batch + constants.half_batch) /
                      (job.batch_per_gpu + constants.half_batch);
  larger.batch_per_gpu = batch;
  larger.rate = batch / step;
  return larger;
}

constexpr double kFaster = 4;

// A measured rate of servers well below their network's is what they do themselves.
bool ServersAreTheLimit(const Cluster& cluster) {
  constexpr double kNear = 0.7;
  return HasServers(cluster.exchange()) && cluster.exchange().has_server_gb_s() &&
         cluster.exchange().server_gb_s() < kNear * NetworkGbS(cluster);
}

// Servers whose measured rate is their network's get faster with it, up to what servers do.
Cluster FasterNetwork(Cluster cluster, const ScalingConstants& constants) {
  Exchange* exchange = cluster.mutable_exchange();
  if (exchange->has_server_gb_s() && !ServersAreTheLimit(cluster)) {
    const double measured = exchange->server_gb_s();
    exchange->set_server_gb_s(
        std::max(measured, std::min(kFaster * measured, constants.server_gb_s)));
  }
  cluster.mutable_nic()->set_practical_gb_s(NetworkGbS(cluster) * kFaster);
  return cluster;
}

void SetBand(const ScalingJob& job, const Cluster& cluster, const ScalingConstants& constants,
             SimulatedPoint* point) {
  if (point->gpus == 1) return;
  const Possibilities possible(constants);
  const TransferPlan plan = PlanTransfers(job.workload, cluster, point->setting, constants);
  const double bytes = WireBytes(job.workload, point->setting.exchange);
  std::vector<Slowness> slowness;
  for (const Possibility& one : possible.all()) slowness.push_back({one.slowness, one.slowness});
  const Possibilities::Steps steps =
      SimulatePlannedSteps(plan, bytes, point->setting, constants, slowness);
  const double linear = point->gpus * point->setting.compute_s;
  point->low = linear / possible.Quantile(0.95, steps);
  point->high = std::min<double>(point->gpus, linear / possible.Quantile(0.05, steps));
}

}  // namespace

double GuessedRate(const Workload& workload, const Cluster& cluster, double efficiency) {
  if (!cluster.has_peak_tflops() || workload.forward_macs <= 0) return 0;
  return efficiency * cluster.peak_tflops() * 1e12 / (6 * workload.forward_macs);
}

SimulatedPoint SimulatePoint(const ScalingJob& job, const Cluster& cluster, int gpus,
                             const ScalingConstants& constants) {
  SimulatedPoint point;
  point.gpus = gpus;
  point.setting.gpus = gpus;
  point.setting.hosts = HostsFor(cluster, gpus);
  point.setting.batch_per_gpu = job.batch_per_gpu;
  point.setting.compute_s = job.batch_per_gpu / job.rate;
  point.setting.exchange = cluster.exchange();
  point.times = SimulateStep(job.workload, cluster, point.setting, constants);
  point.rate = gpus * job.batch_per_gpu / point.times.total();
  point.speedup = point.rate / job.rate;
  SetBand(job, cluster, constants, &point);
  return point;
}

int LargestUseful(const ScalingJob& job, const Cluster& cluster, int most,
                  const ScalingConstants& constants) {
  constexpr double kWorthIt = 1.5;
  int gpus = 1;
  while (gpus * 2 <= most) {
    const double now = SimulatePoint(job, cluster, gpus, constants).rate;
    if (SimulatePoint(job, cluster, 2 * gpus, constants).rate < kWorthIt * now) break;
    gpus *= 2;
  }
  return gpus;
}

std::vector<WhatIf> WhatIfs(const ScalingJob& job, const Cluster& cluster, int gpus,
                            const ScalingConstants& constants) {
  std::vector<WhatIf> all;
  const auto add = [&](const std::string& what, const ScalingJob& changed_job,
                       const Cluster& changed) {
    all.push_back({what, SimulatePoint(changed_job, changed, gpus, constants)});
  };
  if (HostsFor(cluster, gpus) > 1) {
    add(ServersAreTheLimit(cluster) ? "faster network, same servers" : "network 4 times as fast",
        job, FasterNetwork(cluster, constants));
  }
  Cluster changed = cluster;
  if (cluster.exchange().wire() == Exchange::FP32) {
    changed.mutable_exchange()->set_wire(Exchange::BF16);
    add("bf16 on the wire", job, changed);
  }
  add("twice the batch per GPU", WithBatch(job, 2 * job.batch_per_gpu, constants), cluster);
  if (HasServers(cluster.exchange())) {
    changed = cluster;
    changed.mutable_exchange()->set_servers(2 * cluster.exchange().servers());
    add("twice the servers", job, changed);
    changed = cluster;
    changed.mutable_exchange()->set_placement(Exchange::SHARDED);
    add("tensors cut over all servers", job, changed);
  }
  changed = cluster;
  changed.mutable_exchange()->set_algorithm(Exchange::HIERARCHICAL);
  changed.mutable_exchange()->set_wire(Exchange::BF16);
  changed.mutable_exchange()->set_bucket_mb(25);
  changed.mutable_exchange()->set_overlap(true);
  add("rings, overlap and bf16", job, changed);
  return all;
}

}  // namespace lockstep
