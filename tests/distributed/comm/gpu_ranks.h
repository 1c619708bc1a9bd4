// Runs a function on thread ranks with a FakeDevice each, which reduce by a FakeNccl.
#ifndef LOCKSTEP_TESTS_DISTRIBUTED_COMM_GPU_RANKS_H_
#define LOCKSTEP_TESTS_DISTRIBUTED_COMM_GPU_RANKS_H_

#include <chrono>
#include <functional>
#include <memory>

#include "core/base/status.h"
#include "core/device/nccl_library.h"
#include "distributed/comm/communicator.h"
#include "distributed/comm/nccl_options.h"
#include "tests/testing/fake_device.h"
#include "tests/testing/fake_nccl.h"

namespace lockstep {

struct GpuRanksOptions {
  int ranks = 3;
  std::chrono::milliseconds deadline{60'000};
  FakeNcclOptions nccl = {};
  NcclOptions communicator = {.most_elems = 1000, .leaf_counts = {3}};
  int most_delay_us = 200;
  // The rank that has these instead of what the others have; -1: none.
  int odd_rank = -1;
  int64_t odd_memory_bytes = int64_t{256} << 20;
  StatusOr<Nccl> odd_nccl = FakeNccl::Functions();
};

// What a rank's body is given.
struct GpuRank {
  Communicator* host = nullptr;
  FakeDevice* device = nullptr;
  DeviceStream* compute = nullptr;
  FakeNccl* nccl = nullptr;
  StatusOr<std::unique_ptr<Communicator>> made;
  int rank() const { return host->rank(); }
  RankGpu gpu() const { return {device, compute}; }
};

// Calls `body` on every rank and waits for all. All memory of the devices must have been freed and
// every communicator of NCCL ended after it.
void OnGpuRanks(const GpuRanksOptions& options, const std::function<void(GpuRank*)>& body);

}  // namespace lockstep

#endif  // LOCKSTEP_TESTS_DISTRIBUTED_COMM_GPU_RANKS_H_
