// A batch goes through in parts (cpu_conv_parts.h): the activation follows while a part's output is
// in the cache, its gradient and the bias' come just before the kernel's gradient of that part.
//
// The input's gradient of a convolution without strides is itself a convolution, with the kernel
// turned around; oneDNN's forward pass is the faster of the two.
#include "core/ops/cpu_conv.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>

#include "core/base/check.h"
#include "core/device/buffer.h"
#include "core/device/tensor.h"
#include "core/ops/cpu_activation.h"
#include "core/ops/cpu_conv_gradients.h"
#include "core/ops/cpu_conv_onednn.h"
#include "core/ops/cpu_conv_parts.h"
#include "core/ops/cpu_kernels.h"
#include "core/ops/specs.h"

namespace lockstep {
namespace {

// Measured with 1 MiB of second-level cache. The kernel's gradient is added up over the parts,
// which must have pixels enough for that to cost little.
constexpr PartSize kPart = {.bytes = 1 << 20, .pixels = 256};
constexpr PartSize kKernelGradientPart = {.bytes = 1 << 20, .pixels = 3136};

class CpuConvPlan final : public ConvPlan {
 public:
  CpuConvPlan(const ConvSpec& spec, CpuWorkspace* workspace)
      : spec_(spec),
        workspace_(workspace),
        forward_(spec, workspace),
        kernel_gradient_(MakeKernelGradient(spec, workspace)),
        parts_(CutConv(spec, kPart)),
        kernel_gradient_parts_(CutConv(spec, kKernelGradientPart)) {
    const int64_t rows = std::max<int64_t>(spec.max_rows, 1);
    PrepareKernelGradient(rows);
    input_gradient_ = MakeInputGradient(spec, kernel_gradient_->reserved_elems(), workspace);
    is_pointwise_ = input_gradient_->takes_bands() && spec.window.height * spec.window.width == 1;
    if (is_pointwise_) {
      input_gradient_parts_ = kernel_gradient_parts_;
    } else if (input_gradient_->takes_bands()) {
      input_gradient_parts_ = CutConv(input_gradient_->spec(), kPart);
    } else {
      input_gradient_parts_ = {.images = rows, .rows = spec.out.height};
    }
    Prepare(rows);
  }

  void Forward(Matrix x, const float* w, const float* b, Matrix y, bool same_weights) override {
    if (!same_weights) Forget();
    if (packed_is_folded_) forward_.Forget();
    packed_is_folded_ = false;
    Convolve(x, w, b, y, spec_.activation);
  }

  void Infer(Matrix x, const float* w, const float* b, const BatchNormParameters& p, Matrix y,
             bool same_weights) override {
    LOCKSTEP_CHECK(spec_.activation == ActivationKind::kLinear, "an activation comes in between");
    if (!same_weights) Forget();
    if (!is_folded_) Fold(w, b, p);
    if (!packed_is_folded_) forward_.Forget();
    packed_is_folded_ = true;
    Convolve(x, folded_kernel_.data(), folded_bias_.data(), y, spec_.folded_activation);
  }

  void Backward(Matrix x, const float* w, const LinearGradients& g, bool same_weights) override {
    if (!same_weights) Forget();
    Prepare(x.rows);
    std::fill_n(g.dw, x.rows == 0 ? KernelElems() : 0, 0.0f);
    if (g.db != nullptr) std::fill_n(g.db, spec_.out.channels, 0.0f);
    bool is_first = true;
    ForEachConvPart(spec_, kernel_gradient_parts_, x.rows, [&](const ConvPart& part) {
      ApplySlopes(part, g);
      // Reads dy from end to end, as memory likes it; the kernel's gradient, which does not, then
      // finds it in the cache.
      if (is_pointwise_ && g.dx != nullptr) input_gradient_->Run(part, g.dy.data, w, g.dx);
      kernel_gradient_->Add(part, x.data, g.dy.data, is_first, g.dw);
      is_first = false;
    });
    if (x.rows > 0) kernel_gradient_->Finish(g.dw);
    if (is_pointwise_ || g.dx == nullptr) return;
    ForEachConvPart(input_gradient_->spec(), input_gradient_parts_, x.rows,
                    [&](const ConvPart& part) { input_gradient_->Run(part, g.dy.data, w, g.dx); });
  }

