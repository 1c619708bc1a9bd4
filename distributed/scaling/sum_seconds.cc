#include "distributed/scaling/sum_seconds.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "distributed/comm/rank_sum.h"

namespace lockstep {
namespace {

// Every rank sends and receives (P - 1) / P of the bytes `partials` times, adds, and sends sums.
SumSeconds SliceSeconds(double bytes, double partials, const RankPlacement& placement,
                        const Links& links) {
  const double ranks = placement.ranks, mates = placement.per_host() - 1;
  const double strangers = ranks - 1 - mates;
  const double slice = bytes / ranks * (partials + 1);
  return {mates * (2 * links.inside.latency_s + slice / links.inside.bytes_per_s),
          strangers * (2 * links.between.latency_s +
                       placement.per_host() * slice / links.between.bytes_per_s)};
}

using FlatCost = double (*)(double bytes, int ranks, const Link& link);

// All ranks as one group, whose slower link counts.
SumSeconds FlatSeconds(FlatCost cost, double bytes, const RankPlacement& placement,
                       const Links& links) {
  if (placement.hosts == 1) return {cost(bytes, placement.ranks, links.inside), 0};
  return {0, cost(bytes, placement.ranks, links.between)};
}

SumSeconds ServersSeconds(double bytes, const RankPlacement& placement, const Links& links) {
  const double part = bytes / placement.hosts;
  if (placement.hosts == 1) return {ServerSeconds(part, placement.ranks, 1, links.inside), 0};
  const double remote = static_cast<double>(placement.hosts - 1) / placement.hosts;
  return {0, ServerSeconds(part, placement.ranks, remote, links.between)};
}

}  // namespace

const char* SumFormWords(SumForm form) {
  constexpr std::array<const char*, 7> kWords = {
      "threads that add slices", "processes that exchange slices", "a ring", "recursive halving",
      "a tree", "a ring in each host and one over hosts", "a parameter server per host"};
  return kWords[static_cast<size_t>(form)];
}

SumSeconds SumSecondsOf(SumForm form, double bytes, double partials,
                        const RankPlacement& placement, const Links& links) {
  if (placement.ranks == 1) return {};
  switch (form) {
    case SumForm::kThreads: {
      const double waits = 2 * std::ceil(std::log2(placement.ranks));
      const double moved = bytes * (partials + 1) * (placement.ranks - 1) / placement.ranks;
      return {waits * links.inside.latency_s + moved / links.inside.bytes_per_s, 0};
    }
    case SumForm::kProcesses:
      return SliceSeconds(bytes, partials, placement, links);
    case SumForm::kRing:
      return FlatSeconds(RingSeconds, bytes, placement, links);
    case SumForm::kHalving:
      return FlatSeconds(HalvingSeconds, bytes, placement, links);
    case SumForm::kTree:
      return FlatSeconds(TreeSeconds, bytes, placement, links);
    case SumForm::kHierarchical: {
      const int mates = placement.per_host();
      return {mates == 1 ? 0 : RingSeconds(bytes, mates, links.inside),
              placement.hosts == 1 ? 0 : RingSeconds(bytes, placement.hosts, links.between)};
    }
    case SumForm::kServers:
      return ServersSeconds(bytes, placement, links);
  }
  return {};
}

double PartialsOf(int64_t leaves, int ranks) {
  if (ranks == 1) return 1;
  const RankSum sum = MakeRankSum(leaves, ranks);
  double most = 1;
  for (int rank = 0; rank < ranks; ++rank) {
    const double sent = sum.partials(rank);
    const double received = (sum.total_partials() - sent) / (ranks - 1);
    most = std::max({most, sent, received});
  }
  return most;
}

}  // namespace lockstep
