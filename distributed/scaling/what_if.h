// One step on a growing number of GPUs, and what other hardware or settings would change.
#ifndef LOCKSTEP_DISTRIBUTED_SCALING_WHAT_IF_H_
#define LOCKSTEP_DISTRIBUTED_SCALING_WHAT_IF_H_

#include <string>
#include <vector>

#include "distributed/scaling/scaling_constants.h"
#include "distributed/scaling/step_simulator.h"
#include "distributed/scaling/workload.h"
#include "proto/cluster.pb.h"

namespace lockstep {

// A job of one GPU, to be run on more of them with the same batch each.
struct ScalingJob {
  Workload workload;
  double batch_per_gpu = 0;
  double rate = 0;  // samples/s of one GPU at that batch
};

struct SimulatedPoint {
  int gpus = 1;
  StepSetting setting;
  StepTimes times;
  double rate = 0;     // samples/s of all
  double speedup = 1;  // against one GPU
  // What lies between them with a probability of 90 % (distributed/scaling/possibilities.h).
  double low = 1, high = 1;
  double efficiency() const { return speedup / gpus; }
};

// What training usually reaches of a GPU's peak, where nothing is measured.
inline constexpr double kUsualEfficiency = 0.4;

// The rate of one GPU that reaches `efficiency` of the sheet's peak; 0 if the sheet names none.
// Training takes about six operations per multiply-accumulate of the forward pass.
double GuessedRate(const Workload& workload, const Cluster& cluster, double efficiency);

// `cluster.exchange` says how gradients are summed. REQUIRES: gpus >= 1.
SimulatedPoint SimulatePoint(const ScalingJob& job, const Cluster& cluster, int gpus,
                             const ScalingConstants& constants);

// The largest power of two up to `most` that still gives 1.5 times the rate of half as many GPUs.
int LargestUseful(const ScalingJob& job, const Cluster& cluster, int most,
                  const ScalingConstants& constants);

struct WhatIf {
  std::string what;  // "network 4 times as fast"
  SimulatedPoint point;
};

// Changes one thing at a time, each where it applies; the last is all of the re-plan together: a
// ring over hosts, overlap, two bytes on the wire.
std::vector<WhatIf> WhatIfs(const ScalingJob& job, const Cluster& cluster, int gpus,
                            const ScalingConstants& constants);

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_SCALING_WHAT_IF_H_
