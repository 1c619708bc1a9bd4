// The functions of cuBLASLt and cuDNN that lockstep calls. Both are opened when a GPU is first
// asked for: the binary then starts where they are missing and can say so, and needs no gigabyte
// of libraries to train on a CPU. NVIDIA's headers give the types; a struct of pointers also lets
// tests put their own library in place.
#ifndef LOCKSTEP_CORE_DEVICE_CUDA_LIBRARIES_H_
#define LOCKSTEP_CORE_DEVICE_CUDA_LIBRARIES_H_

#include <cublasLt.h>
#include <cudnn.h>

#include "core/base/status.h"

namespace lockstep {

// Each is called as its namesake, cublasLt + name.
struct CublasLt {
  decltype(&cublasLtCreate) Create = nullptr;
  decltype(&cublasLtDestroy) Destroy = nullptr;
  decltype(&cublasLtGetStatusString) GetStatusString = nullptr;
  decltype(&cublasLtGetVersion) GetVersion = nullptr;
  decltype(&cublasLtMatmul) Matmul = nullptr;
  decltype(&cublasLtMatmulAlgoGetHeuristic) MatmulAlgoGetHeuristic = nullptr;
  decltype(&cublasLtMatmulDescCreate) MatmulDescCreate = nullptr;
  decltype(&cublasLtMatmulDescDestroy) MatmulDescDestroy = nullptr;
  decltype(&cublasLtMatmulDescSetAttribute) MatmulDescSetAttribute = nullptr;
  decltype(&cublasLtMatmulPreferenceCreate) MatmulPreferenceCreate = nullptr;
  decltype(&cublasLtMatmulPreferenceDestroy) MatmulPreferenceDestroy = nullptr;
  decltype(&cublasLtMatmulPreferenceSetAttribute) MatmulPreferenceSetAttribute = nullptr;
  decltype(&cublasLtMatrixLayoutCreate) MatrixLayoutCreate = nullptr;
  decltype(&cublasLtMatrixLayoutDestroy) MatrixLayoutDestroy = nullptr;
};

// Each is called as its namesake, cudnn + name.
struct Cudnn {
  decltype(&cudnnBackendCreateDescriptor) BackendCreateDescriptor = nullptr;
  decltype(&cudnnBackendDestroyDescriptor) BackendDestroyDescriptor = nullptr;
  decltype(&cudnnBackendExecute) BackendExecute = nullptr;
  decltype(&cudnnBackendFinalize) BackendFinalize = nullptr;
  decltype(&cudnnBackendGetAttribute) BackendGetAttribute = nullptr;
  decltype(&cudnnBackendSetAttribute) BackendSetAttribute = nullptr;
  decltype(&cudnnCreate) Create = nullptr;
  decltype(&cudnnDestroy) Destroy = nullptr;
  decltype(&cudnnGetErrorString) GetErrorString = nullptr;
  decltype(&cudnnGetLastErrorString) GetLastErrorString = nullptr;
  decltype(&cudnnGetVersion) GetVersion = nullptr;
  decltype(&cudnnSetStream) SetStream = nullptr;
};

// Opens the library of the major version that this binary was built with: where the loader finds
// it, in $CUDA_HOME/lib64, or in /usr/local/cuda/lib64. Errors: kDeviceError, naming the file.
StatusOr<CublasLt> OpenCublasLt();
StatusOr<Cudnn> OpenCudnn();

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_DEVICE_CUDA_LIBRARIES_H_
