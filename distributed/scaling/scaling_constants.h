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
  double straggler_share = 0.0102;
  // What every step of more than one rank costs once, as a share of the compute time: handing over
  // to the communication and back.
  double entry_share = 0.0144;
  // Gradients are copied into and out of communication buffers at this rate, GB/s.
  double copy_gb_s = 26.7;
  // What one parameter server takes in or gives out, GB/s, however fast its network is.
  double server_gb_s = 0.654;
  // What all GPUs of a host together move through the host's memory and have added there, GB/s.
  double host_memory_gb_s = 24.6;
  // Of the communication that hides behind compute, the share by which it slows compute down.
  double interference = 0.177;
  // Real input: host work, as a share of the compute time per further GPU of the host.
  double input_share = 0.00242;
  // Share of the sheet's bandwidth inside a host that an exchange reaches.
  double inside_efficiency = 0.664;
  // Share of the sheet's practical network rate that an exchange reaches.
  double network_efficiency = 0.568;

  // By judgement, not fitted.

  // One transfer inside a host, seconds.
  double inside_latency_s = 20e-6;
  // A GPU's rate halves at this batch: its step takes as long as (batch + half_batch) samples.
  double half_batch = 8;
  // Spread of the speed of communication from software to software, as a standard deviation of its
  // logarithm; and of the other terms, relative to their value.
  double log_slowness_spread = 0.7;
  double share_spread = 1.0;
  // How well a published rate repeats: one standard deviation, as a share of the step.
  double repeatability = 0.0075;
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

inline constexpr std::array<NamedConstant, 9> kFittedConstants = {{
    {"straggler_share", &ScalingConstants::straggler_share, "of compute, per doubling of ranks"},
    {"entry_share", &ScalingConstants::entry_share, "of compute, once for more than one rank"},
    {"copy_gb_s", &ScalingConstants::copy_gb_s, "GB/s into and out of buffers"},
    {"server_gb_s", &ScalingConstants::server_gb_s, "GB/s of one parameter server"},
    {"host_memory_gb_s", &ScalingConstants::host_memory_gb_s, "GB/s through a host's memory"},
    {"interference", &ScalingConstants::interference, "of hidden communication, lost to compute"},
    {"input_share", &ScalingConstants::input_share, "of compute, per further GPU, real input"},
    {"inside_efficiency", &ScalingConstants::inside_efficiency, "of the sheet's rate in a host"},
    {"network_efficiency", &ScalingConstants::network_efficiency, "of the sheet's network rate"},
}};

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_SCALING_SCALING_CONSTANTS_H_
