// Convolutions by a library, on any Device (kernel_ops.h).
//
// lockstep's kernels are [height,width,C/groups,filters], as Keras' are; libraries want the filter
// first. So a plan keeps a transposed copy, made anew where the weights may have changed, and
// transposes the gradient back: kernels are small beside pictures. Libraries pad an axis evenly;
// where a convolution does not, as "same" padding with stride 2 does not, the plan keeps a padded
// picture of its own.
#ifndef LOCKSTEP_CORE_OPS_CUDA_CONV_PLAN_H_
#define LOCKSTEP_CORE_OPS_CUDA_CONV_PLAN_H_

#include <cstdint>
#include <map>
#include <memory>

#include "core/base/check.h"
#include "core/device/tensor.h"
#include "core/ops/cuda/dense_plan.h"
#include "core/ops/cuda/element_kernels.h"
#include "core/ops/cuda/kernel_plans.h"
#include "core/ops/cuda/linear_kernels.h"
#include "core/ops/cuda/math_libraries.h"
#include "core/ops/ops.h"
#include "core/ops/specs.h"

namespace lockstep::cuda {

// Where a picture lies in its padded copy.
struct PictureFrame {
  explicit PictureFrame(const ConvSpec& spec)
      : in(spec.in),
        padded{spec.in.height + spec.window.pad_top + spec.window.pad_bottom,
               spec.in.width + spec.window.pad_left + spec.window.pad_right, spec.in.channels},
        offset((spec.window.pad_top * padded.width + spec.window.pad_left) * in.channels),
        is_needed(spec.window.pad_top != spec.window.pad_bottom ||
                  spec.window.pad_left != spec.window.pad_right) {}

  // From pictures to their places in the copy, and back.
  BlockCopy Inwards(int64_t n) const {
    const int64_t line = in.width * in.channels;
    return {n, in.height, line, in.elems(), line, padded.elems(), padded.width * in.channels};
  }
  BlockCopy Outwards(int64_t n) const {
    const int64_t line = in.width * in.channels;
    return {n, in.height, line, padded.elems(), padded.width * in.channels, in.elems(), line};
  }

  ImageSize in, padded;
  int64_t offset;
  bool is_needed;
};

template <typename Device>
class LibraryConv final : public ConvPlan {
 public:
  LibraryConv(Device* device, MathLibraries* libraries, const ConvSpec& spec)
      : device_(device),
        libraries_(libraries),
        spec_(spec),
        frame_(spec),
        taps_(spec.window.height * spec.window.width * spec.in.channels / spec.groups),
        weights_(device->Floats(taps_ * spec.out.channels)),
        weight_gradients_(device->Floats(taps_ * spec.out.channels)),
        bias_(device->Floats(spec.out.channels)),
        pictures_(device->Floats(frame_.is_needed ? spec.max_rows * frame_.padded.elems() : 0)) {
    LOCKSTEP_CHECK(
        spec.activation != ActivationKind::kSoftmax && spec.activation != ActivationKind::kGelu,
        "softmax and gelu are ops of their own");
  }

  void Forward(Matrix x, const float* w, const float* b, Matrix y, bool same_weights) override {
    if (y.rows == 0) return;
    Prepare(w, same_weights, Prepared::kPlain);
    RunForward(x, b, y, spec_.activation);
  }

  void Infer(Matrix x, const float* w, const float* b, const BatchNormParameters& p, Matrix y,
             bool same_weights) override {
    LOCKSTEP_CHECK(spec_.activation == ActivationKind::kLinear, "an activation comes in between");
    if (y.rows == 0) return;
    if (Prepare(w, same_weights, Prepared::kFolded)) {
      device_->ForEach(
          taps_ * spec_.out.channels,
          FoldKernel{p, spec_.folded_epsilon, weights_.data(), b, bias_.data(), taps_});
    }
    RunForward(x, bias_.data(), y, spec_.folded_activation);
  }

