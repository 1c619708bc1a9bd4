#include "distributed/comm/local_communicator.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>

#include "tests/distributed/comm/conformance.h"
#include "tests/testing/thread_ranks.h"

namespace lockstep {
namespace {

constexpr LocalOptions kShort = {.deadline = std::chrono::milliseconds(200)};

class ThreadRanks : public testing::TestWithParam<int> {};

TEST_P(ThreadRanks, ConformToTheNaiveTreeSumBitForBit) {
  OnThreadRanks(GetParam(), {}, [](Communicator* communicator) {
    EXPECT_EQ(CheckConformance(communicator), "") << "rank " << communicator->rank();
  });
}

INSTANTIATE_TEST_SUITE_P(, ThreadRanks, testing::Values(1, 2, 3, 4, 5, 8));

TEST(LocalCommunicator, ARankThatDoesNotComeIsNamed) {
  std::atomic<int> over = 0;
  OnThreadRanks(4, kShort, [&](Communicator* communicator) {
    if (communicator->rank() == 3) {
      while (over < 3) std::this_thread::sleep_for(std::chrono::milliseconds(5));
      EXPECT_EQ(ExitCodeOf(communicator->Barrier()), ExitCode::kPeerLost);
      return;
    }
    const Status status = communicator->Barrier();
    ++over;
    EXPECT_EQ(ExitCodeOf(status), ExitCode::kPeerLost);
    EXPECT_EQ(std::string(status.message()).substr(0, 70),
              "rank 3 did not arrive at barrier 0 within 0.2 s; ranks 0, 1, 2 did; lo");
  });
}

TEST(LocalCommunicator, ARankThatStopsBetweenStartAndWaitIsNamed) {
  std::atomic<bool> over = false;
  OnThreadRanks(2, kShort, [&](Communicator* communicator) {
    std::vector<float> values(1000, 1.0f);
    float* partials[] = {values.data()};
    communicator->StartAllReduceSum({2}, partials, values.data(), 1000);
    // Rank 0 has come first and so has nothing done of it.
    if (communicator->rank() == 0) {
      while (!over) std::this_thread::sleep_for(std::chrono::milliseconds(5));
      return;
    }
    const Status status = communicator->Wait();
    over = true;
    if (status.ok()) return;  // rank 0 came second, and did its part at once
    EXPECT_NE(status.message().find("rank 0 did not"), absl::string_view::npos);
  });
}

TEST(LocalCommunicator, ARankThatDoesNotComeToACallOutsideIsNamed) {
  std::atomic<int> over = 0;
  OnThreadRanks(3, kShort, [&](Communicator* communicator) {
    const auto never = []() -> StatusOr<bool> { return false; };
    if (communicator->rank() == 1) {  // is still at the one before
      EXPECT_TRUE(communicator->Await({"transfer", 6}, [] { return true; }).ok());
      while (over < 2) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    const Status status = communicator->Await({"transfer", 7}, never);
    ++over;
    EXPECT_EQ(ExitCodeOf(status), ExitCode::kPeerLost);
    EXPECT_EQ(std::string(status.message()).substr(0, 65),
              "rank 1 did not arrive at transfer 7 within 0.2 s; ranks 0, 2 did;");
  });
}

TEST(LocalCommunicator, ACallOutsideThatHangsWithAllRanksThereIsNamed) {
  OnThreadRanks(3, kShort, [&](Communicator* communicator) {
    const Status status =
        communicator->Await({"transfer", 7}, []() -> StatusOr<bool> { return false; });
    EXPECT_EQ(ExitCodeOf(status), ExitCode::kPeerLost);
    EXPECT_EQ(status.message(),
              "transfer 7 is not complete after 0.2 s, though all ranks answer");
  });
}

TEST(LocalCommunicator, AnErrorOfACallOutsideFailsAllRanks) {
  OnThreadRanks(3, {}, [&](Communicator* communicator) {
    const bool fails = communicator->rank() == 2;
    const auto poll = [fails]() -> StatusOr<bool> {
      if (fails) return DeviceError("the link is down");
      return false;
    };
    for (int call = 0; call < 2; ++call) {
      EXPECT_EQ(ExitCodeOf(communicator->Await({"transfer", call}, poll)), ExitCode::kDeviceError);
      EXPECT_EQ(communicator->Barrier().message(), "the link is down");
    }
  });
}

TEST(LocalCommunicator, AbortEndsThePeersPendingAndLaterCallsWithItsCause) {
  OnThreadRanks(3, {}, [](Communicator* communicator) {
    if (communicator->rank() == 1) {
      communicator->Abort(NotFiniteError("loss is NaN"));
    }
    for (int call = 0; call < 2; ++call) {
      const Status status = communicator->Barrier();
      EXPECT_EQ(ExitCodeOf(status), ExitCode::kNotFinite);
      EXPECT_EQ(status.message(), "loss is NaN");
    }
  });
}

// Else the first rank that has found an error that all ranks share would hide it from the others.
TEST(LocalCommunicator, AFailureAfterACallDoesNotReachBackIntoIt) {
  for (int attempt = 0; attempt < 200; ++attempt) {
    OnThreadRanks(3, {}, [](Communicator* communicator) {
      const auto gathered = communicator->AllGather("rank " + std::to_string(communicator->rank()));
      communicator->Abort(StoppedError("stopped"));
      EXPECT_TRUE(gathered.ok()) << gathered.status();
      EXPECT_EQ(ExitCodeOf(communicator->Wait()), ExitCode::kStopped);
    });
  }
}

TEST(LocalCommunicator, ARankThatLeavesDuringAnAllReduceFailsItsPeers) {
  auto communicators = MakeLocalCommunicators(2);
  std::vector<float> values(10, 1.0f);
  float* partials[] = {values.data()};
  communicators[0]->StartAllReduceSum({2}, partials, values.data(), 10);
  communicators[0].reset();
  EXPECT_EQ(ExitCodeOf(communicators[1]->Barrier()), ExitCode::kPeerLost);
}

TEST(LocalCommunicator, DifferentCallsOnTheRanksAreABug) {
  OnThreadRanks(2, {}, [](Communicator* communicator) {
    std::byte byte{};
    const Status status = communicator->rank() == 0 ? communicator->Barrier()
                                                    : communicator->Broadcast({&byte, 1}, 0);
    EXPECT_EQ(ExitCodeOf(status), ExitCode::kBug);
  });
}

}  // namespace
}  // namespace lockstep
