// How long a piece of gradients takes to be summed over ranks on hosts, by the way in which it is
// summed: lockstep's own two, and the algorithms of transfer_cost.h.
//
// A rank's traffic passes two links one after the other: what it exchanges with ranks of its host,
// and its host's network, which the ranks of a host share.
//
//   threads    memory: each rank adds its slice of all ranks' gradients, in log2 P waits
//   processes  every rank sends each other its slice, adds its own, and sends the sum to all:
//              2 (P - 1) messages and 2 (P - 1) / P of the bytes (distributed/comm/mpi_all_reduce)
//   ring, halving, tree   over all ranks, by the slower of the links
//   hierarchical          a ring in each host, then one over hosts
//   servers               one parameter server per host, each with an equal part of the bytes
//
// tests/distributed/scaling/sum_seconds_test.cc counts the bytes of each.
#ifndef LOCKSTEP_DISTRIBUTED_SCALING_SUM_SECONDS_H_
#define LOCKSTEP_DISTRIBUTED_SCALING_SUM_SECONDS_H_

#include <cstdint>

#include "distributed/scaling/transfer_cost.h"

namespace lockstep {

enum class SumForm { kThreads, kProcesses, kRing, kHalving, kTree, kHierarchical, kServers };

// "processes that exchange slices" ...
const char* SumFormWords(SumForm form);

// Where ranks run: as many on each host, the last one may have fewer.
struct RankPlacement {
  int ranks = 1;
  int hosts = 1;
  int per_host() const { return (ranks + hosts - 1) / hosts; }
};

struct Links {
  Link inside;   // of a rank, to ranks of its host
  Link between;  // of a host, each way
};

struct SumSeconds {
  double inside = 0;
  double between = 0;
};

// Seconds for `bytes`; `partials` is how many times its bytes the fullest rank brings or takes to
// have them added (1 where every rank brings one sum). 0 for one rank.
SumSeconds SumSecondsOf(SumForm form, double bytes, double partials,
                        const RankPlacement& placement, const Links& links);

// `partials` of batches cut into `leaves` micro-batches (distributed/comm/rank_sum.h).
double PartialsOf(int64_t leaves, int ranks);

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_SCALING_SUM_SECONDS_H_
