#include "core/device/nccl_library.h"

#include <string>

#include "core/device/toolkit_library.h"

namespace lockstep {

Status JudgeNcclVersion(int version) {
  constexpr int kOldest = NCCL_VERSION(2, 14, 0);
  if (version >= kOldest) return OkStatus();
  // Up to 2.8 a version was written with one digit less.
  const int unit = version < 10000 ? 1000 : 10000;
  return DeviceError("libnccl.so.2 is NCCL " + std::to_string(version / unit) + "." +
                     std::to_string(version % unit / 100) + ", and 2.14 or newer is needed; "
                     "install a newer one, or add its folder to LD_LIBRARY_PATH");
}

StatusOr<Nccl> OpenNccl() {
  LOCKSTEP_ASSIGN_OR_RETURN(SharedLibrary library, OpenToolkitLibrary("libnccl", NCCL_MAJOR));
  Nccl nccl;
  library.Find("ncclAllReduce", &nccl.AllReduce);
  library.Find("ncclCommAbort", &nccl.CommAbort);
  library.Find("ncclCommDestroy", &nccl.CommDestroy);
  library.Find("ncclCommFinalize", &nccl.CommFinalize);
  library.Find("ncclCommGetAsyncError", &nccl.CommGetAsyncError);
  library.Find("ncclCommInitRankConfig", &nccl.CommInitRankConfig);
  library.Find("ncclGetErrorString", &nccl.GetErrorString);
  library.Find("ncclGetLastError", &nccl.GetLastError);
  library.Find("ncclGetUniqueId", &nccl.GetUniqueId);
  library.Find("ncclGetVersion", &nccl.GetVersion);
  library.Find("ncclGroupEnd", &nccl.GroupEnd);
  library.Find("ncclGroupStart", &nccl.GroupStart);
  library.Find("ncclRecv", &nccl.Recv);
  library.Find("ncclSend", &nccl.Send);
  LOCKSTEP_RETURN_IF_ERROR(library.status());
  int version = 0;
  if (nccl.GetVersion(&version) != ncclSuccess) version = 0;
  LOCKSTEP_RETURN_IF_ERROR(JudgeNcclVersion(version));
  return nccl;
}

}  // namespace lockstep
