#include "distributed/scaling/step_simulator.h"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>

#include "core/base/check.h"
#include "distributed/scaling/cluster.h"
#include "distributed/scaling/transfer_cost.h"

namespace lockstep {
namespace {

constexpr double kGiga = 1e9;
constexpr double kForwardShare = 1.0 / 3;  // of a step's compute; backward is the rest

double BytesPerElement(const Exchange& exchange) {
  return exchange.wire() == Exchange::FP32 ? 4 : 2;
}

// Tensors put together until a bucket is full; without a size each is one.
std::vector<BucketTransfer> MakeBuckets(const Workload& workload, const Exchange& exchange) {
  const double least = exchange.bucket_mb() * 1e6 / BytesPerElement(exchange);
  std::vector<BucketTransfer> buckets;
  bool open = false;
  for (const GradientTensor& tensor : workload.tensors) {
    if (!open) buckets.emplace_back();
    buckets.back().elements += tensor.elements;
    buckets.back().ready = exchange.overlap() ? tensor.ready : 1;
    open = buckets.back().elements < least;
  }
  return buckets;
}

// What carries a bucket: rates and latencies after the constants' efficiencies.
class Links {
 public:
  Links(const Cluster& cluster, const StepSetting& setting, const ScalingConstants& constants)
      : cluster_(cluster),
        exchange_(setting.exchange),
        constants_(constants),
        hosts_(setting.hosts),
        gpus_((setting.gpus + setting.hosts - 1) / setting.hosts),
        ranks_(setting.gpus) {}

  double InsideSeconds(double bytes) const {
    if (gpus_ == 1) return 0;
    switch (exchange_.algorithm()) {
      case Exchange::PARAMETER_SERVERS:
        return hosts_ == 1 ? ThroughHost(bytes) : 0;
      case Exchange::HOST_MEMORY:
        return ThroughHost(bytes);
      default:
        return Collective(bytes);
    }
  }

  // Of the algorithms without servers.
  double BetweenSeconds(double bytes) const {
    if (hosts_ == 1) return 0;
    switch (exchange_.algorithm()) {
      case Exchange::TREE:
        return TreeSeconds(bytes, hosts_, network());
      case Exchange::RECURSIVE_HALVING:
        return HalvingSeconds(bytes, hosts_, network());
      case Exchange::RING:
        return RingSeconds(bytes, ranks_, network());
      default:
        // NCCL's rings over hosts are pipelined: latency counts by doublings.
        return RingSeconds(bytes, hosts_, {network().bytes_per_s, 0}) +
               2 * std::log2(hosts_) * network().latency_s;
    }
  }

  // A server's queue: what all workers send and fetch.
  double ServerSecondsOf(double bytes) const {
    if (hosts_ == 1) return 0;
    const double rate = exchange_.has_server_gb_s()
                            ? exchange_.server_gb_s() * kGiga
                            : std::min(constants_.server_gb_s * kGiga, network().bytes_per_s);
    const int workers = exchange_.algorithm() == Exchange::PARAMETER_SERVERS ? ranks_ : hosts_;
    const double remote = static_cast<double>(hosts_ - 1) / hosts_;
    return ServerSeconds(bytes, workers, remote, {rate, network().latency_s});
  }

 private:
  Link network() const {
    return {NetworkGbS(cluster_) * kGiga * constants_.network_efficiency,
            cluster_.nic().latency_us() * 1e-6};
  }

  // A host's GPUs sum by a ring of their own, pipelined.
  double Collective(double bytes) const {
    if (!cluster_.inside().peer_access()) {
      return gpus_ * bytes / (constants_.host_memory_gb_s * kGiga);
    }
    double rate = cluster_.inside().gb_s() * kGiga;
    const int island = cluster_.inside().island();
    if (island > 0 && gpus_ > island) {
      rate = std::min(rate, cluster_.inside().host_link_gb_s() * kGiga);
    }
    return constants_.inside_latency_s + RingSeconds(bytes, gpus_, {rate, 0});
  }

  // Each GPU's gradients go to the host and its weights come back; the host adds all of them.
  double ThroughHost(double bytes) const {
    const double link = (cluster_.inside().has_host_link_gb_s() ? cluster_.inside().host_link_gb_s()
                                                                : cluster_.inside().gb_s()) *
                        kGiga;
    return RingSeconds(bytes, gpus_, {link, 0}) +
           gpus_ * bytes / (constants_.host_memory_gb_s * kGiga) + constants_.inside_latency_s;
  }

