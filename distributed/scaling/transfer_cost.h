// How long it takes to sum one piece of gradients over ranks, by algorithm: the alpha-beta model.
//
// A message of n bytes takes alpha + n / beta. Thakur, Rabenseifner, Gropp: Optimization of
// collective communication operations in MPICH (2005), section 4. For p ranks and n bytes:
//
//   tree       2 ceil(log2 p) messages of n, one after the other
//   ring       2 (p - 1) messages of n / p: the bandwidth optimum, with the most messages
//   halving    2 ceil(log2 p) messages, 2 n (p - 1) / p bytes: the optimum of both where p is a
//              power of two; otherwise the p - 2^k ranks beyond one send all of n first, and get
//              it back
//   servers    each of w workers sends n to a server and fetches n from it, all past one server
//
// tests/distributed/scaling/transfer_cost_test.cc holds these to a simulation message by message.
#ifndef LOCKSTEP_DISTRIBUTED_SCALING_TRANSFER_COST_H_
#define LOCKSTEP_DISTRIBUTED_SCALING_TRANSFER_COST_H_

#include <vector>

#include "proto/cluster.pb.h"

namespace lockstep {

struct Link {
  double bytes_per_s = 1e9;
  double latency_s = 0;
};

// Seconds to sum `bytes` over `ranks`; 0 for one rank.
double TreeSeconds(double bytes, int ranks, const Link& link);
double RingSeconds(double bytes, int ranks, const Link& link);
double HalvingSeconds(double bytes, int ranks, const Link& link);

// Seconds for which `bytes` of one server are sent to it and fetched from it by `workers`, of which
// the share `remote` passes its link.
double ServerSeconds(double bytes, double workers, double remote, const Link& link);

// The server of each tensor, in the order given. A hot server is one that got a large tensor.
// REQUIRES: servers >= 1; not SHARDED.
std::vector<int> PlaceTensors(const std::vector<double>& bytes, int servers,
                              Exchange::Placement placement);

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_SCALING_TRANSFER_COST_H_
