// The CPU's ops: matrix products by oneDNN where they are large, by our own loops where a call's
// cost would show, everything on the calling thread.
#include <omp.h>
#include <oneapi/dnnl/dnnl.h>

#include <algorithm>

#include "core/base/check.h"
#include "core/ops/cpu_activation.h"
#include "core/ops/cpu_batch_norm.h"
#include "core/ops/cpu_conv.h"
#include "core/ops/cpu_image_kernels.h"
#include "core/ops/cpu_kernels.h"
#include "core/ops/cpu_pool.h"
#include "core/ops/cpu_workspace.h"
#include "core/ops/element.h"
#include "core/ops/ops.h"

namespace lockstep {
namespace {

// Below this many multiply-adds the small loops win over a call of dnnl_sgemm, which packs its
// operands. The choice depends on sizes alone, never on ranks: same sizes, same bits.
constexpr int64_t kSmallProduct = 1 << 14;

bool IsSmall(const DenseSpec& spec, int64_t n) { return n * spec.in * spec.out <= kSmallProduct; }

// C [m,n] = op(A) op(B), row-major; op is the transpose where the flag says so.
void Multiply(bool transpose_a, bool transpose_b, std::array<int64_t, 3> mnk, const float* a,
              const float* b, float* c) {
  const auto [m, n, k] = mnk;
  const auto status =
      dnnl_sgemm(transpose_a ? 'T' : 'N', transpose_b ? 'T' : 'N', m, n, k, 1.0f, a,
                 transpose_a ? m : k, b, transpose_b ? k : n, 0.0f, c, n);
  LOCKSTEP_CHECK(status == dnnl_success, "dnnl_sgemm returned %d", static_cast<int>(status));
}

void SoftmaxGradientRow(const float* y, const float* dy, float* dx, int64_t cols) {
  float dot = 0;
  for (int64_t j = 0; j < cols; ++j) dot += y[j] * dy[j];
  for (int64_t j = 0; j < cols; ++j) dx[j] = y[j] * (dy[j] - dot);
}

class CpuDensePlan final : public DensePlan {
 public:
  explicit CpuDensePlan(const DenseSpec& spec) : spec_(spec) {}

  void Forward(Matrix x, const float* w, const float* b, Matrix y) override {
    if (y.rows == 0) return;
    if (IsSmall(spec_, y.rows)) {
      kernels::SmallForward(x.data, w, b, y.data, spec_, y.rows);
    } else {
      Multiply(false, false, {y.rows, spec_.out, spec_.in}, x.data, w, y.data);
      if (b != nullptr) kernels::AddBias(b, y.data, y.rows, spec_.out);
    }
    ApplyToAll(spec_.activation, y.data, y.data, y.elems());
  }

  void Backward(Matrix x, const float* w, const LinearGradients& g) override {
    const int64_t n = g.dy.rows;
    ApplyGradient(spec_.activation, nullptr, g.y.data, g.dy.data, g.dy.data, g.dy.elems());
    if (g.db != nullptr) kernels::ColumnSums(g.dy.data, g.db, n, spec_.out);
    if (IsSmall(spec_, n)) {
      kernels::SmallWeightGradient(x.data, g.dy.data, g.dw, spec_, n);
      if (g.dx != nullptr) kernels::SmallInputGradient(g.dy.data, w, g.dx, spec_, n);
      return;
    }
    Multiply(true, false, {spec_.in, spec_.out, n}, x.data, g.dy.data, g.dw);
    if (g.dx != nullptr) Multiply(false, true, {n, spec_.in, spec_.out}, g.dy.data, w, g.dx);
  }

 private:
  DenseSpec spec_;
};

class CpuSparseDensePlan final : public SparseDensePlan {
 public:
  explicit CpuSparseDensePlan(const DenseSpec& spec) : spec_(spec) {}

  void Forward(const SparseRows& x, const float* w, const float* b, Matrix y) override {
    kernels::SparseForward(x, w, b, y.data, spec_.out);
    ApplyToAll(spec_.activation, y.data, y.data, y.elems());
  }

  void Backward(const SparseRows& x, const LinearGradients& g) override {
    LOCKSTEP_CHECK(g.dx == nullptr, "multi-hot input has no gradient");
    ApplyGradient(spec_.activation, nullptr, g.y.data, g.dy.data, g.dy.data, g.dy.elems());
    if (g.db != nullptr) kernels::ColumnSums(g.dy.data, g.db, x.rows, spec_.out);
    kernels::SparseWeightGradient(x, g.dy.data, g.dw, spec_.out);
  }

 private:
  DenseSpec spec_;
};

class CpuOps final : public Ops {
 public:
  // A rank is one thread: oneDNN gets no team of its own on this thread.
  CpuOps() { omp_set_num_threads(1); }

  std::string name() const override {
    return std::string("cpu ") + kernels::InstructionSet() + kernels::Maker();
  }

