// The plans that are made of our own kernels alone: multi-hot dense layers, pooling and batch
// normalisation, on any Device (kernel.h; kernel_ops.h says what a Device is).
#ifndef LOCKSTEP_CORE_OPS_CUDA_KERNEL_PLANS_H_
#define LOCKSTEP_CORE_OPS_CUDA_KERNEL_PLANS_H_

#include <algorithm>
#include <cstdint>

#include "core/base/check.h"
#include "core/device/tensor.h"
#include "core/ops/cuda/batch_norm_kernels.h"
#include "core/ops/cuda/column_sums.h"
#include "core/ops/cuda/element_kernels.h"
#include "core/ops/cuda/image_kernels.h"
#include "core/ops/cuda/sparse_kernels.h"
#include "core/ops/ops.h"
#include "core/ops/specs.h"

namespace lockstep::cuda {

// g.dy becomes the gradient of what went into the activation, and g.db its column sums.
template <typename Device>
void PreActivationGradient(Device* device, ActivationKind kind, const LinearGradients& g) {
  if (kind != ActivationKind::kLinear) {
    device->ForEach(g.dy.elems(),
                    ActivationGradientKernel{kind, nullptr, g.y.data, g.dy.data, g.dy.data});
  }
}

template <typename Device>
void BiasGradient(Device* device, Matrix dy, int64_t columns, float* db) {
  const ColumnGrid grid(dy.elems() / columns, columns);
  SumColumns(device, grid, ElementTerms{dy.data}, StoreSums{db});
}

// The rows in one block of device memory: begins, then words.
template <typename Device>
PackedRows Pack(Device* device, const SparseRows& x) {
  int64_t words = 0;
  for (int64_t row = 0; row < x.rows; ++row) words += static_cast<int64_t>(x.ones[row].size());
  LOCKSTEP_CHECK(words <= INT32_MAX, "%lld words in a micro-batch", static_cast<long long>(words));
  const uint32_t* packed =
      device->template Upload<uint32_t>(x.rows + 1 + words, [&](uint32_t* begins) {
        uint32_t* to = begins + x.rows + 1;
        begins[0] = 0;
        for (int64_t row = 0; row < x.rows; ++row) {
          to = std::copy(x.ones[row].begin(), x.ones[row].end(), to);
          begins[row + 1] = begins[row] + static_cast<uint32_t>(x.ones[row].size());
        }
      });
  return {packed, packed + x.rows + 1, x.rows, x.columns};
}

template <typename Device>
class KernelSparseDense final : public SparseDensePlan {
 public:
  KernelSparseDense(Device* device, const DenseSpec& spec) : device_(device), spec_(spec) {}

  void Forward(const SparseRows& x, const float* w, const float* b, Matrix y) override {
    device_->ForEach(y.elems(), SparseForwardKernel{Pack(device_, x), w, b, y.data, spec_.out});
    if (spec_.activation == ActivationKind::kLinear) return;
    device_->ForEach(y.elems(), ActivateKernel{spec_.activation, y.data, y.data});
  }

  void Backward(const SparseRows& x, const LinearGradients& g) override {
    LOCKSTEP_CHECK(g.dx == nullptr, "multi-hot input has no gradient");
    PreActivationGradient(device_, spec_.activation, g);
    if (g.db != nullptr) BiasGradient(device_, g.dy, spec_.out, g.db);
    device_->ForEachBlock(x.columns,
                          SparseWeightGradientKernel{Pack(device_, x), g.dy.data, g.dw, spec_.out});
  }

 private:
  Device* device_;
  DenseSpec spec_;
};

template <typename Device>
class KernelPool final : public PoolPlan {
 public:
  KernelPool(Device* device, const PoolSpec& spec)
      : device_(device), kind_(spec.kind), axes_(PoolAxes::Of(spec)) {}

  void Forward(Matrix x, Matrix y, uint16_t* chosen) override {
    device_->ForEach(y.elems(), PoolForwardKernel{kind_, axes_, x.data, y.data, chosen});
  }
  void Backward(Matrix dy, const uint16_t* chosen, Matrix dx) override {
    device_->ForEach(dx.elems(), PoolBackwardKernel{kind_, axes_, dy.data, chosen, dx.data});
  }

 private:
  Device* device_;
  PoolKind kind_;
  PoolAxes axes_;
};

template <typename Device>
class KernelBatchNorm final : public BatchNormPlan {
 public:
  KernelBatchNorm(Device* device, const BatchNormSpec& spec) : device_(device), spec_(spec) {}

  void Forward(Matrix x, const float* addend, const BatchNormParameters& p, Matrix y) override {
    const ColumnGrid grid(x.elems() / spec_.channels, spec_.channels);
    LOCKSTEP_CHECK(grid.rows > 0, "statistics of no sample");
    const double pixels = static_cast<double>(grid.rows);
    SumColumns(device_, grid, ElementTerms{x.data}, StoreMeans{p.mean, pixels});
    SumColumns(device_, grid, SquareTerms{x.data, p.mean}, StoreMeans{p.variance, pixels});
    Infer(x, addend, p, y);
  }

  void Infer(Matrix x, const float* addend, const BatchNormParameters& p, Matrix y) override {
    device_->ForEach(x.elems(), NormalizeKernel{Call(p), x.data, addend, y.data});
  }

  void Backward(Matrix x, const BatchNormParameters& p, const BatchNormGradients& g) override {
    const ColumnGrid grid(x.elems() / spec_.channels, spec_.channels);
    // One piece of scratch memory: the sums', and the means that the last kernel reads.
    TwoTerms* parts = device_->template Scratch<TwoTerms>(grid.parts() + spec_.channels);
    float* means = reinterpret_cast<float*>(parts + grid.parts());
    SumColumns(
        device_, grid, parts, GradientTerms{Call(p), x.data, g.y.data, g.dy.data},
        StoreGradients{g.dgamma, g.dbeta, means, spec_.channels, static_cast<double>(grid.rows)});
    if (g.dx == nullptr && g.daddend == nullptr) return;
    device_->ForEach(x.elems(), InputGradientKernel{Call(p), x.data, g.y.data, g.dy.data, means,
                                                    g.dx, g.daddend});
  }

 private:
  BatchNormCall Call(const BatchNormParameters& p) const {
    return {spec_.channels, spec_.epsilon, spec_.activation == ActivationKind::kRelu, p};
  }

  Device* device_;
  BatchNormSpec spec_;
};

}  // namespace lockstep::cuda

#endif  // LOCKSTEP_CORE_OPS_CUDA_KERNEL_PLANS_H_
