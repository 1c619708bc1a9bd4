#include "distributed/comm/nccl_rank.h"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <ostream>
#include <string>
#include <thread>
#include <vector>

#include "core/base/clock.h"
#include "core/base/hash.h"
#include "distributed/comm/rank_sum.h"
#include "distributed/train/replica_check.h"
#include "tests/distributed/comm/conformance.h"
#include "tests/distributed/comm/gpu_ranks.h"
#include "tests/distributed/comm/on_device.h"

namespace lockstep {
namespace {

using Kind = NcclFault::Kind;

constexpr int64_t kElems = 1000;
constexpr std::chrono::milliseconds kShort(300);

struct Way {
  int ranks;
  int looks_in_progress;
  friend void PrintTo(const Way& way, std::ostream* out) { *out << way.ranks << " ranks"; }
};

class GpuRanks : public testing::TestWithParam<Way> {};

TEST_P(GpuRanks, ConformToTheNaiveTreeSumBitForBit) {
  GpuRanksOptions options = {.ranks = GetParam().ranks};
  options.nccl.looks_in_progress = GetParam().looks_in_progress;
  options.communicator = {.most_elems = 1'500'007, .leaf_counts = {1, 2, 3, 4, 5, 7, 8, 13, 16}};
  OnGpuRanks(options, [](GpuRank* rank) {
    ASSERT_TRUE(rank->made.ok()) << rank->made.status();
    OnDevice communicator(rank->made->get(), rank->gpu());
    EXPECT_EQ(CheckConformance(&communicator), "") << "rank " << rank->rank();
    EXPECT_EQ(rank->nccl->all_reduces(), 0);
    rank->made->reset();
    EXPECT_EQ(rank->nccl->aborts(), 0);
  });
}

INSTANTIATE_TEST_SUITE_P(, GpuRanks,
                         testing::Values(Way{1, 0}, Way{2, 0}, Way{3, 0}, Way{4, 0}, Way{5, 2},
                                         Way{8, 0}),
                         [](const auto& info) { return std::to_string(info.param.ranks); });

// One all-reduce over `leaves`, each value of leaf l being l + 1; the sum, or the error.
StatusOr<std::vector<float>> SumOnce(OnDevice* communicator, int64_t leaves) {
  std::vector<std::vector<float>> partials;
  std::vector<float*> pointers;
  const Range run = EvenPart(leaves, communicator->size(), communicator->rank());
  for (const TreeNode& node : MaximalSubtrees(leaves, run)) {
    float sum = 0;
    const Range below = LeavesOf(leaves, node);
    for (int64_t leaf = below.begin; leaf < below.end; ++leaf) sum += static_cast<float>(leaf + 1);
    pointers.push_back(partials.emplace_back(kElems, sum).data());
  }
  std::vector<float> out(kElems, -1);
  communicator->StartAllReduceSum({leaves}, pointers, out.data(), kElems);
  LOCKSTEP_RETURN_IF_ERROR(communicator->Wait());
  return out;
}

TEST(NcclRank, SumsByNcclsAllReduceOnlyWhereOrderIsFreeAndEachRankHasALeaf) {
  GpuRanksOptions options;
  options.communicator.exact = false;
  options.communicator.leaf_counts = {2, 3, 6};
  std::atomic<int> at = 0;
  OnGpuRanks(options, [&](GpuRank* rank) {
    OnDevice communicator(rank->made->get(), rank->gpu());
    for (const int64_t leaves : {3, 2, 6}) {
      const auto sum = SumOnce(&communicator, leaves);
      ASSERT_TRUE(sum.ok()) << sum.status();
      EXPECT_EQ(*sum, std::vector<float>(kElems, static_cast<float>(leaves * (leaves + 1) / 2)));
      EXPECT_TRUE(communicator.Barrier().ok());
      EXPECT_EQ(rank->nccl->all_reduces(), 3);
      EXPECT_EQ(rank->nccl->sends() > 0, leaves != 3);
      EXPECT_TRUE(communicator.Barrier().ok());
      ++at;
    }
  });
  EXPECT_EQ(at, 9);
}

TEST(NcclRank, StartsWithoutWaitingForWhatTheComputeStreamDoes) {
  OnGpuRanks({}, [](GpuRank* rank) {
    std::mutex mutex;
    std::condition_variable changed;
    bool open = false;
    static_cast<FakeQueue*>(rank->compute->native())->Enqueue([&] {
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return open; });
    });
    OnDevice communicator(rank->made->get(), rank->gpu());
    std::vector<float> value(kElems, static_cast<float>(rank->rank()));
    float* partials[] = {value.data()};
    for (int piece = 0; piece < 3; ++piece) {
      communicator.StartAllReduceSum({3}, partials, value.data(), kElems);
    }
    const std::span<const PieceTimes> pieces = communicator.LastPieces();
    EXPECT_EQ(pieces.size(), 3u);
    for (const PieceTimes& piece : pieces) EXPECT_EQ(piece.done, 0);
    {
      const std::lock_guard lock(mutex);
      open = true;
      changed.notify_all();
    }
    EXPECT_TRUE(communicator.Wait().ok());
    EXPECT_EQ(value[kElems - 1], 3);
  });
}

