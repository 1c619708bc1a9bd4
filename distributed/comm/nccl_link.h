// NcclLink: one rank's end of an NCCL communicator that never blocks the rank for long. NCCL
// answers at once and goes on by itself; whether it is done, and what went wrong since, is asked.
#ifndef LOCKSTEP_DISTRIBUTED_COMM_NCCL_LINK_H_
#define LOCKSTEP_DISTRIBUTED_COMM_NCCL_LINK_H_

#include <chrono>
#include <functional>
#include <memory>

#include "core/base/status.h"
#include "core/device/nccl_library.h"

namespace lockstep {

// Used by one thread.
class NcclLink {
 public:
  // NCCL may hang where it ends a communicator: after `cap` the rank goes on without it.
  // `kept_alive` is what NCCL's work on the GPU uses: it lives until NCCL has let go of it.
  NcclLink(const Nccl& nccl, std::chrono::milliseconds cap, std::shared_ptr<void> kept_alive);
  // Ends by Abort what was not ended by Close.
  ~NcclLink();
  NcclLink(const NcclLink&) = delete;

  // Starts to join `ranks` ranks; complete when IsReady. REQUIRES: the rank's GPU is current.
  Status Join(int ranks, const ncclUniqueId& id, int rank);
  // Whether the last call is over and its work is on its stream. Errors: whatever NCCL has found
  // since, kDeviceError. No other call may be made before it is true.
  StatusOr<bool> IsReady();
  // What a call has answered; one that is in progress is OK.
  Status Check(ncclResult_t result) const;

  const Nccl& nccl() const { return nccl_; }
  ncclComm_t get() const { return comm_; }

  // Ends it in peace with the peers, who do the same; by Abort if they do not within the cap, or
  // once `go_on` is false.
  void Close(const std::function<bool()>& go_on);
  // Ends what is under way here, on the GPU too. False if NCCL hangs in it.
  bool Abort();

 private:
  Nccl nccl_;
  std::chrono::milliseconds cap_;
  std::shared_ptr<void> kept_alive_;
  ncclComm_t comm_ = nullptr;
};

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_COMM_NCCL_LINK_H_
