// Checks that all ranks train the same thing: at the start what they are given, and at any step
// that their weights are still the same bits.
#ifndef LOCKSTEP_DISTRIBUTED_TRAIN_REPLICA_CHECK_H_
#define LOCKSTEP_DISTRIBUTED_TRAIN_REPLICA_CHECK_H_

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "core/data/dataset.h"
#include "core/ops/ops.h"
#include "core/params/parameter_layout.h"
#include "distributed/comm/communicator.h"
#include "proto/config.pb.h"

namespace lockstep {

// One thing in which all ranks must agree; `value` may have several lines.
struct ReplicaFact {
  std::string name;
  std::string value;
};

// The versions, the config, the hashes of the data sets, the layout, the ops and the hash of the
// initial weights [layout.size_elems()], always in the same order.
std::vector<ReplicaFact> DescribeReplica(const Config& config, const DatasetSplits& data,
                                         const ParameterLayout& layout, const Ops& ops,
                                         const float* weights);

// Collective. MismatchError names the first fact that differs, the ranks that are odd and the
// first line in which they are.
Status CheckReplicasAtStart(Communicator* communicator, const std::vector<ReplicaFact>& facts);

// Collective. ReplicasDifferError names the ranks whose weights have another hash than most.
Status CheckWeightsAgree(Communicator* communicator, uint64_t weights_hash, int64_t step);

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_TRAIN_REPLICA_CHECK_H_