// A fault of rank 1 in the second of three all-reduces, or while ranks start, and what each of them
// then says.
struct Case {
  std::string name;
  NcclFault fault;
  ExitCode code;
  std::string message;
  friend void PrintTo(const Case& one, std::ostream* out) { *out << one.message; }
};

// Each exact all-reduce makes two calls of NCCL; number 0 is the start.
const Case kCases[] = {
    {"StartRefused", {Kind::kRefuses, 1, NcclFault::kAtStart}, ExitCode::kDeviceError,
     "rank 1, start of NCCL 0: NCCL: unhandled error"},
    {"StartBroken", {Kind::kBreaks, 1, NcclFault::kAtStart}, ExitCode::kDeviceError,
     "rank 1, start of NCCL 0: NCCL: remote process exited or there was a network error (a planted"},
    {"StartNeverOver", {Kind::kNeverFinishes, 1, NcclFault::kAtStart}, ExitCode::kPeerLost,
     "start of NCCL 0 is not complete after 0.3 s, though all ranks answer"},
    {"ScatterRefused", {Kind::kRefuses, 1, 2}, ExitCode::kDeviceError,
     "rank 1, all-reduce 2: NCCL: unhandled error (a planted"},
    {"GatherRefused", {Kind::kRefuses, 1, 3}, ExitCode::kDeviceError,
     "rank 1, all-reduce 2: NCCL: unhandled error (a planted"},
    {"ScatterBroken", {Kind::kBreaks, 1, 2}, ExitCode::kDeviceError,
     "rank 1, all-reduce 2: NCCL: remote process exited or there was a network error (a planted"},
    {"GatherBroken", {Kind::kBreaks, 1, 3}, ExitCode::kDeviceError,
     "rank 1, all-reduce 2: NCCL: remote process exited or there was a network error (a planted"},
    {"ScatterNeverOver", {Kind::kNeverFinishes, 1, 2}, ExitCode::kPeerLost,
     "all-reduce 2 is not complete after 0.3 s, though all ranks answer"},
    {"GatherNeverOver", {Kind::kNeverFinishes, 1, 3}, ExitCode::kPeerLost,
     "all-reduce 2 is not complete after 0.3 s, though all ranks answer"},
};

class NcclFaults : public testing::TestWithParam<Case> {};

// One all-reduce, then two at once.
Status SumThree(OnDevice* communicator, std::vector<std::vector<float>>* values) {
  LOCKSTEP_RETURN_IF_ERROR(SumOnce(communicator, 3).status());
  for (std::vector<float>& value : *values) {
    float* partials[] = {value.data()};
    communicator->StartAllReduceSum({3}, partials, value.data(), kElems);
  }
  return communicator->Wait();
}

