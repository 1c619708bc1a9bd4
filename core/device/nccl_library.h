// The functions of NCCL that lockstep calls, opened when ranks first want them, as
// cuda_libraries.h does for cuBLASLt and cuDNN.
#ifndef LOCKSTEP_CORE_DEVICE_NCCL_LIBRARY_H_
#define LOCKSTEP_CORE_DEVICE_NCCL_LIBRARY_H_

#include <nccl.h>

#include "core/base/status.h"

namespace lockstep {

// Each is called as its namesake, nccl + name.
struct Nccl {
  decltype(&ncclAllReduce) AllReduce = nullptr;
  decltype(&ncclCommAbort) CommAbort = nullptr;
  decltype(&ncclCommDestroy) CommDestroy = nullptr;
  decltype(&ncclCommFinalize) CommFinalize = nullptr;
  decltype(&ncclCommGetAsyncError) CommGetAsyncError = nullptr;
  decltype(&ncclCommInitRankConfig) CommInitRankConfig = nullptr;
  decltype(&ncclGetErrorString) GetErrorString = nullptr;
  decltype(&ncclGetLastError) GetLastError = nullptr;
  decltype(&ncclGetUniqueId) GetUniqueId = nullptr;
  decltype(&ncclGetVersion) GetVersion = nullptr;
  decltype(&ncclGroupEnd) GroupEnd = nullptr;
  decltype(&ncclGroupStart) GroupStart = nullptr;
  decltype(&ncclRecv) Recv = nullptr;
  decltype(&ncclSend) Send = nullptr;
};

// OK if a library of this version, as ncclGetVersion writes it, has what lockstep needs: 2.14 and
// above have communicators that do not block. Errors: kDeviceError.
Status JudgeNcclVersion(int version);

// Opens libnccl.so.2 where the loader finds it, in $CUDA_HOME/lib64, or in /usr/local/cuda/lib64.
// Errors: kDeviceError, naming the file, or its version if that is too old.
StatusOr<Nccl> OpenNccl();

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_DEVICE_NCCL_LIBRARY_H_
