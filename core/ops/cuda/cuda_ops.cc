#include "core/ops/cuda/cuda_ops.h"

#include <cuda_runtime_api.h>

#include <string>
#include <utility>

#include "core/device/cuda_libraries.h"
#include "core/device/gpu.h"
#include "core/ops/cuda/cuda_math_libraries.h"
#include "core/ops/cuda/library_status.h"
#include "core/ops/cuda/stream_ops.h"

namespace lockstep {
namespace {

using cuda::CheckCuda;

class Stream {
 public:
  Stream() {
    CheckCuda(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "cudaStreamCreate");
  }
  ~Stream() { cudaStreamDestroy(stream_); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  cudaStream_t get() const { return stream_; }

 private:
  cudaStream_t stream_ = nullptr;
};

class CudaOpsOfStream final : public CudaOps {
 public:
  CudaOpsOfStream(const CublasLt& lt, const Cudnn& dnn, const std::string& name)
      : ops_(cuda::MakeStreamOps(stream_.get(), cuda::MakeCudaMathLibraries(lt, dnn, stream_.get()),
                                 name)) {}

  Ops* ops() override { return ops_.get(); }
  void Sync() override { CheckCuda(cudaStreamSynchronize(stream_.get()), "the work of a stream"); }

 private:
  Stream stream_;
  std::unique_ptr<Ops> ops_;
};

// The GPU's kind and the libraries that choose algorithms by it.
std::string NameOf(int device, const CublasLt& lt, const Cudnn& dnn) {
  cudaDeviceProp properties;
  CheckCuda(cudaGetDeviceProperties(&properties, device), "cudaGetDeviceProperties");
  return std::string("cuda ") + properties.name + " (sm_" + std::to_string(properties.major) +
         std::to_string(properties.minor) + ", cublasLt " + std::to_string(lt.GetVersion()) +
         ", cudnn " + std::to_string(dnn.GetVersion()) + ")";
}

}  // namespace

StatusOr<std::unique_ptr<CudaOps>> MakeCudaOps(int device) {
  LOCKSTEP_ASSIGN_OR_RETURN(const int count, CountGpus());
  if (device < 0 || device >= count) {
    return DeviceError("GPU " + std::to_string(device) + " of " + std::to_string(count) +
                       ": expected a number from 0 to " + std::to_string(count - 1));
  }
  LOCKSTEP_ASSIGN_OR_RETURN(const CublasLt lt, OpenCublasLt());
  LOCKSTEP_ASSIGN_OR_RETURN(const Cudnn dnn, OpenCudnn());
  CheckCuda(cudaSetDevice(device), "cudaSetDevice");
  return std::make_unique<CudaOpsOfStream>(lt, dnn, NameOf(device, lt, dnn));
}

}  // namespace lockstep