TEST_P(NcclFaults, EndEveryRanksCallsWithTheSameVerdict) {
  GpuRanksOptions options = {.deadline = kShort};
  options.nccl.fault = GetParam().fault;
  OnGpuRanks(options, [](GpuRank* rank) {
    const auto expect_verdict = [](const Status& status) {
      EXPECT_EQ(ExitCodeOf(status), GetParam().code) << status;
      EXPECT_EQ(std::string(status.message()).substr(0, GetParam().message.size()),
                GetParam().message);
      EXPECT_EQ(status.message().find('\n'), std::string::npos) << status;
    };
    if (!rank->made.ok()) {
      EXPECT_EQ(GetParam().fault.call, NcclFault::kAtStart);
      return expect_verdict(rank->made.status());
    }
    std::vector<std::vector<float>> values(2, std::vector<float>(kElems, 1));
    OnDevice communicator(rank->made->get(), rank->gpu());
    for (int call = 0; call < 2; ++call) {
      expect_verdict(SumThree(&communicator, &values));
      expect_verdict(communicator.Barrier());
      expect_verdict(communicator.AllGather("").status());
      expect_verdict(communicator.Broadcast({}, 0));
    }
    EXPECT_GT(rank->nccl->aborts(), 0);
  });
}

INSTANTIATE_TEST_SUITE_P(, NcclFaults, testing::ValuesIn(kCases),
                         [](const auto& info) { return info.param.name; });

TEST(NcclRank, WaitsForATransferThatIsLate) {
  GpuRanksOptions options;
  options.nccl.fault = {Kind::kIsLate, 2, 1};
  OnGpuRanks(options, [](GpuRank* rank) {
    OnDevice communicator(rank->made->get(), rank->gpu());
    const auto sum = SumOnce(&communicator, 3);
    ASSERT_TRUE(sum.ok()) << sum.status();
    EXPECT_EQ(*sum, std::vector<float>(kElems, 6));
  });
}

TEST(NcclRank, ARankThatDoesNotComeIsNamedWithTheAllReduce) {
  GpuRanksOptions options = {.deadline = kShort};
  std::atomic<int> over = 0;
  OnGpuRanks(options, [&](GpuRank* rank) {
    OnDevice communicator(rank->made->get(), rank->gpu());
    EXPECT_TRUE(SumOnce(&communicator, 3).ok());
    while (rank->rank() == 2 && over < 2) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    const Status status = SumOnce(&communicator, 3).status();
    ++over;
    EXPECT_EQ(ExitCodeOf(status), ExitCode::kPeerLost);
    EXPECT_EQ(std::string(status.message()).substr(0, 66),
              "rank 2 did not arrive at all-reduce 2 within 0.3 s; ranks 0, 1 did");
  });
}

TEST(NcclRank, AGpuThatFailsIsNamedOnEveryRank) {
  OnGpuRanks({}, [](GpuRank* rank) {
    OnDevice communicator(rank->made->get(), rank->gpu());
    std::vector<float> value(kElems, 1);
    float* partials[] = {value.data()};
    communicator.StartAllReduceSum({3}, partials, value.data(), kElems);
    if (rank->rank() == 1) rank->device->Break("an illegal address");
    const Status status = communicator.Wait();
    if (status.ok() && rank->rank() != 1) return;  // was complete before
    EXPECT_EQ(ExitCodeOf(status), ExitCode::kDeviceError);
    EXPECT_EQ(status.message().find("rank 1, all-reduce 1: GPU 1: an illegal address"), 0u)
        << status;
  });
}

// A flipped bit on its way to one rank makes replicas differ, which the check of weights finds.
TEST(NcclRank, AFlippedBitInAReceivedSumIsFoundByTheReplicaCheck) {
  GpuRanksOptions options;
  options.nccl.fault = {Kind::kFlipsABit, 1, 1};
  OnGpuRanks(options, [](GpuRank* rank) {
    OnDevice communicator(rank->made->get(), rank->gpu());
    const auto sum = SumOnce(&communicator, 3);
    ASSERT_TRUE(sum.ok()) << sum.status();
    EXPECT_EQ(*sum == std::vector<float>(kElems, 6), rank->rank() != 1);
    const Status status =
        CheckWeightsAgree(&communicator, HashBytes(sum->data(), kElems * sizeof(float)), 7);
    EXPECT_EQ(ExitCodeOf(status), ExitCode::kReplicasDiffer);
    EXPECT_NE(status.message().find("rank 1"), std::string::npos) << status;
  });
}

