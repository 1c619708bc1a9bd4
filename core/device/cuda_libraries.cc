#include "core/device/cuda_libraries.h"

#include "core/device/toolkit_library.h"

namespace lockstep {

StatusOr<CublasLt> OpenCublasLt() {
  LOCKSTEP_ASSIGN_OR_RETURN(SharedLibrary library, OpenToolkitLibrary("libcublasLt", CUBLAS_VER_MAJOR));
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
  LOCKSTEP_ASSIGN_OR_RETURN(SharedLibrary library, OpenToolkitLibrary("libcudnn", CUDNN_MAJOR));
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
