// Hardware sheets (proto/cluster.proto): read from protobuf text or from a table, and checked.
#ifndef LOCKSTEP_DISTRIBUTED_SCALING_CLUSTER_H_
#define LOCKSTEP_DISTRIBUTED_SCALING_CLUSTER_H_

#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"
#include "proto/cluster.pb.h"

namespace lockstep {

// A sheet in protobuf text. Errors: UsageError "FILE:LINE:COLUMN: ..." for what is no sheet,
// "FILE: ..." for a value out of range.
StatusOr<Cluster> ParseCluster(std::string_view text, const std::string& file);

// Merges the text of a sheet's fields over `cluster`. Errors: as ParseCluster, `name` for FILE.
Status MergeCluster(std::string_view text, const std::string& name, Cluster* cluster);

// Sheets of a table "system,gpus_per_host,...", as published measurements come with. Errors:
// BadDataError "FILE:LINE: ...".
StatusOr<std::vector<Cluster>> ReadClusterTable(std::string_view text, const std::string& file);

// GB/s of a host's network and direction, all cards: what programs reach.
double NetworkGbS(const Cluster& cluster);

// Whether servers keep the parameters.
bool HasServers(const Exchange& exchange);

// Hosts that `gpus` fill.
int HostsFor(const Cluster& cluster, int gpus);

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_SCALING_CLUSTER_H_
