// The forward pass of a convolution by oneDNN. Pictures stay [n, H, W, C] as everywhere in
// lockstep; oneDNN chooses the kernel's layout. Primitives are made for each size of part
// (cpu_conv_parts.h) when it first comes up.
#ifndef LOCKSTEP_CORE_OPS_CPU_CONV_ONEDNN_H_
#define LOCKSTEP_CORE_OPS_CPU_CONV_ONEDNN_H_

#include <cstdint>
#include <memory>
#include <oneapi/dnnl/dnnl.hpp>
#include <vector>

#include "core/device/buffer.h"
#include "core/ops/cpu_conv_parts.h"
#include "core/ops/cpu_conv_primitive.h"
#include "core/ops/cpu_workspace.h"
#include "core/ops/specs.h"

namespace lockstep {

// How a pass reads the kernel [height, width, C/groups, filters].
enum class KernelUse {
  kAsItIs,  // for the output, or for the input's gradient by oneDNN's own pass
  kTurned,  // the convolution that yields the input's gradient: taps in reverse, channels and
            // filters swapped
};

// What the passes share, and the kernel in the layouts that oneDNN chose.
class ConvKernel {
 public:
  // `spec` is the convolution as the network has it.
  ConvKernel(const ConvSpec& spec, KernelUse use, CpuWorkspace* workspace);
  ConvKernel(ConvKernel&&);
  ~ConvKernel();

  // The kernel has changed: packed copies are made again when next needed.
  void Forget();
  // The kernel in a layout: `w` itself where it lies so, else its packed copy. Overwrites the
  // workspace.
  dnnl_memory_t In(const dnnl::memory::desc& layout, const float* w);
  // Makes room for the kernel in a layout.
  void Prepare(const dnnl::memory::desc& layout);
  // The kernel's dimensions, in a layout of oneDNN's choice.
  dnnl::memory::desc any() const;
  const dnnl::memory& plain() const { return plain_; }
  const dnnl::engine& engine() const { return engine_; }
  const dnnl::stream& stream() const { return stream_; }
  CpuWorkspace* workspace() const { return workspace_; }

 private:
  struct Packed;
  Packed* Find(const dnnl::memory::desc& layout);

  const ConvSpec spec_;
  const bool is_reversed_;  // more than one tap, and turned
  CpuWorkspace* const workspace_;
  dnnl::engine engine_;
  dnnl::stream stream_;
  dnnl::memory plain_;
  std::vector<std::unique_ptr<Packed>> packed_;
};

// y = conv(x) + b.
class ConvForward {
 public:
  ConvForward(const ConvSpec& spec, CpuWorkspace* workspace);
  // The pass of `spec` with `kernel`. It leaves the workspace's first `reserved_elems` alone, but
  // for packing a kernel of several taps.
  ConvForward(const ConvSpec& spec, ConvKernel kernel, int64_t reserved_elems);
  void Forget() { kernel_.Forget(); }
  void Prepare(const ConvPart& part) { For(part); }
  // x and y are the whole batch's. b may be nullptr.
  void Run(const ConvPart& part, const float* x, const float* w, const float* b, float* y);

 private:
  ConvPrimitive& For(const ConvPart& part);

  const ConvSpec spec_;
  ConvKernel kernel_;
  const int64_t reserved_elems_;
  dnnl::memory bias_;
  Buffer<float> no_bias_;
  ConvPrimitives primitives_;
};

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_OPS_CPU_CONV_ONEDNN_H_
