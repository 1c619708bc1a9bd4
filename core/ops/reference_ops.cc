// The oracle: every op as its definition says, in double, rounded once where float32 is stored.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/base/check.h"
#include "core/base/rng.h"
#include "core/device/tensor.h"
#include "core/ops/element.h"
#include "core/ops/ops.h"
#include "core/ops/reference_batch_norm.h"
#include "core/ops/reference_conv.h"
#include "core/ops/reference_loss.h"
#include "core/ops/reference_lrn.h"
#include "core/ops/reference_pool.h"
#include "core/ops/reference_update.h"
#include "core/ops/specs.h"

namespace lockstep {
namespace {

void CheckSpec(const DenseSpec& spec) {
  LOCKSTEP_CHECK(
      spec.activation != ActivationKind::kSoftmax && spec.activation != ActivationKind::kGelu,
      "softmax and gelu are ops of their own");
}

// A multi-hot batch as the dense matrix it stands for.
std::vector<float> Densify(const SparseRows& x) {
  std::vector<float> dense(static_cast<size_t>(x.rows * x.columns), 0.0f);
  for (int64_t row = 0; row < x.rows; ++row) {
    for (const uint32_t k : x.ones[row]) dense[static_cast<size_t>(row * x.columns + k)] = 1;
  }
  return dense;
}

class ReferenceDense : public DensePlan {
 public:
  explicit ReferenceDense(const DenseSpec& spec) : spec_(spec) { CheckSpec(spec); }

  void Forward(Matrix x, const float* w, const float* b, Matrix y) override {
    for (int64_t row = 0; row < x.rows; ++row) {
      for (int64_t j = 0; j < spec_.out; ++j) {
        double sum = b != nullptr ? b[j] : 0;
        for (int64_t k = 0; k < spec_.in; ++k) {
          sum += static_cast<double>(x.data[row * spec_.in + k]) * w[k * spec_.out + j];
        }
        y.data[row * spec_.out + j] = static_cast<float>(Activated(spec_.activation, sum));
      }
    }
  }

  void Backward(Matrix x, const float* w, const LinearGradients& gradients) override {
    PreActivationGradient(gradients);
    if (gradients.dw != nullptr) WeightGradient(x, gradients);
    if (gradients.db != nullptr) BiasGradient(gradients);
    if (gradients.dx != nullptr) InputGradient(w, gradients);
  }

 private:
  void PreActivationGradient(const LinearGradients& gradients) {
    if (spec_.activation == ActivationKind::kLinear) return;  // y may be absent
    for (int64_t i = 0; i < gradients.dy.elems(); ++i) {
      const double y = gradients.y.data[i], dy = gradients.dy.data[i];
      gradients.dy.data[i] = static_cast<float>(ActivationGradient(spec_.activation, 0.0, y, dy));
    }
  }

  void WeightGradient(Matrix x, const LinearGradients& gradients) {
    for (int64_t k = 0; k < spec_.in; ++k) {
      for (int64_t j = 0; j < spec_.out; ++j) {
        double sum = 0;
        for (int64_t row = 0; row < x.rows; ++row) {
          sum += static_cast<double>(x.data[row * spec_.in + k]) *
                 gradients.dy.data[row * spec_.out + j];
        }
        gradients.dw[k * spec_.out + j] = static_cast<float>(sum);
      }
    }
  }

  void BiasGradient(const LinearGradients& gradients) {
    for (int64_t j = 0; j < spec_.out; ++j) {
      double sum = 0;
      for (int64_t row = 0; row < gradients.dy.rows; ++row) {
        sum += gradients.dy.data[row * spec_.out + j];
      }
      gradients.db[j] = static_cast<float>(sum);
    }
  }

  void InputGradient(const float* w, const LinearGradients& gradients) {
    for (int64_t row = 0; row < gradients.dy.rows; ++row) {
      for (int64_t k = 0; k < spec_.in; ++k) {
        double sum = 0;
        for (int64_t j = 0; j < spec_.out; ++j) {
          sum += static_cast<double>(gradients.dy.data[row * spec_.out + j]) * w[k * spec_.out + j];
        }
        gradients.dx[row * spec_.in + k] = static_cast<float>(sum);
      }
    }
  }

  const DenseSpec spec_;
};

// The dense layer on the dense matrix.
class ReferenceSparseDense : public SparseDensePlan {
 public:
  explicit ReferenceSparseDense(const DenseSpec& spec) : dense_(spec) {}

  void Forward(const SparseRows& x, const float* w, const float* b, Matrix y) override {
    std::vector<float> dense = Densify(x);
    dense_.Forward({dense.data(), x.rows, x.columns}, w, b, y);
  }

  void Backward(const SparseRows& x, const LinearGradients& gradients) override {
    std::vector<float> dense = Densify(x);
    dense_.Backward({dense.data(), x.rows, x.columns}, nullptr, gradients);
  }

 private:
  ReferenceDense dense_;
};

void Softmax(const float* x, float* y, int64_t elems) {
  const double largest = *std::max_element(x, x + elems);
  double total = 0;
  for (int64_t j = 0; j < elems; ++j) total += std::exp(x[j] - largest);
  for (int64_t j = 0; j < elems; ++j) {
    y[j] = static_cast<float>(std::exp(x[j] - largest) / total);
  }
}

void SoftmaxGradient(const float* y, const float* dy, float* dx, int64_t elems) {
  double dot = 0;
  for (int64_t j = 0; j < elems; ++j) dot += static_cast<double>(dy[j]) * y[j];
  for (int64_t j = 0; j < elems; ++j) dx[j] = static_cast<float>(y[j] * (dy[j] - dot));
}

class ReferenceOps : public Ops {
 public:
  std::string name() const override { return "reference"; }
  int64_t workspace_bytes() const override { return 0; }

