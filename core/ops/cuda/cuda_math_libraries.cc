#include "core/ops/cuda/cuda_math_libraries.h"

#include <cstddef>
#include <cstdint>

#include "core/ops/cuda/cublas_product.h"
#include "core/ops/cuda/cudnn_convolution.h"
#include "core/ops/cuda/device_memory.h"
#include "core/ops/cuda/library_status.h"

namespace lockstep::cuda {
namespace {

// What NVIDIA recommends for Hopper; smaller GPUs ask for less.
constexpr int64_t kProductBytes = 32 << 20;

class CudaMathLibraries final : public MathLibraries {
 public:
  CudaMathLibraries(const CublasLt& lt, const Cudnn& dnn, cudaStream_t stream)
      : product_memory_(kProductBytes / static_cast<int64_t>(sizeof(float))),
        cublas_{lt, nullptr, stream, product_memory_.data(), static_cast<size_t>(kProductBytes)},
        cudnn_{dnn, nullptr, [this](int64_t bytes) { return ConvolutionMemory(bytes); }} {
    const cublasStatus_t lt_status = lt.Create(&cublas_.handle);
    if (lt_status != CUBLAS_STATUS_SUCCESS) {
      EndForLibrary("cublasLtCreate", lt.GetStatusString(lt_status));
    }
    cudnnStatus_t dnn_status = dnn.Create(&cudnn_.handle);
    if (dnn_status == CUDNN_STATUS_SUCCESS) dnn_status = dnn.SetStream(cudnn_.handle, stream);
    if (dnn_status != CUDNN_STATUS_SUCCESS) {
      EndForLibrary("cudnnCreate", dnn.GetErrorString(dnn_status));
    }
  }
  ~CudaMathLibraries() override {
    cudnn_.dnn.Destroy(cudnn_.handle);
    cublas_.lt.Destroy(cublas_.handle);
  }

  std::unique_ptr<Product> PlanProduct(const ProductSpec& spec) override {
    return PlanCublasProduct(&cublas_, spec);
  }
  std::unique_ptr<Convolution> PlanConvolution(const ConvolutionSpec& spec) override {
    return PlanCudnnConvolution(&cudnn_, spec);
  }
  int64_t workspace_bytes() const override { return kProductBytes + convolution_bytes_; }

 private:
  // One block for all convolutions, which run one after another.
  void* ConvolutionMemory(int64_t bytes) {
    if (bytes > convolution_bytes_) {
      convolution_memory_ = DeviceFloats(0);  // waits for what still runs in it
      convolution_memory_ = DeviceFloats((bytes + 3) / 4);
      convolution_bytes_ = bytes;
    }
    return convolution_memory_.data();
  }

  DeviceFloats product_memory_;
  DeviceFloats convolution_memory_{0};
  int64_t convolution_bytes_ = 0;
  CublasContext cublas_;
  CudnnContext cudnn_;
};

}  // namespace

std::unique_ptr<MathLibraries> MakeCudaMathLibraries(const CublasLt& lt, const Cudnn& dnn,
                                                     cudaStream_t stream) {
  return std::make_unique<CudaMathLibraries>(lt, dnn, stream);
}

}  // namespace lockstep::cuda
