// The files of clusters/ and measurements/, put into the program when it is built.
#ifndef LOCKSTEP_DISTRIBUTED_SCALING_SHIPPED_DATA_H_
#define LOCKSTEP_DISTRIBUTED_SCALING_SHIPPED_DATA_H_

#include <string_view>
#include <vector>

namespace lockstep {

struct ShippedFile {
  std::string_view name;  // "clusters/dgx-a100.textproto"
  std::string_view text;
};

// Hardware sheets.
const std::vector<ShippedFile>& ShippedClusters();

extern const std::string_view kShippedPoints;  // measurements/points.csv
extern const std::string_view kShippedNets;    // measurements/nets.csv

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_SCALING_SHIPPED_DATA_H_