  void Backward(Matrix x, const float* w, const LinearGradients& g, bool same_weights) override {
    const int64_t n = g.dy.rows, filters = spec_.out.channels;
    if (n == 0) {
      device_->ForEach(taps_ * filters, FillKernel{g.dw, 0});
      if (g.db != nullptr) device_->ForEach(filters, FillKernel{g.db, 0});
      return;
    }
    PreActivationGradient(device_, spec_.activation, g);
    if (g.db != nullptr) BiasGradient(device_, g.dy, filters, g.db);
    Find(n, ConvolutionPass::kWeightGradient, Ending::kNone)
        .run->Run(Padded(x), weight_gradients_.data(), g.dy.data, nullptr);
    Transpose(weight_gradients_.data(), g.dw, filters, taps_);
    if (g.dx == nullptr) return;
    Prepare(w, same_weights, Prepared::kPlain);
    float* dx = frame_.is_needed ? pictures_.data() : g.dx;
    Find(n, ConvolutionPass::kInputGradient, Ending::kNone)
        .run->Run(dx, weights_.data(), g.dy.data, nullptr);
    if (frame_.is_needed) Copy(frame_.Outwards(n), dx + frame_.offset, g.dx);
  }

 private:
  enum class Prepared { kNothing, kPlain, kFolded };
  struct Key {
    int64_t n;
    ConvolutionPass pass;
    Ending ending;
    auto operator<=>(const Key&) const = default;
  };
  struct Planned {
    std::unique_ptr<Convolution> run;
    bool ends = true;  // as the key says
  };

  void Transpose(const float* from, float* to, int64_t rows, int64_t cols) {
    const TransposeKernel kernel = {from, to, rows, cols};
    device_->ForEachBlock(kernel.blocks(), kernel);
  }
  void Copy(const BlockCopy& blocks, const float* from, float* to) {
    device_->ForEach(blocks.outer * blocks.inner * blocks.block,
                     CopyBlocksKernel{blocks, from, to});
  }

  // Makes weights_ what is wanted, up to the folding; returns whether it had to.
  bool Prepare(const float* w, bool same_weights, Prepared wanted) {
    if (same_weights && prepared_ == wanted) return false;
    Transpose(w, weights_.data(), taps_, spec_.out.channels);
    prepared_ = wanted;
    return true;
  }

  // The pictures as the library takes them.
  float* Padded(Matrix x) {
    if (!frame_.is_needed) return x.data;
    device_->ForEach(x.rows * frame_.padded.elems(), FillKernel{pictures_.data(), 0});
    Copy(frame_.Inwards(x.rows), x.data, pictures_.data() + frame_.offset);
    return pictures_.data();
  }

  void RunForward(Matrix x, const float* b, Matrix y, ActivationKind activation) {
    const Planned& forward =
        Find(y.rows, ConvolutionPass::kForward, EndingOf(b != nullptr, activation));
    forward.run->Run(Padded(x), weights_.data(), y.data, b);
    if (forward.ends) return FinishActivation(device_, activation, y);
    device_->ForEach(y.elems(), BiasActivationKernel{activation, b, y.data, spec_.out.channels});
  }

  const Planned& Find(int64_t n, ConvolutionPass pass, Ending ending) {
    const auto [at, is_new] = planned_.try_emplace(Key{n, pass, ending});
    if (!is_new) return at->second;
    ConvolutionSpec spec = {spec_, n, pass, ending};
    if (frame_.is_needed) {
      spec.conv.in = frame_.padded;
      spec.conv.window.pad_top = spec.conv.window.pad_bottom = 0;
      spec.conv.window.pad_left = spec.conv.window.pad_right = 0;
    }
    Planned& planned = at->second;
    planned.run = libraries_->PlanConvolution(spec);
    if (planned.run == nullptr) {
      planned.ends = false;
      spec.ending = Ending::kNone;
      planned.run = libraries_->PlanConvolution(spec);
    }
    return planned;
  }

  Device* device_;
  MathLibraries* libraries_;
  ConvSpec spec_;
  PictureFrame frame_;
  int64_t taps_;  // of a filter
  typename Device::FloatArray weights_, weight_gradients_, bias_, pictures_;
  Prepared prepared_ = Prepared::kNothing;
  std::map<Key, Planned> planned_;
};

}  // namespace lockstep::cuda

#endif  // LOCKSTEP_CORE_OPS_CUDA_CONV_PLAN_H_