  std::unique_ptr<DensePlan> PlanDense(const DenseSpec& spec) override {
    return std::make_unique<ReferenceDense>(spec);
  }
  std::unique_ptr<SparseDensePlan> PlanSparseDense(const DenseSpec& spec) override {
    return std::make_unique<ReferenceSparseDense>(spec);
  }

  std::unique_ptr<ConvPlan> PlanConv(const ConvSpec& spec) override {
    return MakeReferenceConv(spec);
  }
  std::unique_ptr<PoolPlan> PlanPool(const PoolSpec& spec) override {
    return MakeReferencePool(spec);
  }
  std::unique_ptr<BatchNormPlan> PlanBatchNorm(const BatchNormSpec& spec) override {
    return MakeReferenceBatchNorm(spec);
  }

  void Fill(float* x, int64_t elems, float value) override { std::fill_n(x, elems, value); }
  void Add(const float* x, float* y, int64_t elems) override {
    for (int64_t i = 0; i < elems; ++i) y[i] += x[i];
  }
  void MovingAverage(const float* x, float momentum, float* y, int64_t elems) override {
    const float rest = OneMinus(momentum);
    for (int64_t i = 0; i < elems; ++i) {
      const double before = y[i], value = x[i];
      y[i] = static_cast<float>(MovingAverageOf(before, value, momentum, rest));
    }
  }
  void CopyBlocks(const BlockCopy& blocks, const float* source, float* target) override {
    for (int64_t i = 0; i < blocks.outer * blocks.inner * blocks.block; ++i) {
      const int64_t k = i % blocks.block, j = i / blocks.block % blocks.inner;
      const int64_t outer = i / (blocks.block * blocks.inner);
      target[outer * blocks.target_outer + j * blocks.target_inner + k] =
          source[outer * blocks.source_outer + j * blocks.source_inner + k];
    }
  }
  void BytesToFloat(const uint8_t* x, const ImageScale& scale, float* y, int64_t elems) override {
    for (int64_t i = 0; i < elems; ++i) {
      const int64_t c = i % scale.channels;
      const float mean = scale.mean == nullptr ? 0 : scale.mean[c];
      const float std = scale.std == nullptr ? 1 : scale.std[c];
      y[i] = ScaledByte(x[i], scale.divide_by, mean, std);
    }
  }
  double SumOfProducts(const float* x, const float* y, int64_t elems) override {
    double sum = 0;
    for (int64_t i = 0; i < elems; ++i) sum += static_cast<double>(x[i]) * y[i];
    return sum;
  }

  void Activate(ActivationKind kind, Matrix x, Matrix y) override {
    for (int64_t row = 0; row < x.rows; ++row) {
      const float* from = x.data + row * x.cols;
      float* to = y.data + row * x.cols;
      if (kind == ActivationKind::kSoftmax) {
        Softmax(from, to, x.cols);
        continue;
      }
      for (int64_t j = 0; j < x.cols; ++j) {
        to[j] = static_cast<float>(Activated(kind, static_cast<double>(from[j])));
      }
    }
  }

  void ActivateGradient(ActivationKind kind, Matrix x, Matrix y, Matrix dy, Matrix dx) override {
    for (int64_t row = 0; row < dy.rows; ++row) {
      const int64_t at = row * dy.cols;
      if (kind == ActivationKind::kSoftmax) {
        SoftmaxGradient(y.data + at, dy.data + at, dx.data + at, dy.cols);
        continue;
      }
      for (int64_t i = at; i < at + dy.cols; ++i) {
        const double input = kind == ActivationKind::kGelu ? x.data[i] : 0;
        const bool reads_y = kind != ActivationKind::kGelu && kind != ActivationKind::kLinear;
        const double output = reads_y ? y.data[i] : 0, slope = dy.data[i];
        dx.data[i] = static_cast<float>(ActivationGradient(kind, input, output, slope));
      }
    }
  }

  void Dropout(const DropoutSpec& spec, Matrix x, Matrix y) override {
    for (int64_t row = 0; row < x.rows; ++row) {
      const RandomKey key = DropoutKey(spec.seed, spec.layer, spec.step, spec.sample_ids[row]);
      for (int64_t j = 0; j < x.cols; ++j) {
        const int64_t at = row * x.cols + j;
        const auto bits = Random4(key, static_cast<uint32_t>(j / 4));
        y.data[at] = DroppedOut(x.data[at], bits[static_cast<size_t>(j % 4)], spec.rate);
      }
    }
  }

  void Lrn(const LrnSpec& spec, Matrix x, float* scale, Matrix y) override {
    ReferenceLrn(spec, x, scale, y);
  }
  void LrnGradient(const LrnSpec& spec, Matrix x, const float* scale, Matrix y, Matrix dy,
                   Matrix dx) override {
    ReferenceLrnGradient(spec, x, scale, y, dy, dx);
  }
  LossSums Loss(LossKind kind, const LossBatch& batch) override {
    return ReferenceLoss(kind, batch);
  }
  void Update(const UpdateSpec& spec, const UpdateBuffers& buffers) override {
    ReferenceUpdate(spec, buffers);
  }
};

}  // namespace

std::unique_ptr<Ops> MakeReferenceOps() { return std::make_unique<ReferenceOps>(); }

}  // namespace lockstep