  const Cluster& cluster_;
  const Exchange& exchange_;
  const ScalingConstants& constants_;
  int hosts_;
  int gpus_;  // of the fullest host
  int ranks_;
};

// Gives each bucket its server; SHARDED gives every server an equal part of all, which one queue
// shows for all.
void PlaceOnServers(TransferPlan* plan, const Exchange& exchange) {
  const int servers = exchange.servers();
  if (exchange.placement() == Exchange::SHARDED) {
    for (BucketTransfer& bucket : plan->buckets) bucket.elements /= servers;
    return;
  }
  std::vector<double> sizes;
  for (const BucketTransfer& bucket : plan->buckets) sizes.push_back(bucket.elements);
  const std::vector<int> server_of = PlaceTensors(sizes, servers, exchange.placement());
  plan->queues = servers;
  for (size_t i = 0; i < server_of.size(); ++i) plan->buckets[i].queue = server_of[i];
}

// When the last queue is empty, and how long the busiest worked, by slowness.
struct Queues {
  Eigen::ArrayXd end, busy;
};

Queues RunQueues(const TransferPlan& plan, double backward, const std::vector<Slowness>& slowness) {
  const auto count = static_cast<Eigen::Index>(slowness.size());
  Eigen::ArrayXd inside(count), between(count), time(count);
  for (Eigen::Index i = 0; i < count; ++i) {
    inside[i] = slowness[static_cast<size_t>(i)].inside;
    between[i] = slowness[static_cast<size_t>(i)].between;
  }
  Eigen::ArrayXXd end = Eigen::ArrayXXd::Zero(count, plan.queues), busy = end;
  for (const BucketTransfer& bucket : plan.buckets) {
    time = bucket.inside_s * inside + bucket.between_s * between;
    end.col(bucket.queue) = end.col(bucket.queue).max(bucket.ready * backward) + time;
    busy.col(bucket.queue) += time;
  }
  return {end.rowwise().maxCoeff(), busy.rowwise().maxCoeff()};
}

}  // namespace

double StepTimes::total() const {
  return compute + exposed + interference + straggler + entry + copies + input + dispatch;
}

double WireBytes(const Workload& workload, const Exchange& exchange) {
  return workload.elements() * BytesPerElement(exchange);
}

std::string Bottleneck(const StepTimes& times, const StepSetting& setting) {
  constexpr double kNoticed = 0.02;
  if (times.lost() < kNoticed * times.total()) return "compute";
  const std::string link = setting.hosts == 1             ? "links in the host"
                           : HasServers(setting.exchange) ? "parameter servers"
                                                          : "network";
  const std::pair<double, std::string> causes[] = {
      {times.exposed + times.interference, link},
      {times.straggler, "stragglers"},
      {times.entry, "hand-over"},
      {times.copies, "buffer copies"},
      {times.input, "input"},
      {times.dispatch, "dispatch"},
  };
  return std::max_element(std::begin(causes), std::end(causes),
                          [](const auto& a, const auto& b) { return a.first < b.first; })
      ->second;
}

TransferPlan PlanTransfers(const Workload& workload, const Cluster& cluster,
                           const StepSetting& setting, const ScalingConstants& constants) {
  LOCKSTEP_CHECK(setting.hosts >= 1 && setting.gpus >= setting.hosts && setting.compute_s > 0,
                 "%d GPUs on %d hosts, a step of %g s", setting.gpus, setting.hosts,
                 setting.compute_s);
  TransferPlan plan;
  if (setting.gpus == 1) return plan;
  const Exchange& exchange = setting.exchange;
  const Links links(cluster, setting, constants);
  const double bytes = BytesPerElement(exchange);
  plan.buckets = MakeBuckets(workload, exchange);
  const bool servers = HasServers(exchange) && setting.hosts > 1;
  for (BucketTransfer& b : plan.buckets) b.inside_s = links.InsideSeconds(b.elements * bytes);
  if (servers) PlaceOnServers(&plan, exchange);
  for (BucketTransfer& bucket : plan.buckets) {
    const double size = bucket.elements * bytes;
    bucket.between_s = servers ? links.ServerSecondsOf(size) : links.BetweenSeconds(size);
  }
  const int mates = (setting.gpus + setting.hosts - 1) / setting.hosts - 1;
  plan.dispatch_s =
      1e-6 * cluster.dispatch_us() * static_cast<double>(workload.tensors.size()) * mates;
  plan.next_forward_hides = exchange.overlap() && (HasServers(exchange) ||
                                                   exchange.algorithm() == Exchange::HOST_MEMORY ||
                                                   exchange.algorithm() == Exchange::PEER_COPIES);
  return plan;
}

std::vector<StepTimes> SimulatePlannedSteps(const TransferPlan& plan, double wire_bytes,
                                            const StepSetting& setting,
                                            const ScalingConstants& constants,
                                            const std::vector<Slowness>& slowness) {
  StepTimes alike;  // what slowness does not change
  alike.compute = setting.compute_s;
  std::vector<StepTimes> steps(slowness.size(), alike);
  if (setting.gpus == 1) return steps;
  alike.straggler = constants.straggler_share * setting.compute_s * std::log2(setting.gpus);
  alike.entry = constants.entry_share * setting.compute_s;
  alike.copies = wire_bytes / (constants.copy_gb_s * kGiga);
  alike.dispatch = plan.dispatch_s;
  const double neighbours = static_cast<double>(setting.gpus) / setting.hosts - 1;
  if (setting.real_input) alike.input = constants.input_share * setting.compute_s * neighbours;
  const double backward = setting.compute_s * (1 - kForwardShare);
  const double hides = backward + (plan.next_forward_hides ? setting.compute_s * kForwardShare : 0);
  const Queues queues = RunQueues(plan, backward, slowness);
  for (size_t i = 0; i < steps.size(); ++i) {
    const auto at = static_cast<Eigen::Index>(i);
    StepTimes& times = steps[i] = alike;
    times.exposed = std::max(0.0, queues.end[at] - hides);
    times.hidden = std::max(0.0, queues.busy[at] - times.exposed);
    times.interference = constants.interference * times.hidden;
  }
  return steps;
}

StepTimes SimulateStep(const Workload& workload, const Cluster& cluster, const StepSetting& setting,
                       const ScalingConstants& constants, const Slowness& slowness) {
  return SimulatePlannedSteps(PlanTransfers(workload, cluster, setting, constants),
                              WireBytes(workload, setting.exchange), setting, constants, {slowness})
      .front();
}

}  // namespace lockstep
