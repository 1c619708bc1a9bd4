#include "core/ops/bfloat16_ops.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include "core/base/check.h"
#include "core/device/buffer.h"
#include "core/device/tensor.h"
#include "core/ops/bfloat16.h"
#include "core/ops/specs.h"

namespace lockstep {
namespace {

// A rounded copy of an array; its memory is taken once.
class RoundedCopy {
 public:
  explicit RoundedCopy(int64_t most) : values_(static_cast<size_t>(most)) {}

  // nullptr stays nullptr.
  float* Of(const float* x, int64_t elems) {
    if (x == nullptr) return nullptr;
    LOCKSTEP_CHECK(elems <= static_cast<int64_t>(values_.size()), "an array of %lld",
                   static_cast<long long>(elems));
    std::transform(x, x + elems, values_.data(), RoundedToBfloat16);
    return values_.data();
  }
  Matrix Of(Matrix x) { return {Of(x.data, x.elems()), x.rows, x.cols}; }

 private:
  Buffer<float> values_;
};

// dy becomes the gradient before the activation, in float32; what remains for the plan is linear.
LinearGradients BeforeActivation(Ops* inner, ActivationKind activation, const LinearGradients& g) {
  if (activation != ActivationKind::kLinear) {
    inner->ActivateGradient(activation, {nullptr, g.y.rows, g.y.cols}, g.y, g.dy, g.dy);
  }
  return g;
}

DenseSpec Linear(DenseSpec spec) {
  spec.activation = ActivationKind::kLinear;
  return spec;
}

class Bfloat16Dense final : public DensePlan {
 public:
  Bfloat16Dense(Ops* inner, const DenseSpec& spec)
      : inner_(inner),
        spec_(spec),
        forward_(inner->PlanDense(spec)),
        backward_(inner->PlanDense(Linear(spec))),
        x_(spec.max_rows * spec.in),
        w_(spec.in * spec.out),
        dy_(spec.max_rows * spec.out) {}

  void Forward(Matrix x, const float* w, const float* b, Matrix y) override {
    forward_->Forward(x_.Of(x), w_.Of(w, spec_.in * spec_.out), b, y);
  }
  void Backward(Matrix x, const float* w, const LinearGradients& gradients) override {
    LinearGradients g = BeforeActivation(inner_, spec_.activation, gradients);
    g.dy = dy_.Of(g.dy);
    backward_->Backward(x_.Of(x), w_.Of(w, spec_.in * spec_.out), g);
  }

 private:
  Ops* inner_;
  DenseSpec spec_;
  std::unique_ptr<DensePlan> forward_, backward_;
  RoundedCopy x_, w_, dy_;
};

class Bfloat16SparseDense final : public SparseDensePlan {
 public:
  Bfloat16SparseDense(Ops* inner, const DenseSpec& spec)
      : inner_(inner),
        spec_(spec),
        forward_(inner->PlanSparseDense(spec)),
        backward_(inner->PlanSparseDense(Linear(spec))),
        w_(spec.in * spec.out),
        dy_(spec.max_rows * spec.out) {}

  void Forward(const SparseRows& x, const float* w, const float* b, Matrix y) override {
    forward_->Forward(x, w_.Of(w, spec_.in * spec_.out), b, y);
  }
  void Backward(const SparseRows& x, const LinearGradients& gradients) override {
    LinearGradients g = BeforeActivation(inner_, spec_.activation, gradients);
    g.dy = dy_.Of(g.dy);
    backward_->Backward(x, g);
  }

 private:
  Ops* inner_;
  DenseSpec spec_;
  std::unique_ptr<SparseDensePlan> forward_, backward_;
  RoundedCopy w_, dy_;
};

class Bfloat16Conv final : public ConvPlan {
 public:
  Bfloat16Conv(Ops* inner, const ConvSpec& spec)
      : inner_(inner),
        spec_(spec),
        weights_(spec.window.height * spec.window.width * spec.in.channels / spec.groups *
                 spec.out.channels),
        forward_(inner->PlanConv(spec)),
        backward_(inner->PlanConv(LinearConv(spec))),
        x_(spec.max_rows * spec.in.elems()),
        w_(weights_),
        dy_(spec.max_rows * spec.out.elems()) {}

  // `same_weights` speaks of the last call of one plan, and there are two: it is not handed on.
  void Forward(Matrix x, const float* w, const float* b, Matrix y, bool /*same_weights*/) override {
    forward_->Forward(x_.Of(x), w_.Of(w, weights_), b, y, false);
  }
  void Infer(Matrix x, const float* w, const float* b, const BatchNormParameters& p, Matrix y,
             bool /*same_weights*/) override {
    forward_->Infer(x_.Of(x), w_.Of(w, weights_), b, p, y, false);
  }
  void Backward(Matrix x, const float* w, const LinearGradients& gradients,
                bool /*same_weights*/) override {
    LinearGradients g = BeforeActivation(inner_, spec_.activation, gradients);
    g.dy = dy_.Of(g.dy);
    backward_->Backward(x_.Of(x), w_.Of(w, weights_), g, false);
  }

