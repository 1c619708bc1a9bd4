// The cost model that `lockstep scale` fits: how long a step takes on P ranks, from a dozen terms
// that each have a unit and a meaning.
//
//   input     input_per_sample * b                          b: samples of a rank
//   compute   (compute_fixed + compute_per_sample * b) * 2^(compute_sharing * log2 P)
//             of which backward_share is backward
//   transfer  each bucket: the latency of its messages + bytes / bandwidth (sum_seconds.h), slower
//             by inside_sharing for each doubling of a host's ranks past 2 and by network_sharing
//             for each of the hosts; buckets queue behind each other from the moment at which
//             backward has them ready, and what backward of the last micro-batch does not hide is
//             exposed (the queue of step_simulator.h)
//   wait      straggler_share * compute * log2 P, and the uneven share of micro-batches
//   optimizer constant
//
// distributed/scaling/fit_model.h fits the terms to measured parts of steps, so that 1 and 2 ranks
// suffice: what computes, transfers and waits is told apart by measurement, not by a curve's shape.
#ifndef LOCKSTEP_DISTRIBUTED_SCALING_COST_MODEL_H_
#define LOCKSTEP_DISTRIBUTED_SCALING_COST_MODEL_H_

#include <cstdint>
#include <string>
#include <vector>

#include "distributed/scaling/scaling_result.h"
#include "distributed/scaling/sum_seconds.h"

namespace lockstep {

// Seconds, bytes a second.
struct ModelTerms {
  double compute_fixed = 0;
  double compute_per_sample = 0;
  double backward_share = 2.0 / 3;
  double input_per_sample = 0;
  double optimizer = 0;
  double straggler_share = 0;
  double compute_sharing = 0;  // 0.01: computing takes 0.7 % longer for each doubling of ranks
  double inside_sharing = 0;   // the same of transfers in a host, of its ranks past 2
  double network_sharing = 0;  // and of transfers between hosts, of the hosts past 2
  Links links;
};

// A bucket of gradients, in the order in which backward has them ready.
struct ModelBucket {
  double bytes = 0;
  double ready = 1;  // share of the last micro-batch's backward that is done by then
};

// What is trained: the same for every number of ranks.
struct ModelJob {
  int64_t batch = 0;         // of base_ranks; over all ranks
  int64_t microbatches = 0;  // of that batch; 0: one per rank
  bool weak = false;         // the batch, and the micro-batches, grow with the ranks
  int base_ranks = 1;
  int ranks_per_host = 0;  // 0: all on one host
  SumForm form = SumForm::kThreads;
  std::vector<ModelBucket> buckets;
  double wire_share = 1;  // of the bytes: 0.5 for two bytes per element

  int64_t BatchOf(int ranks) const;
  int64_t MicrobatchesOf(int ranks) const;
  RankPlacement PlacementOf(int ranks) const;
};

struct ModelStep {
  StepParts parts;
  double transfers_ms = 0;  // of all buckets, hidden or not
  double latency_ms = 0;    // of those
  double fixed_ms = 0;      // of forward and backward, what no smaller batch takes away

  double total_ms() const { return parts.total_ms(); }
  // What takes most: "compute", "fixed compute", "bandwidth", "latency", "stragglers", "input" or
  // "optimizer".
  std::string Dominant() const;
};

// Pure. REQUIRES: ranks >= 1, and at most the samples of the batch.
ModelStep ModelStepOf(const ModelTerms& terms, const ModelJob& job, int ranks);

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_SCALING_COST_MODEL_H_
