// What every Communicator must do, in one table: all-reduces against a naive sum over the tree,
// bit for bit, and the other calls.
#ifndef LOCKSTEP_TESTS_DISTRIBUTED_COMM_CONFORMANCE_H_
#define LOCKSTEP_TESTS_DISTRIBUTED_COMM_CONFORMANCE_H_

#include <string>
#include <vector>

#include "distributed/comm/communicator.h"

namespace lockstep {

// Element `i` of leaf `leaf`: values of mixed sign and size, so that another order of additions
// gives other bits.
float LeafValue(int64_t leaf, int64_t i);

// The sum over `leaves` leaves, [elems], by recursion over the tree.
std::vector<float> NaiveTreeSum(int64_t leaves, int64_t elems);

// Collective. Empty if `communicator` conforms, else the first thing in which it does not.
std::string CheckConformance(Communicator* communicator);

}  // namespace lockstep

#endif  // LOCKSTEP_TESTS_DISTRIBUTED_COMM_CONFORMANCE_H_