  int64_t workspace_bytes() const override { return workspace_.bytes(); }

  std::unique_ptr<DensePlan> PlanDense(const DenseSpec& spec) override {
    return std::make_unique<CpuDensePlan>(spec);
  }
  std::unique_ptr<SparseDensePlan> PlanSparseDense(const DenseSpec& spec) override {
    return std::make_unique<CpuSparseDensePlan>(spec);
  }

  std::unique_ptr<ConvPlan> PlanConv(const ConvSpec& spec) override {
    return MakeCpuConvPlan(spec, &workspace_);
  }
  std::unique_ptr<PoolPlan> PlanPool(const PoolSpec& spec) override {
    return MakeCpuPoolPlan(spec);
  }
  std::unique_ptr<BatchNormPlan> PlanBatchNorm(const BatchNormSpec& spec) override {
    return MakeCpuBatchNormPlan(spec);
  }

  void Fill(float* x, int64_t elems, float value) override { std::fill_n(x, elems, value); }
  void Add(const float* x, float* y, int64_t elems) override { kernels::Add(x, y, elems); }
  void MovingAverage(const float* x, float momentum, float* y, int64_t elems) override {
    const float rest = OneMinus(momentum);
    for (int64_t i = 0; i < elems; ++i) y[i] = MovingAverageOf(y[i], x[i], momentum, rest);
  }
  void CopyBlocks(const BlockCopy& blocks, const float* source, float* target) override {
    for (int64_t i = 0; i < blocks.outer; ++i) {
      for (int64_t j = 0; j < blocks.inner; ++j) {
        std::copy_n(source + i * blocks.source_outer + j * blocks.source_inner, blocks.block,
                    target + i * blocks.target_outer + j * blocks.target_inner);
      }
    }
  }
  void BytesToFloat(const uint8_t* x, const ImageScale& scale, float* y, int64_t elems) override {
    kernels::BytesToFloat(x, scale.divide_by, y, elems);
    if (scale.mean != nullptr || scale.std != nullptr) kernels::Standardize(scale, y, elems);
  }
  double SumOfProducts(const float* x, const float* y, int64_t elems) override {
    return kernels::SumOfProducts(x, y, elems);
  }

  void Activate(ActivationKind kind, Matrix x, Matrix y) override {
    if (kind != ActivationKind::kSoftmax) return ApplyToAll(kind, x.data, y.data, x.elems());
    kernels::Softmax(x.data, y.data, x.rows, x.cols);
  }

  void ActivateGradient(ActivationKind kind, Matrix x, Matrix y, Matrix dy, Matrix dx) override {
    if (kind != ActivationKind::kSoftmax) {
      return ApplyGradient(kind, x.data, y.data, dy.data, dx.data, dy.elems());
    }
    for (int64_t r = 0; r < y.rows; ++r) {
      const int64_t at = r * y.cols;
      SoftmaxGradientRow(y.data + at, dy.data + at, dx.data + at, y.cols);
    }
  }

  void Dropout(const DropoutSpec& spec, Matrix x, Matrix y) override {
    if (spec.rate == 0) return ApplyToAll(ActivationKind::kLinear, x.data, y.data, x.elems());
    for (int64_t r = 0; r < x.rows; ++r) {
      const RandomKey key = DropoutKey(spec.seed, spec.layer, spec.step, spec.sample_ids[r]);
      for (int64_t j = 0; j < x.cols; j += 4) {
        const auto bits = Random4(key, static_cast<uint32_t>(j / 4));
        for (int64_t k = j; k < std::min(j + 4, x.cols); ++k) {
          const int64_t at = r * x.cols + k;
          y.data[at] = DroppedOut(x.data[at], bits[static_cast<size_t>(k - j)], spec.rate);
        }
      }
    }
  }

  void Lrn(const LrnSpec& spec, Matrix x, float* scale, Matrix y) override {
    workspace_.Reserve(kernels::LrnScratchElems(spec));
    kernels::Lrn(spec, x.data, scale, y.data, x.rows, workspace_.data());
  }
  void LrnGradient(const LrnSpec& spec, Matrix x, const float* scale, Matrix y, Matrix dy,
                   Matrix dx) override {
    workspace_.Reserve(kernels::LrnScratchElems(spec));
    kernels::LrnGradient(spec, x.data, scale, y.data, dy.data, dx.data, x.rows, workspace_.data());
  }

  LossSums Loss(LossKind kind, const LossBatch& batch) override {
    return kernels::Loss(kind, batch);
  }

  void Update(const UpdateSpec& spec, const UpdateBuffers& buffers) override {
    kernels::UpdateBlocks(spec, buffers);
  }

 private:
  CpuWorkspace workspace_;
};

}  // namespace

std::unique_ptr<Ops> MakeCpuOps() { return std::make_unique<CpuOps>(); }

}  // namespace lockstep
