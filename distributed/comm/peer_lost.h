// The one sentence by which every communicator reports a peer that keeps the others waiting.
#ifndef LOCKSTEP_DISTRIBUTED_COMM_PEER_LOST_H_
#define LOCKSTEP_DISTRIBUTED_COMM_PEER_LOST_H_

#include <chrono>
#include <string_view>
#include <vector>

#include "core/base/status.h"

namespace lockstep {

// PeerLostError "rank 3 did not arrive at all-reduce 17 within 60 s; ranks 0, 1, 2 did" for
// `missing` {3}, `here` {0, 1, 2}, `deed` "arrive at", `call` "all-reduce 17".
Status PeersLostError(const std::vector<int>& missing, const std::vector<int>& here,
                      std::string_view deed, std::string_view call,
                      std::chrono::milliseconds deadline);

// PeerLostError for a call that hangs though no rank is missing.
Status NotCompleteError(std::string_view call, std::chrono::milliseconds deadline);

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_COMM_PEER_LOST_H_
