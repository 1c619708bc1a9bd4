// The hardware sheet that a command is given.
#ifndef LOCKSTEP_TOOLS_CLUSTER_SHEET_H_
#define LOCKSTEP_TOOLS_CLUSTER_SHEET_H_

#include <string>

#include "core/base/status.h"
#include "proto/cluster.pb.h"

namespace lockstep {

// A sheet by path, or by the name of one that ships. `change`, text of a sheet, is merged over it.
// Errors: MissingInputError naming the flag --cluster; as ParseCluster.
StatusOr<Cluster> FindCluster(const std::string& name, const std::string& change);

}  // namespace lockstep

#endif  // LOCKSTEP_TOOLS_CLUSTER_SHEET_H_