TEST(NcclRank, GoesOnWithoutAnNcclThatHangsInItsEndAndKeepsItsMemoryForIt) {
  GpuRanksOptions options = {.deadline = kShort};
  options.nccl.fault = {Kind::kNeverFinishes, 1, 0};
  options.nccl.rank_with_hanging_end = 1;
  options.communicator.cap = kShort;
  OnGpuRanks(options, [](GpuRank* rank) {
    const int64_t start_ns = NowNs();
    OnDevice communicator(rank->made->get(), rank->gpu());
    EXPECT_EQ(ExitCodeOf(SumOnce(&communicator, 3).status()), ExitCode::kPeerLost);
    EXPECT_LT(NowNs() - start_ns, 20'000'000'000);
    rank->made->reset();
    if (rank->rank() == 1) {
      EXPECT_EQ(rank->nccl->open(), 1);
      EXPECT_GT(rank->device->allocated_bytes(), 0);
      rank->nccl->Release();
    }
  });
}

TEST(NcclRank, TooLittleMemoryIsToldByEveryRankAtTheStart) {
  GpuRanksOptions options = {.odd_rank = 1, .odd_memory_bytes = 2048};
  OnGpuRanks(options, [](GpuRank* rank) {
    EXPECT_EQ(ExitCodeOf(rank->made.status()), ExitCode::kDeviceError);
    EXPECT_EQ(std::string(rank->made.status().message()).substr(0, 99),
              "rank 1: GPU 1 has too little memory: summing peers' gradients needs 3072 bytes, 2048 "
              "of 2048 are fr");
  });
}

TEST(NcclRank, AHostWithoutNcclIsToldByEveryRankAtTheStart) {
  GpuRanksOptions options = {.odd_rank = 2, .odd_nccl = DeviceError("libnccl.so.2 is missing")};
  OnGpuRanks(options, [](GpuRank* rank) {
    EXPECT_EQ(ExitCodeOf(rank->made.status()), ExitCode::kDeviceError);
    EXPECT_EQ(rank->made.status().message(), "rank 2: libnccl.so.2 is missing");
  });
}

TEST(NcclRank, AbortEndsThePeersCallsWithItsCause) {
  OnGpuRanks({}, [](GpuRank* rank) {
    OnDevice communicator(rank->made->get(), rank->gpu());
    if (rank->rank() == 1) communicator.Abort(NotFiniteError("loss is NaN"));
    for (int call = 0; call < 2; ++call) {
      const Status status = SumOnce(&communicator, 3).status();
      EXPECT_EQ(ExitCodeOf(status), ExitCode::kNotFinite);
      EXPECT_EQ(status.message(), "loss is NaN");
    }
  });
}

TEST(NcclRank, ARankThatLeavesDuringAnAllReduceFailsItsPeers) {
  OnGpuRanks({}, [](GpuRank* rank) {
    OnDevice communicator(rank->made->get(), rank->gpu());
    std::vector<float> value(kElems, 1);
    float* partials[] = {value.data()};
    if (rank->rank() == 0) {
      // Its peers do not come before it has left.
      communicator.StartAllReduceSum({3}, partials, value.data(), kElems);
      rank->made->reset();
      EXPECT_EQ(ExitCodeOf(rank->host->Barrier()), ExitCode::kPeerLost);
      return;
    }
    while (rank->nccl->aborts() == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    const Status status = SumOnce(&communicator, 3).status();
    EXPECT_EQ(ExitCodeOf(status), ExitCode::kPeerLost);
    EXPECT_EQ(status.message(), "rank 0 left during all-reduce 1");
  });
}

}  // namespace
}  // namespace lockstep
