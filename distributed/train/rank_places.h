// Where ranks run: their hosts, and how many cores those give them.
#ifndef LOCKSTEP_DISTRIBUTED_TRAIN_RANK_PLACES_H_
#define LOCKSTEP_DISTRIBUTED_TRAIN_RANK_PLACES_H_

#include <string>
#include <vector>

#include "core/base/status.h"
#include "distributed/comm/communicator.h"

namespace lockstep {

// A host with its ranks.
struct HostPlace {
  std::string name;
  int ranks = 0;
  int cores = 0;  // that any of its ranks may use: affinity masks together, at most the quota
};

struct RankPlaces {
  std::vector<HostPlace> hosts;  // in order of their first rank
  std::vector<int> host_of;      // [ranks]
};

// Collective: the same on every rank.
StatusOr<RankPlaces> FindRankPlaces(Communicator* communicator);

// Cores that a quota as /sys/fs/cgroup/cpu.max has it ("150000 100000", "max 100000") allows,
// rounded up; 0 where there is none or `text` is something else.
int QuotaCores(const std::string& text);

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_TRAIN_RANK_PLACES_H_