 private:
  void Forget() {
    is_folded_ = false;
    forward_.Forget();
    input_gradient_->Forget();
  }

  // Makes what is missing for n pictures. Nothing may grow the workspace while a sum lies there.
  void Prepare(int64_t n) {
    ForEachConvPart(spec_, parts_, n, [&](const ConvPart& part) { forward_.Prepare(part); });
    PrepareKernelGradient(n);
    ForEachConvPart(input_gradient_->spec(), input_gradient_parts_, n,
                    [&](const ConvPart& part) { input_gradient_->Prepare(part); });
  }

  void PrepareKernelGradient(int64_t n) {
    ForEachConvPart(spec_, kernel_gradient_parts_, n,
                    [&](const ConvPart& part) { kernel_gradient_->Prepare(part); });
  }

  // The activation is not given to oneDNN: its relu makes 0 of a NaN, and a network that diverged
  // would look sound.
  void Convolve(Matrix x, const float* w, const float* b, Matrix y, ActivationKind activation) {
    ForEachConvPart(spec_, parts_, x.rows, [&](const ConvPart& part) {
      forward_.Run(part, x.data, w, b, y.data);
      float* const of_part = y.data + OutputOffset(spec_, part);
      ApplyToAll(activation, of_part, of_part, OutputPixels(spec_, part) * spec_.out.channels);
    });
  }

  // dy of a part becomes the gradient before the activation, and is added to db.
  void ApplySlopes(const ConvPart& part, const LinearGradients& g) {
    const int64_t at = OutputOffset(spec_, part), pixels = OutputPixels(spec_, part);
    const int64_t filters = spec_.out.channels;
    float* const dy = g.dy.data + at;
    if (spec_.activation == ActivationKind::kRelu && g.db != nullptr) {
      return kernels::ReluGradientAndSums(g.y.data + at, dy, g.db, pixels, filters);
    }
    ApplyGradient(spec_.activation, nullptr, g.y.data + at, dy, dy, pixels * filters);
    if (g.db != nullptr) kernels::AddColumnSums(dy, g.db, pixels, filters);
  }

  int64_t KernelElems() const {
    return spec_.window.height * spec_.window.width * spec_.in.channels / spec_.groups *
           spec_.out.channels;
  }

  // gamma * (conv(x) + b - mean) / sqrt(variance + epsilon) + beta is a convolution again.
  void Fold(const float* w, const float* b, const BatchNormParameters& p) {
    const size_t filters = static_cast<size_t>(spec_.out.channels);
    const size_t elems = static_cast<size_t>(KernelElems());
    if (folded_kernel_.size() == 0) {
      folded_kernel_ = Buffer<float>(elems);
      folded_bias_ = Buffer<float>(filters);
      scale_ = Buffer<float>(filters);
      workspace_->AddOwned(static_cast<int64_t>((elems + 2 * filters) * sizeof(float)));
    }
    for (size_t f = 0; f < filters; ++f) {
      scale_[f] = p.gamma[f] / std::sqrt(p.variance[f] + spec_.folded_epsilon);
      folded_bias_[f] = ((b != nullptr ? b[f] : 0.0f) - p.mean[f]) * scale_[f] + p.beta[f];
    }
    for (size_t i = 0; i < elems; i += filters) {
      for (size_t f = 0; f < filters; ++f) folded_kernel_[i + f] = w[i + f] * scale_[f];
    }
    is_folded_ = true;
    forward_.Forget();
  }

  const ConvSpec spec_;
  CpuWorkspace* const workspace_;
  ConvForward forward_;
  std::unique_ptr<ConvKernelGradient> kernel_gradient_;
  std::unique_ptr<ConvInputGradient> input_gradient_;
  bool is_pointwise_ = false;  // the gradients need no pixel but their own, and share their parts
  ConvParts parts_, kernel_gradient_parts_, input_gradient_parts_;
  bool is_folded_ = false;         // whether the folded kernel is of the present weights
  bool packed_is_folded_ = false;  // whether forward_ has last had the folded kernel
  Buffer<float> folded_kernel_, folded_bias_, scale_;
};

}  // namespace

std::unique_ptr<ConvPlan> MakeCpuConvPlan(const ConvSpec& spec, CpuWorkspace* workspace) {
  return std::make_unique<CpuConvPlan>(spec, workspace);
}

}  // namespace lockstep
