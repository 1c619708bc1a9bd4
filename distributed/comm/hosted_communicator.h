// What communicators of GPU memory have in common: bytes of the host, deadline and spreading of
// failures are those of the communicator that the ranks have already.
#ifndef LOCKSTEP_DISTRIBUTED_COMM_HOSTED_COMMUNICATOR_H_
#define LOCKSTEP_DISTRIBUTED_COMM_HOSTED_COMMUNICATOR_H_

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "distributed/comm/communicator.h"

namespace lockstep {

class HostedCommunicator : public Communicator {
 public:
  // Borrows `host`.
  explicit HostedCommunicator(Communicator* host) : host_(host) {}

  int rank() const override { return host_->rank(); }
  int size() const override { return host_->size(); }

  Status Broadcast(std::span<std::byte> bytes, int root) override {
    LOCKSTEP_RETURN_IF_ERROR(Wait());
    return Note(host_->Broadcast(bytes, root));
  }

  StatusOr<std::vector<std::string>> AllGather(const std::string& mine) override {
    LOCKSTEP_RETURN_IF_ERROR(Wait());
    StatusOr<std::vector<std::string>> all = host_->AllGather(mine);
    LOCKSTEP_RETURN_IF_ERROR(Note(all.status()));
    return all;
  }

  Status Barrier() override {
    LOCKSTEP_RETURN_IF_ERROR(Wait());
    return Note(host_->Barrier());
  }

  Status Await(const OutsideCall& call, const std::function<StatusOr<bool>()>& poll) override {
    LOCKSTEP_RETURN_IF_ERROR(failure_);
    return Note(host_->Await(call, poll));
  }

  // The rank's own thread finds the host's failure wherever it waits.
  void Abort(const Status& cause) override { host_->Abort(cause); }

 protected:
  // Keeps the first failure.
  const Status& Note(const Status& status) {
    if (!failure_.ok() || status.ok()) return failure_;
    failure_ = status;
    OnFailure();
    return failure_;
  }

  // A failure that the host's communicator does not know yet: it tells the peers.
  const Status& Fail(const OutsideCall& call, const Status& status) {
    return Note(host_->Await(call, [&]() -> StatusOr<bool> { return status; }));
  }

  Communicator* host() const { return host_; }
  const Status& failure() const { return failure_; }

 private:
  // Ends what goes on beside the host's communicator.
  virtual void OnFailure() {}

  Communicator* host_;
  Status failure_;
};

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_COMM_HOSTED_COMMUNICATOR_H_
