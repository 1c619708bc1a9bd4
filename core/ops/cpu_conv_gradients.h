// The gradients of a convolution, part by part.
#ifndef LOCKSTEP_CORE_OPS_CPU_CONV_GRADIENTS_H_
#define LOCKSTEP_CORE_OPS_CPU_CONV_GRADIENTS_H_

#include <cstdint>
#include <memory>

#include "core/ops/cpu_conv_parts.h"
#include "core/ops/cpu_workspace.h"
#include "core/ops/specs.h"

namespace lockstep {

// dx. Parts are those of spec().
class ConvInputGradient {
 public:
  virtual ~ConvInputGradient() = default;
  virtual const ConvSpec& spec() const = 0;
  // Whether a part may be a band of a picture.
  virtual bool takes_bands() const = 0;
  virtual void Forget() = 0;
  virtual void Prepare(const ConvPart& part) = 0;
  // dy and dx are the whole batch's.
  virtual void Run(const ConvPart& part, const float* dy, const float* w, float* dx) = 0;
};

// As a convolution of dy where it is one, else (strides, padding over the window) oneDNN's own.
// Leaves the workspace's first `reserved_elems` alone if the window is one pixel.
std::unique_ptr<ConvInputGradient> MakeInputGradient(const ConvSpec& spec, int64_t reserved_elems,
                                                     CpuWorkspace* workspace);

// dw, summed over parts.
class ConvKernelGradient {
 public:
  virtual ~ConvKernelGradient() = default;
  virtual void Prepare(const ConvPart& part) = 0;
  // Parts in their order. The sum stays in the workspace or in dw until Finish.
  virtual void Add(const ConvPart& part, const float* x, const float* dy, bool is_first,
                   float* dw) = 0;
  virtual void Finish(float* dw) = 0;
  // Of the workspace, from its start on. Known after the first Prepare.
  virtual int64_t reserved_elems() const = 0;
};

// As a product of matrices where the window is one pixel, else oneDNN's own pass.
std::unique_ptr<ConvKernelGradient> MakeKernelGradient(const ConvSpec& spec,
                                                       CpuWorkspace* workspace);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_OPS_CPU_CONV_GRADIENTS_H_