 private:
  static ConvSpec LinearConv(ConvSpec spec) {
    spec.activation = ActivationKind::kLinear;
    return spec;
  }

  Ops* inner_;
  ConvSpec spec_;
  int64_t weights_;
  std::unique_ptr<ConvPlan> forward_, backward_;
  RoundedCopy x_, w_, dy_;
};

// Everything but the plans of products is the inner ops'.
class Bfloat16Ops final : public Ops {
 public:
  explicit Bfloat16Ops(std::unique_ptr<Ops> inner) : inner_(std::move(inner)) {}

  std::string name() const override { return inner_->name() + " bfloat16"; }
  int64_t workspace_bytes() const override { return inner_->workspace_bytes() + rounded_bytes_; }

  std::unique_ptr<DensePlan> PlanDense(const DenseSpec& spec) override {
    Count(spec.max_rows * (spec.in + spec.out) + spec.in * spec.out);
    return std::make_unique<Bfloat16Dense>(inner_.get(), spec);
  }
  std::unique_ptr<SparseDensePlan> PlanSparseDense(const DenseSpec& spec) override {
    Count(spec.max_rows * spec.out + spec.in * spec.out);
    return std::make_unique<Bfloat16SparseDense>(inner_.get(), spec);
  }
  std::unique_ptr<ConvPlan> PlanConv(const ConvSpec& spec) override {
    Count(spec.max_rows * (spec.in.elems() + spec.out.elems()) +
          spec.window.height * spec.window.width * spec.in.channels / spec.groups *
              spec.out.channels);
    return std::make_unique<Bfloat16Conv>(inner_.get(), spec);
  }
  std::unique_ptr<PoolPlan> PlanPool(const PoolSpec& spec) override {
    return inner_->PlanPool(spec);
  }
  std::unique_ptr<BatchNormPlan> PlanBatchNorm(const BatchNormSpec& spec) override {
    return inner_->PlanBatchNorm(spec);
  }

  void Fill(float* x, int64_t elems, float value) override { inner_->Fill(x, elems, value); }
  void Add(const float* x, float* y, int64_t elems) override { inner_->Add(x, y, elems); }
  void MovingAverage(const float* x, float momentum, float* y, int64_t elems) override {
    inner_->MovingAverage(x, momentum, y, elems);
  }
  void CopyBlocks(const BlockCopy& blocks, const float* source, float* target) override {
    inner_->CopyBlocks(blocks, source, target);
  }
  void BytesToFloat(const uint8_t* x, const ImageScale& scale, float* y, int64_t elems) override {
    inner_->BytesToFloat(x, scale, y, elems);
  }
  double SumOfProducts(const float* x, const float* y, int64_t elems) override {
    return inner_->SumOfProducts(x, y, elems);
  }
  void Activate(ActivationKind kind, Matrix x, Matrix y) override { inner_->Activate(kind, x, y); }
  void ActivateGradient(ActivationKind kind, Matrix x, Matrix y, Matrix dy, Matrix dx) override {
    inner_->ActivateGradient(kind, x, y, dy, dx);
  }
  void Dropout(const DropoutSpec& spec, Matrix x, Matrix y) override {
    inner_->Dropout(spec, x, y);
  }
  void Lrn(const LrnSpec& spec, Matrix x, float* scale, Matrix y) override {
    inner_->Lrn(spec, x, scale, y);
  }
  void LrnGradient(const LrnSpec& spec, Matrix x, const float* scale, Matrix y, Matrix dy,
                   Matrix dx) override {
    inner_->LrnGradient(spec, x, scale, y, dy, dx);
  }
  LossSums Loss(LossKind kind, const LossBatch& batch) override {
    return inner_->Loss(kind, batch);
  }
  void Update(const UpdateSpec& spec, const UpdateBuffers& buffers) override {
    inner_->Update(spec, buffers);
  }

 private:
  void Count(int64_t elems) { rounded_bytes_ += elems * static_cast<int64_t>(sizeof(float)); }

  std::unique_ptr<Ops> inner_;
  int64_t rounded_bytes_ = 0;
};

}  // namespace

std::unique_ptr<Ops> MakeBfloat16Ops(std::unique_ptr<Ops> inner) {
  return std::make_unique<Bfloat16Ops>(std::move(inner));
}

}  // namespace lockstep
