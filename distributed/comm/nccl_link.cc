#include "distributed/comm/nccl_link.h"

#include <future>
#include <string>
#include <thread>
#include <utility>

#include "core/base/clock.h"
#include "core/base/printable.h"
#include "distributed/comm/pause.h"

namespace lockstep {

NcclLink::NcclLink(const Nccl& nccl, std::chrono::milliseconds cap,
                   std::shared_ptr<void> kept_alive)
    : nccl_(nccl), cap_(cap), kept_alive_(std::move(kept_alive)) {}

NcclLink::~NcclLink() { Abort(); }

Status NcclLink::Join(int ranks, const ncclUniqueId& id, int rank) {
  ncclConfig_t config = NCCL_CONFIG_INITIALIZER;
  config.blocking = 0;
  return Check(nccl_.CommInitRankConfig(&comm_, ranks, id, rank, &config));
}

StatusOr<bool> NcclLink::IsReady() {
  ncclResult_t error = ncclSuccess;
  LOCKSTEP_RETURN_IF_ERROR(Check(nccl_.CommGetAsyncError(comm_, &error)));
  LOCKSTEP_RETURN_IF_ERROR(Check(error));
  return error == ncclSuccess;
}

Status NcclLink::Check(ncclResult_t result) const {
  constexpr size_t kLongest = 300;
  if (result == ncclSuccess || result == ncclInProgress) return OkStatus();
  const char* last = nccl_.GetLastError(comm_);
  const std::string more = last == nullptr ? "" : last;
  // NCCL itself says how to learn more.
  return DeviceError(std::string("NCCL: ") + nccl_.GetErrorString(result) +
                     (more.empty() ? "" : " (" + Printable(more, kLongest) + ")"));
}

void NcclLink::Close(const std::function<bool()>& go_on) {
  if (comm_ == nullptr) return;
  const int64_t start_ns = NowNs();
  bool closed = Check(nccl_.CommFinalize(comm_)).ok();
  for (int64_t waited_ns = 0; closed; waited_ns = NowNs() - start_ns) {
    const StatusOr<bool> ready = IsReady();
    if (ready.ok() && *ready) break;
    closed = ready.ok() && std::chrono::nanoseconds(waited_ns) < cap_ && go_on();
    PauseBetweenLooks(waited_ns);
  }
  if (closed && Check(nccl_.CommDestroy(comm_)).ok()) {
    comm_ = nullptr;
  } else {
    Abort();
  }
}

bool NcclLink::Abort() {
  if (comm_ == nullptr) return true;
  std::promise<void> promise;
  const std::future<void> over = promise.get_future();
  std::thread thread([abort = nccl_.CommAbort, comm = std::exchange(comm_, nullptr),
                      kept_alive = std::move(kept_alive_), promise = std::move(promise)]() mutable {
    abort(comm);
    kept_alive.reset();
    promise.set_value();
  });
  if (over.wait_for(cap_) == std::future_status::ready) {
    thread.join();
    return true;
  }
  thread.detach();
  return false;
}

}  // namespace lockstep
