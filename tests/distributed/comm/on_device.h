// OnDevice: lets tests that bring host memory use a communicator of device memory.
#ifndef LOCKSTEP_TESTS_DISTRIBUTED_COMM_ON_DEVICE_H_
#define LOCKSTEP_TESTS_DISTRIBUTED_COMM_ON_DEVICE_H_

#include <memory>
#include <vector>

#include "distributed/comm/communicator.h"
#include "distributed/comm/rank_gpu.h"

namespace lockstep {

// Sums what it copies to the device, on the compute stream, and back: nothing waits for the copy
// but the communicator. Borrows both.
class OnDevice final : public Communicator {
 public:
  OnDevice(Communicator* inner, RankGpu gpu) : inner_(inner), gpu_(gpu) {}

  int rank() const override { return inner_->rank(); }
  int size() const override { return inner_->size(); }
  std::string kind() const override { return inner_->kind(); }
  void StartAllReduceSum(const TreeSum& tree, std::span<float* const> partials, float* out,
                         int64_t elems) override;
  Status Wait() override;
  std::span<const PieceTimes> LastPieces() const override { return inner_->LastPieces(); }
  Status Broadcast(std::span<std::byte> bytes, int root) override {
    return inner_->Broadcast(bytes, root);
  }
  StatusOr<std::vector<std::string>> AllGather(const std::string& mine) override {
    return inner_->AllGather(mine);
  }
  Status Barrier() override { return inner_->Barrier(); }
  Status Await(const OutsideCall& call, const std::function<StatusOr<bool>()>& poll) override {
    return inner_->Await(call, poll);
  }
  void Abort(const Status& cause) override { inner_->Abort(cause); }

 private:
  struct Pending {
    std::vector<std::vector<float>> partials;  // until they are copied: longer than the caller's
    std::vector<std::unique_ptr<DeviceMemory>> memory;
    float* host_out = nullptr;
    float* out = nullptr;
    int64_t bytes = 0;
  };

  Communicator* inner_;
  RankGpu gpu_;
  std::vector<Pending> pending_;
};

}  // namespace lockstep

#endif  // LOCKSTEP_TESTS_DISTRIBUTED_COMM_ON_DEVICE_H_
