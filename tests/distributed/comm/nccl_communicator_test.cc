#include "distributed/comm/nccl_communicator.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/testing/fake_device.h"
#include "tests/testing/thread_ranks.h"

namespace lockstep {
namespace {

class RealNccl : public testing::TestWithParam<int> {};

// Whatever this machine lacks, library, driver or a second GPU: no rank hangs or crashes, and all
// say the same.
TEST_P(RealNccl, StartsOrEveryRankSaysInOneLineWhyNot) {
  const int ranks = GetParam();
  std::vector<std::unique_ptr<FakeDevice>> devices;
  for (int rank = 0; rank < ranks; ++rank) {
    devices.push_back(std::make_unique<FakeDevice>(FakeDeviceOptions{.index = rank}));
  }
  std::vector<Status> statuses(static_cast<size_t>(ranks));
  OnThreadRanks(ranks, {}, [&](Communicator* host) {
    const auto rank = static_cast<size_t>(host->rank());
    const auto compute = devices[rank]->MakeStream(StreamPriority::kUsual);
    statuses[rank] =
        MakeNcclCommunicator(host, {devices[rank].get(), compute->get()}, {.most_elems = 1000})
            .status();
  });
  for (const Status& status : statuses) {
    EXPECT_EQ(status, statuses[0]);
    if (status.ok()) continue;
    EXPECT_EQ(ExitCodeOf(status), ExitCode::kDeviceError) << status;
    EXPECT_EQ(status.message().substr(0, 5), "rank ") << status;
    EXPECT_EQ(status.message().find('\n'), std::string::npos) << status;
  }
}

INSTANTIATE_TEST_SUITE_P(, RealNccl, testing::Values(1, 2));

}  // namespace
}  // namespace lockstep
