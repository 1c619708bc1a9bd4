// The three passes of a convolution by oneDNN, for one number of rows.
#ifndef LOCKSTEP_CORE_OPS_CPU_CONV_ONEDNN_H_
#define LOCKSTEP_CORE_OPS_CPU_CONV_ONEDNN_H_

#include <oneapi/dnnl/dnnl.hpp>

#include <cstdint>
#include <memory>
#include <vector>

#include "core/device/buffer.h"
#include "core/device/tensor.h"
#include "core/ops/cpu_workspace.h"
#include "core/ops/specs.h"

namespace lockstep {

// What a packed copy of the kernel was made from.
enum class PackedFrom { kNothing, kKernel, kFoldedKernel };

// The layouts and packed kernels of a convolution of fixed sizes, and its passes for each number of
// rows, made when that number first comes up. One thread at a time.
class ConvOneDnn {
 public:
  ConvOneDnn(const ConvSpec& spec, CpuWorkspace* workspace);
  ~ConvOneDnn();

  // The kernel has changed: packed copies are made again when next needed.
  void Forget();
  // y = conv(x) + b, `from` says what w is.
  void Forward(Matrix x, const float* w, const float* b, Matrix y, PackedFrom from);
  void InputGradient(Matrix dy, const float* w, float* dx);
  void KernelGradient(Matrix x, Matrix dy, float* dw);

 private:
  struct PackedKernel;
  struct Pass;
  struct Passes;  // of one number of rows
  // Looked for among those that there are, else made.
  Passes& For(int64_t rows);
  PackedKernel* PackedAs(const dnnl::memory::desc& layout);
  // The kernel for a pass: as it lies, or its packed copy, made again where it is of another.
  dnnl_memory_t Kernel(const float* w, PackedKernel* packed, PackedFrom from);

  const ConvSpec spec_;
  CpuWorkspace* const workspace_;
  dnnl::engine engine_;
  dnnl::stream stream_;
  dnnl::memory plain_;  // the kernel as it lies
  dnnl::memory bias_;
  Buffer<float> no_bias_;
  std::vector<std::unique_ptr<PackedKernel>> packed_;
  std::vector<std::unique_ptr<Passes>> passes_;
};

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_OPS_CPU_CONV_ONEDNN_H_
