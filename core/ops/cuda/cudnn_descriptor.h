// One descriptor of cuDNN's graph API: created, given its attributes one by one, finalized.
#ifndef LOCKSTEP_CORE_OPS_CUDA_CUDNN_DESCRIPTOR_H_
#define LOCKSTEP_CORE_OPS_CUDA_CUDNN_DESCRIPTOR_H_

#include <cudnn.h>

#include <cstdint>
#include <initializer_list>
#include <span>
#include <utility>
#include <vector>

#include "core/device/cuda_libraries.h"
#include "core/ops/cuda/library_status.h"

namespace lockstep::cuda {

// Move-only. A call that must not fail ends the program if it does (library_status.h).
class CudnnDescriptor {
 public:
  CudnnDescriptor(const Cudnn* dnn, cudnnBackendDescriptorType_t type) : dnn_(dnn) {
    Check(dnn_->BackendCreateDescriptor(type, &descriptor_), "cudnnBackendCreateDescriptor");
  }
  CudnnDescriptor(CudnnDescriptor&& other) noexcept
      : dnn_(other.dnn_), descriptor_(std::exchange(other.descriptor_, nullptr)) {}
  CudnnDescriptor& operator=(CudnnDescriptor&& other) noexcept {
    std::swap(dnn_, other.dnn_);
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~CudnnDescriptor() {
    if (descriptor_ != nullptr) dnn_->BackendDestroyDescriptor(descriptor_);
  }

  cudnnBackendDescriptor_t get() const { return descriptor_; }

  template <typename T>
  CudnnDescriptor& Set(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type,
                       std::span<const T> values) {
    Check(dnn_->BackendSetAttribute(descriptor_, name, type, static_cast<int64_t>(values.size()),
                                    values.data()),
          "cudnnBackendSetAttribute");
    return *this;
  }
  template <typename T>
  CudnnDescriptor& Set(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type,
                       const T& value) {
    return Set(name, type, std::span<const T>(&value, 1));
  }
  CudnnDescriptor& SetInts(cudnnBackendAttributeName_t name,
                           std::initializer_list<int64_t> values) {
    return Set(name, CUDNN_TYPE_INT64, std::span<const int64_t>(values.begin(), values.size()));
  }
  CudnnDescriptor& SetFloat(cudnnBackendAttributeName_t name, float value) {
    return Set(name, CUDNN_TYPE_FLOAT, value);
  }
  CudnnDescriptor& SetDescriptor(cudnnBackendAttributeName_t name, const CudnnDescriptor& value) {
    return Set(name, CUDNN_TYPE_BACKEND_DESCRIPTOR, value.get());
  }

  // False where cuDNN does not support what the attributes say.
  bool TryFinalize() { return dnn_->BackendFinalize(descriptor_) == CUDNN_STATUS_SUCCESS; }
  CudnnDescriptor Finalized() && {
    Check(dnn_->BackendFinalize(descriptor_), "cudnnBackendFinalize");
    return std::move(*this);
  }

  // The values of an attribute, at most `most`; none where cuDNN has none to give.
  template <typename T>
  std::vector<T> Get(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type,
                     int64_t most) const {
    std::vector<T> values(static_cast<size_t>(most));
    int64_t count = 0;
    const cudnnStatus_t status =
        dnn_->BackendGetAttribute(descriptor_, name, type, most, &count, values.data());
    if (status != CUDNN_STATUS_SUCCESS) count = 0;
    values.resize(static_cast<size_t>(count < most ? count : most));
    return values;
  }
  // Fills descriptors that the caller made; returns how many were filled.
  int64_t GetDescriptors(cudnnBackendAttributeName_t name,
                         const std::vector<CudnnDescriptor>& into) const {
    std::vector<cudnnBackendDescriptor_t> raw;
    for (const CudnnDescriptor& one : into) raw.push_back(one.get());
    int64_t count = 0;
    const cudnnStatus_t status =
        dnn_->BackendGetAttribute(descriptor_, name, CUDNN_TYPE_BACKEND_DESCRIPTOR,
                                  static_cast<int64_t>(raw.size()), &count, raw.data());
    return status == CUDNN_STATUS_SUCCESS ? count : 0;
  }

 private:
  void Check(cudnnStatus_t status, const char* call) const {
    if (status != CUDNN_STATUS_SUCCESS) EndForLibrary(call, dnn_->GetErrorString(status));
  }

  const Cudnn* dnn_;
  cudnnBackendDescriptor_t descriptor_ = nullptr;
};

}  // namespace lockstep::cuda

#endif  // LOCKSTEP_CORE_OPS_CUDA_CUDNN_DESCRIPTOR_H_
