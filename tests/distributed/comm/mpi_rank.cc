// One MPI rank of mpi_communicator_test: mpi_rank MODE [DEADLINE_MS]. Exits as lockstep does: with
// the exit code of its status.
#include <signal.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "core/base/clock.h"
#include "core/base/status.h"
#include "distributed/comm/communicator.h"
#include "distributed/comm/mpi_communicator.h"
#include "distributed/comm/mpirun_environment.h"
#include "tests/distributed/comm/conformance.h"

namespace lockstep {
namespace {

// How often a small all-reduce was complete before the rank asked for it: others went on with it
// while the rank did something else. Once in so many times even on a busy machine.
Status CheckGoesOnAlone(Communicator* communicator) {
  constexpr int kTimes = 40, kElems = 100'000;
  std::vector<float> values(kElems, 1.0f);
  float* partials[] = {values.data()};
  int alone = 0;
  for (int time = 0; time < kTimes; ++time) {
    LOCKSTEP_RETURN_IF_ERROR(communicator->Barrier());
    communicator->StartAllReduceSum({communicator->size()}, partials, values.data(), kElems);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    const int64_t asked = NowTicks();
    LOCKSTEP_RETURN_IF_ERROR(communicator->Wait());
    alone += communicator->LastPieces()[0].done < asked ? 1 : 0;
  }
  if (alone == 0) return CheckFailedError("all-reduces stand still between calls");
  return OkStatus();
}

Status Run(std::string_view mode, Communicator* communicator) {
  const int last = communicator->size() - 1;
  const bool is_last = communicator->rank() == last;
  if (mode == "conformance") {
    const std::string failure = CheckConformance(communicator);
    if (!failure.empty()) return CheckFailedError(failure);
    if (PlaceUnderMpirun()->rank != communicator->rank()) return CheckFailedError("other rank");
    if (is_last) std::printf("%d ranks conform\n", communicator->size());
    return OkStatus();
  }
  if (mode == "alone") return CheckGoesOnAlone(communicator);
  if (mode == "abort" && is_last) {
    communicator->Abort(NotFiniteError("loss is NaN at step 7"));
  }
  if (mode == "abort-ok" && is_last) communicator->Abort(OkStatus());
  if (mode == "kill" && is_last) raise(SIGKILL);
  if (mode == "hang" && is_last) std::this_thread::sleep_for(std::chrono::seconds(40));
  if (mode.substr(0, 7) == "outside") {
    if (mode == "outside-hang" && is_last) std::this_thread::sleep_for(std::chrono::seconds(40));
    return communicator->Await({"transfer", 7}, [&]() -> StatusOr<bool> {
      if (mode == "outside-error" && is_last) return DeviceError("the link is down");
      return false;
    });
  }
  std::vector<float> values(300'000, 1.0f);
  float* partials[] = {values.data()};
  for (int step = 0; step < 3; ++step) {
    communicator->StartAllReduceSum({communicator->size()}, partials, values.data(), 300'000);
    LOCKSTEP_RETURN_IF_ERROR(communicator->Wait());
  }
  return communicator->Barrier();
}

int Main(int argc, char** argv) {
  MpiOptions options;
  if (argc > 2) {
    int milliseconds = 0;
    std::from_chars(argv[2], argv[2] + std::string_view(argv[2]).size(), milliseconds);
    options.deadline = std::chrono::milliseconds(milliseconds);
  }
  auto communicator = MakeMpiCommunicator(options);
  if (!communicator.ok()) return static_cast<int>(ExitCodeOf(communicator.status()));
  const Status status = Run(argc > 1 ? argv[1] : "conformance", communicator->get());
  if (!status.ok()) (*communicator)->Abort(status);
  return static_cast<int>(ExitCodeOf(status));
}

}  // namespace
}  // namespace lockstep

int main(int argc, char** argv) { return lockstep::Main(argc, argv); }
