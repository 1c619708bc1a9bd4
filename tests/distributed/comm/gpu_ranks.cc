#include "tests/distributed/comm/gpu_ranks.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "distributed/comm/nccl_rank.h"
#include "tests/testing/thread_ranks.h"

namespace lockstep {

void OnGpuRanks(const GpuRanksOptions& options, const std::function<void(GpuRank*)>& body) {
  FakeNccl nccl(options.nccl);
  std::vector<std::unique_ptr<FakeDevice>> devices;
  for (int rank = 0; rank < options.ranks; ++rank) {
    FakeDeviceOptions device = {.index = rank, .most_delay_us = options.most_delay_us};
    if (rank == options.odd_rank) device.memory_bytes = options.odd_memory_bytes;
    devices.push_back(std::make_unique<FakeDevice>(device));
  }
  OnThreadRanks(options.ranks, {.deadline = options.deadline}, [&](Communicator* host) {
    FakeDevice* device = devices[static_cast<size_t>(host->rank())].get();
    const auto compute = device->MakeStream(StreamPriority::kUsual);
    const bool odd = host->rank() == options.odd_rank;
    GpuRank rank = {.host = host,
                    .device = device,
                    .compute = compute->get(),
                    .nccl = &nccl,
                    .made = MakeNcclRank(odd ? options.odd_nccl : FakeNccl::Functions(), host,
                                         {device, compute->get()}, options.communicator)};
    body(&rank);
  });
  nccl.Release();
  for (const auto& device : devices) {
    for (int look = 0; look < 1000 && device->allocated_bytes() > 0; ++look) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    EXPECT_EQ(device->allocated_bytes(), 0) << "GPU " << device->index();
  }
  EXPECT_EQ(nccl.open(), 0);
  devices.clear();  // their work uses `nccl`
}

}  // namespace lockstep
