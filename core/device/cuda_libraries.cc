#include "core/device/cuda_libraries.h"

#include <cstdlib>
#include <string>
#include <vector>

#include "core/base/shared_library.h"

namespace lockstep {
namespace {

StatusOr<SharedLibrary> OpenOfToolkit(const std::string& name, int major) {
  std::vector<std::string> folders;
  if (const char* home = std::getenv("CUDA_HOME")) folders.push_back(std::string(home) + "/lib64");
  folders.push_back("/usr/local/cuda/lib64");
  return SharedLibrary::Open(name + ".so." + std::to_string(major), folders);
}

}  // namespace

StatusOr<CublasLt> OpenCublasLt() {
  LOCKSTEP_ASSIGN_OR_RETURN(SharedLibrary library, OpenOfToolkit("libcublasLt", CUBLAS_VER_MAJOR));
  CublasLt lt;
  library.Find("cublasLtCreate", &lt.Create);
  library.Find("cublasLtDestroy", &lt.Destroy);
  library.Find("cublasLtGetStatusString", &lt.GetStatusString);
  library.Find("cublasLtGetVersion", &lt.GetVersion);
  library.Find("cublasLtMatmul", &lt.Matmul);
  library.Find("cublasLtMatmulAlgoGetHeuristic", &lt.MatmulAlgoGetHeuristic);
  library.Find("cublasLtMatmulDescCreate", &lt.MatmulDescCreate);
  library.Find("cublasLtMatmulDescDestroy", &lt.MatmulDescDestroy);
  library.Find("cublasLtMatmulDescSetAttribute", &lt.MatmulDescSetAttribute);
  library.Find("cublasLtMatmulPreferenceCreate", &lt.MatmulPreferenceCreate);
  library.Find("cublasLtMatmulPreferenceDestroy", &lt.MatmulPreferenceDestroy);
  library.Find("cublasLtMatmulPreferenceSetAttribute", &lt.MatmulPreferenceSetAttribute);
  library.Find("cublasLtMatrixLayoutCreate", &lt.MatrixLayoutCreate);
  library.Find("cublasLtMatrixLayoutDestroy", &lt.MatrixLayoutDestroy);
  LOCKSTEP_RETURN_IF_ERROR(library.status());
  return lt;
}

StatusOr<Cudnn> OpenCudnn() {
  LOCKSTEP_ASSIGN_OR_RETURN(SharedLibrary library, OpenOfToolkit("libcudnn", CUDNN_MAJOR));
  Cudnn dnn;
  library.Find("cudnnBackendCreateDescriptor", &dnn.BackendCreateDescriptor);
  library.Find("cudnnBackendDestroyDescriptor", &dnn.BackendDestroyDescriptor);
  library.Find("cudnnBackendExecute", &dnn.BackendExecute);
  library.Find("cudnnBackendFinalize", &dnn.BackendFinalize);
  library.Find("cudnnBackendGetAttribute", &dnn.BackendGetAttribute);
  library.Find("cudnnBackendSetAttribute", &dnn.BackendSetAttribute);
  library.Find("cudnnCreate", &dnn.Create);
  library.Find("cudnnDestroy", &dnn.Destroy);
  library.Find("cudnnGetErrorString", &dnn.GetErrorString);
  library.Find("cudnnGetLastErrorString", &dnn.GetLastErrorString);
  library.Find("cudnnGetVersion", &dnn.GetVersion);
  library.Find("cudnnSetStream", &dnn.SetStream);
  LOCKSTEP_RETURN_IF_ERROR(library.status());
  return dnn;
}

}  // namespace lockstep
