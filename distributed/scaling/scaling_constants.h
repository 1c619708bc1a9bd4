// The constants of the scaling model: shared by all systems, few, each with a name and a meaning.
//
// Their values are fitted on the published measurements in measurements/ and on nothing else;
// `lockstep replay --fit` finds them again. What differs from system to system comes from its sheet
// (proto/cluster.proto), what differs from curve to curve from one further point at most
// (distributed/scaling/curve_prediction.h).
#ifndef LOCKSTEP_DISTRIBUTED_SCALING_SCALING_CONSTANTS_H_
#define LOCKSTEP_DISTRIBUTED_SCALING_SCALING_CONSTANTS_H_

#include <array>

namespace lockstep {

struct ScalingConstants {
  // Waiting for the slowest rank, as a share of the compute time per doubling of the ranks.
  double straggler_share = 0.0093;
  // What every step of more than one rank costs once, as a share of the compute time: handing over
  // to the communication and back.
  double entry_share = 0.0131;
  // Gradients are copied into and out of communication buffers at this rate, GB/s.
  double copy_gb_s = 55.8;
  // Of the communication that hides behind compute, the share by which it slows compute down.
  double interference = 0.175;
  // Real input: host work, as a share of the compute time per further GPU of the host.
  double input_share = 0.00216;
  // Share of the sheet's practical network rate that an exchange reaches.
  double network_efficiency = 0.779;

  // Published.

  // What all GPUs of a host together have added in the host's memory, GB/s: a third, two reads and
  // a write, of the 102 GB/s that STREAM measures on two Xeon E5 v3 (Puget Systems, Memory
  // Performance for Intel Xeon Haswell-EP DDR4, 2014).
  double host_memory_gb_s = 34;

  // By judgement, not fitted.

  // What one parameter server takes in or gives out, GB/s, however fast its network is: five
  // streams of gRPC at 0.8 GB/s each (tensorflow/tensorflow issue 6116, August 2017). Nothing
  // published is slowed by it: the fastest network with servers reaches 3 GB/s.
  double server_gb_s = 4;
  // One transfer inside a host, seconds.
  double inside_latency_s = 20e-6;
  // A GPU's rate halves at this batch: its step takes as long as (batch + half_batch) samples.
  double half_batch = 8;
  // Spread of the speed of communication from software to software, as a standard deviation of its
  // logarithm; and of the other terms, relative to their value.
  double log_slowness_spread = 0.6;
  double share_spread = 1.0;
  // How well a published rate repeats: one standard deviation, as a share of the step.
  double repeatability = 0.012;
  // How well another group's measurement of the same repeats, likewise: published pairs differ by 2
  // to 7 %. Widens predicted bands only.
  double between_groups = 0.025;
};

// A fitted constant, for tables and for the fit.
struct NamedConstant {
  const char* name;
  double ScalingConstants::*value;
  const char* meaning;
};

inline constexpr std::array<NamedConstant, 6> kFittedConstants = {{
    {"straggler_share", &ScalingConstants::straggler_share, "of compute, per doubling of ranks"},
    {"entry_share", &ScalingConstants::entry_share, "of compute, once for more than one rank"},
    {"copy_gb_s", &ScalingConstants::copy_gb_s, "GB/s into and out of buffers"},
    {"interference", &ScalingConstants::interference, "of hidden communication, lost to compute"},
    {"input_share", &ScalingConstants::input_share, "of compute, per further GPU, real input"},
    {"network_efficiency", &ScalingConstants::network_efficiency, "of the sheet's network rate"},
}};

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_SCALING_SCALING_CONSTANTS_H_
