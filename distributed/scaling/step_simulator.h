// How long one step takes on a cluster, and why.
//
// A step computes for as long as one GPU alone would, a third of that forward, two thirds backward.
// Gradients become final in backward's order (Workload); as each bucket is, its transfer queues at
// the link that carries it. What the queue has left when backward ends is exposed:
//
//   forward | backward ......................| exposed | next step
//            bucket 0 | bucket 1 |  | bucket 2 (last)  |
//
// Parameter servers run past that end: the weights are fetched one by one while the next forward
// pass already uses the first, so as much as a forward pass hides as well. Each server is a queue
// of its own, and the slowest ends the step: a server that holds one large tensor is hot.
//
// Beside communication a step loses, once there is more than one rank:
//   straggler     all wait for the slowest; grows with log2 of the ranks
//   entry         handing over to the communication and back, once
//   copies        gradients into and out of communication buffers
//   interference  hidden communication takes memory bandwidth and cores from compute
//   input         GPUs of a host share the cores that prepare real input
//   dispatch      one process hands out the work of all GPUs of a host, where the sheet says so
//
// The constants are in scaling_constants.h. docs/scaling.md shows how well this agrees with
// published measurements; tests/distributed/scaling/step_simulator_test.cc holds what must always
// be true.
#ifndef LOCKSTEP_DISTRIBUTED_SCALING_STEP_SIMULATOR_H_
#define LOCKSTEP_DISTRIBUTED_SCALING_STEP_SIMULATOR_H_

#include <string>
#include <vector>

#include "distributed/scaling/scaling_constants.h"
#include "distributed/scaling/workload.h"
#include "proto/cluster.pb.h"

namespace lockstep {

struct StepSetting {
  int gpus = 1;
  int hosts = 1;
  double batch_per_gpu = 0;
  double compute_s = 0;  // of one GPU alone, for that batch
  bool real_input = false;
  Exchange exchange;
};

// Factors on the time of transfers, 1 as the constants say.
struct Slowness {
  double inside = 1;   // of a host
  double between = 1;  // hosts
};

// Seconds of a step by cause.
struct StepTimes {
  double compute = 0;
  double exposed = 0;  // communication after backward
  double interference = 0;
  double straggler = 0;
  double entry = 0;
  double copies = 0;
  double input = 0;
  double dispatch = 0;
  double hidden = 0;  // communication behind compute; no part of total()

  double total() const;
  double lost() const { return total() - compute; }
};

// "network", "stragglers" ...: the largest loss; "compute" where less than 2 % is lost.
std::string Bottleneck(const StepTimes& times, const StepSetting& setting);

// One bucket on its way.
struct BucketTransfer {
  double elements = 0;
  double ready = 0;  // as GradientTensor::ready, of its last tensor
  double inside_s = 0;
  double between_s = 0;
  int queue = 0;  // the server, or 0
};

// All transfers of a step, each queue's in the order in which they become ready.
struct TransferPlan {
  std::vector<BucketTransfer> buckets;
  int queues = 1;
  bool next_forward_hides = false;
  double dispatch_s = 0;  // of a process that drives a host's GPUs
};

TransferPlan PlanTransfers(const Workload& workload, const Cluster& cluster,
                           const StepSetting& setting, const ScalingConstants& constants);

// Pure. REQUIRES: setting.gpus >= setting.hosts >= 1, compute_s > 0.
StepTimes SimulateStep(const Workload& workload, const Cluster& cluster, const StepSetting& setting,
                       const ScalingConstants& constants, const Slowness& slowness = {});

// The same for each slowness, where the transfers are planned already.
std::vector<StepTimes> SimulatePlannedSteps(const TransferPlan& plan, double wire_bytes,
                                            const StepSetting& setting,
                                            const ScalingConstants& constants,
                                            const std::vector<Slowness>& slowness);

// Bytes of one GPU's gradients on the wire.
double WireBytes(const Workload& workload, const Exchange& exchange);

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_SCALING_STEP_SIMULATOR_H_
