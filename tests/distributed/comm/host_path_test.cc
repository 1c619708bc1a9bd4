#include "distributed/comm/host_path.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/distributed/comm/conformance.h"
#include "tests/distributed/comm/on_device.h"
#include "tests/testing/fake_device.h"
#include "tests/testing/thread_ranks.h"

namespace lockstep {
namespace {

constexpr LocalOptions kShort = {.deadline = std::chrono::milliseconds(300)};

// Ranks that all share `device`.
void OnSharedGpu(int ranks, const LocalOptions& local, const HostPathOptions& options,
                 FakeDevice* device, const std::function<void(OnDevice*)>& body) {
  OnThreadRanks(ranks, local, [&](Communicator* host) {
    const auto compute = device->MakeStream(StreamPriority::kUsual);
    const RankGpu gpu = {device, compute->get()};
    const auto made = MakeHostPath(host, gpu, options);
    ASSERT_TRUE(made.ok()) << made.status();
    EXPECT_TRUE(host->Barrier().ok());
    OnDevice communicator(made->get(), gpu);
    body(&communicator);
  });
  EXPECT_EQ(device->allocated_bytes(), 0);
}

class RanksOfOneGpu : public testing::TestWithParam<int> {};

TEST_P(RanksOfOneGpu, ConformToTheNaiveTreeSumBitForBit) {
  FakeDevice device({.memory_bytes = int64_t{1} << 30, .most_delay_us = 100});
  const HostPathOptions options = {.most_elems = 1'600'000,
                                   .leaf_counts = {1, 2, 3, 4, 5, 7, 8, 13, 16}};
  OnSharedGpu(GetParam(), {}, options, &device, [](OnDevice* communicator) {
    EXPECT_EQ(CheckConformance(communicator), "") << "rank " << communicator->rank();
  });
}

INSTANTIATE_TEST_SUITE_P(, RanksOfOneGpu, testing::Values(1, 2, 3, 4));

Status SumOnce(OnDevice* communicator) {
  std::vector<float> value(1000, 1);
  float* partials[] = {value.data()};
  communicator->StartAllReduceSum({3}, partials, value.data(), 1000);
  LOCKSTEP_RETURN_IF_ERROR(communicator->Wait());
  EXPECT_EQ(value, std::vector<float>(1000, 3));
  return OkStatus();
}

const HostPathOptions kOptions = {.most_elems = 1000, .leaf_counts = {3}};

TEST(HostPath, ARankThatDoesNotComeIsNamed) {
  FakeDevice device({});
  std::atomic<int> over = 0;
  OnSharedGpu(3, kShort, kOptions, &device, [&](OnDevice* communicator) {
    EXPECT_TRUE(SumOnce(communicator).ok());
    const bool late = communicator->rank() == 1;
    while (late && over < 2) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    for (int call = 0; call < 2; ++call) {
      const Status status = SumOnce(communicator);
      EXPECT_EQ(ExitCodeOf(status), ExitCode::kPeerLost);
      EXPECT_EQ(status.message().find("rank 1 did not arrive at all-reduce "), 0u) << status;
    }
    ++over;
  });
}

TEST(HostPath, AGpuThatFailsIsToldByEveryRank) {
  FakeDevice device({.index = 5});
  std::atomic<int> started = 0;
  OnSharedGpu(3, {}, kOptions, &device, [&](OnDevice* communicator) {
    EXPECT_TRUE(SumOnce(communicator).ok());
    std::vector<float> value(1000, 1);
    float* partials[] = {value.data()};
    communicator->StartAllReduceSum({3}, partials, value.data(), 1000);
    ++started;
    while (started < 3) std::this_thread::yield();
    if (communicator->rank() == 2) device.Break("an illegal address");
    while (device.MakeCurrent().ok()) std::this_thread::yield();
    const Status status = communicator->Wait();
    EXPECT_EQ(ExitCodeOf(status), ExitCode::kDeviceError);
    EXPECT_NE(status.message().find(", all-reduce 1: GPU 5: an illegal address"),
              std::string::npos)
        << status;
    EXPECT_EQ(communicator->Barrier(), status);
  });
}

TEST(HostPath, ARankThatLeavesDuringAnAllReduceFailsItsPeers) {
  FakeDevice device({});
  auto hosts = MakeLocalCommunicators(2);
  const auto compute = device.MakeStream(StreamPriority::kUsual);
  const RankGpu gpu = {&device, compute->get()};
  std::unique_ptr<Communicator> made[2];
  std::thread other([&] { made[1] = *MakeHostPath(hosts[1].get(), gpu, kOptions); });
  made[0] = *MakeHostPath(hosts[0].get(), gpu, kOptions);
  other.join();
  const auto memory = *device.Allocate(4000, "a test", MemoryPlace::kDevice);
  auto* value = static_cast<float*>(memory->data());
  float* partials[] = {value};
  made[0]->StartAllReduceSum({2}, partials, value, 1000);
  made[0].reset();
  EXPECT_EQ(made[1]->Barrier().message(), "rank 0 left during all-reduce 0");
}

}  // namespace
}  // namespace lockstep
