#include "core/ops/cpu_conv.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>

#include "core/base/check.h"
#include "core/device/buffer.h"
#include "core/device/tensor.h"
#include "core/ops/cpu_activation.h"
#include "core/ops/cpu_conv_onednn.h"
#include "core/ops/cpu_kernels.h"
#include "core/ops/specs.h"

namespace lockstep {
namespace {

class CpuConvPlan final : public ConvPlan {
 public:
  CpuConvPlan(const ConvSpec& spec, CpuWorkspace* workspace)
      : spec_(spec), workspace_(workspace), passes_(spec, workspace) {}

  // The activation is not given to oneDNN: its relu makes 0 of a NaN, and a network that diverged
  // would look sound.
  void Forward(Matrix x, const float* w, const float* b, Matrix y, bool same_weights) override {
    if (!same_weights) Forget();
    if (x.rows == 0) return;
    passes_.Forward(x, w, b, y, PackedFrom::kKernel);
    ApplyToAll(spec_.activation, y.data, y.data, y.elems());
  }

  void Infer(Matrix x, const float* w, const float* b, const BatchNormParameters& p, Matrix y,
             bool same_weights) override {
    LOCKSTEP_CHECK(spec_.activation == ActivationKind::kLinear, "an activation comes in between");
    if (!same_weights) Forget();
    if (x.rows == 0) return;
    if (!folded_) Fold(w, b, p);
    passes_.Forward(x, folded_kernel_.data(), folded_bias_.data(), y, PackedFrom::kFoldedKernel);
    ApplyToAll(spec_.folded_activation, y.data, y.data, y.elems());
  }

  void Backward(Matrix x, const float* w, const LinearGradients& g, bool same_weights) override {
    if (!same_weights) Forget();
    const int64_t filters = spec_.out.channels;
    ApplyGradient(spec_.activation, nullptr, g.y.data, g.dy.data, g.dy.data, g.dy.elems());
    if (g.db != nullptr) {
      kernels::ColumnSums(g.dy.data, g.db, g.dy.elems() / filters, filters);
    }
    if (x.rows == 0) {
      std::fill_n(g.dw, KernelElems(), 0.0f);
      return;
    }
    passes_.KernelGradient(x, g.dy, g.dw);
    if (g.dx != nullptr) passes_.InputGradient(g.dy, w, g.dx);
  }

 private:
  void Forget() {
    folded_ = false;
    passes_.Forget();
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
    folded_ = true;
  }

  const ConvSpec spec_;
  CpuWorkspace* const workspace_;
  ConvOneDnn passes_;
  bool folded_ = false;  // whether folded_kernel_ and folded_bias_ are of the present weights
  Buffer<float> folded_kernel_, folded_bias_, scale_;
};

}  // namespace

std::unique_ptr<ConvPlan> MakeCpuConvPlan(const ConvSpec& spec, CpuWorkspace* workspace) {
  return std::make_unique<CpuConvPlan>(spec, workspace);
}

}  // namespace lockstep
