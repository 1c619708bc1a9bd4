// The ops of a GPU: our own kernels, and a library's matrix products and convolutions
// (math_libraries.h), on a Device that is a GPU's stream (stream_device.h) or, in tests, the host.
//
// A Device has
//   ForEach(n, kernel), ForEachBlock(blocks, kernel)   run a kernel (kernel.h)
//   T* Scratch<T>(n)          device memory for the kernels of one op; the next call takes it back
//   const T* Upload<T>(n, fill)   n values that fill(T*) writes on the host, for the kernels that
//                             follow; valid until kUploads more are asked for
//   FloatArray Floats(n)      memory for as long as the object lives; data() is where it is
//   void Download(to, from, n)    to the host; waits for all that was enqueued
//
// Everything else is enqueued, in order. Matrices, labels, targets, bytes and block groups lie in
// device memory; what a call lists on the host (SparseRows, sample_ids, mean and std of pictures)
// is copied at the call.
#ifndef LOCKSTEP_CORE_OPS_CUDA_KERNEL_OPS_H_
#define LOCKSTEP_CORE_OPS_CUDA_KERNEL_OPS_H_

#include <algorithm>
#include <cstdint>
#include <memory>

#include "core/base/check.h"
#include "core/ops/cuda/column_sums.h"
#include "core/ops/cuda/conv_plan.h"
#include "core/ops/cuda/dense_plan.h"
#include "core/ops/cuda/element_kernels.h"
#include "core/ops/cuda/image_kernels.h"
#include "core/ops/cuda/kernel_plans.h"
#include "core/ops/cuda/math_libraries.h"
#include "core/ops/cuda/row_kernels.h"
#include "core/ops/ops.h"
#include "core/ops/specs.h"
#include "core/ops/update_element.h"

namespace lockstep::cuda {

// Borrows the device and the libraries. name and workspace_bytes are left to what derives from it.
template <typename Device>
class KernelOps : public Ops {
 public:
  KernelOps(Device* device, MathLibraries* libraries) : device_(device), libraries_(libraries) {}

  std::unique_ptr<DensePlan> PlanDense(const DenseSpec& spec) override {
    return std::make_unique<LibraryDense<Device>>(device_, libraries_, spec);
  }
  std::unique_ptr<ConvPlan> PlanConv(const ConvSpec& spec) override {
    return std::make_unique<LibraryConv<Device>>(device_, libraries_, spec);
  }
  std::unique_ptr<SparseDensePlan> PlanSparseDense(const DenseSpec& spec) override {
    return std::make_unique<KernelSparseDense<Device>>(device_, spec);
  }
  std::unique_ptr<PoolPlan> PlanPool(const PoolSpec& spec) override {
    return std::make_unique<KernelPool<Device>>(device_, spec);
  }
  std::unique_ptr<BatchNormPlan> PlanBatchNorm(const BatchNormSpec& spec) override {
    return std::make_unique<KernelBatchNorm<Device>>(device_, spec);
  }

  void Fill(float* x, int64_t elems, float value) override {
    device_->ForEach(elems, FillKernel{x, value});
  }
  void Add(const float* x, float* y, int64_t elems) override {
    device_->ForEach(elems, AddKernel{x, y});
  }
  void MovingAverage(const float* x, float momentum, float* y, int64_t elems) override {
    device_->ForEach(elems, MovingAverageKernel{x, y, momentum, OneMinus(momentum)});
  }
  void CopyBlocks(const BlockCopy& blocks, const float* source, float* target) override {
    device_->ForEach(blocks.outer * blocks.inner * blocks.block,
                     CopyBlocksKernel{blocks, source, target});
  }
  void BytesToFloat(const uint8_t* x, const ImageScale& scale, float* y, int64_t elems) override {
    ImageScale on_device = scale;
    on_device.mean = CopyOf(scale.mean, scale.channels);
    on_device.std = CopyOf(scale.std, scale.channels);
    device_->ForEach(elems, BytesToFloatKernel{x, on_device, y});
  }
  double SumOfProducts(const float* x, const float* y, int64_t elems) override {
    const int64_t block_elems = ProductPartsKernel::BlockElems(elems);
    const int64_t blocks = CeilingOfQuotient(elems, block_elems);
    double* parts = device_->template Scratch<double>(blocks + 1);
    device_->ForEachBlock(blocks, ProductPartsKernel{x, y, elems, block_elems, parts});
    device_->ForEachBlock(1, TotalKernel{parts, blocks, 1, parts + blocks});
    double sum = 0;
    device_->Download(&sum, parts + blocks, 1);
    return sum;
  }

  void Activate(ActivationKind kind, Matrix x, Matrix y) override {
    if (kind != ActivationKind::kSoftmax) {
      device_->ForEach(x.elems(), ActivateKernel{kind, x.data, y.data});
    } else {
      device_->ForEachBlock(x.rows, SoftmaxKernel{x.data, y.data, x.cols});
    }
  }
  void ActivateGradient(ActivationKind kind, Matrix x, Matrix y, Matrix dy, Matrix dx) override {
    if (kind != ActivationKind::kSoftmax) {
      device_->ForEach(dy.elems(),
                       ActivationGradientKernel{kind, x.data, y.data, dy.data, dx.data});
    } else {
      device_->ForEachBlock(y.rows, SoftmaxGradientKernel{y.data, dy.data, dx.data, y.cols});
    }
  }
  void Dropout(const DropoutSpec& spec, Matrix x, Matrix y) override {
    DropoutSpec on_device = spec;
    on_device.sample_ids = CopyOf(spec.sample_ids, x.rows);
    device_->ForEach(x.rows * DropoutKernel::GroupsOf(x.cols),
                     DropoutKernel{on_device, x.data, y.data, x.cols});
  }
  void Lrn(const LrnSpec& spec, Matrix x, float* scale, Matrix y) override {
    device_->ForEach(x.elems(), LrnKernel{spec, x.data, scale, y.data});
  }
  void LrnGradient(const LrnSpec& spec, Matrix x, const float* scale, Matrix y, Matrix dy,
                   Matrix dx) override {
    device_->ForEach(x.elems(), LrnGradientKernel{spec, x.data, scale, y.data, dy.data, dx.data});
  }

  LossSums Loss(LossKind kind, const LossBatch& batch) override {
    static_assert(sizeof(LossSums) == kLossSums * sizeof(double), "LossSums are doubles");
    const int64_t rows = batch.output.rows;
    LossSums* of_rows = device_->template Scratch<LossSums>(rows + 1);
    RowLosses(kind, batch, of_rows);
    double* values = reinterpret_cast<double*>(of_rows);
    device_->ForEachBlock(kLossSums,
                          TotalKernel{values, rows, kLossSums, values + rows * kLossSums});
    LossSums sums;
    device_->Download(&sums, of_rows + rows, 1);
    return sums;
  }

  void Update(const UpdateSpec& spec, const UpdateBuffers& buffers) override {
    ForUpdateKind(spec, [&]<UpdateKind kKind, bool kMomentum>() {
      device_->ForEach(buffers.elems,
                       UpdateKernel<kKind, kMomentum>{ScalarsOf(spec), spec.gradient_scale, spec.l2,
                                                      spec.decay, buffers});
    });
  }

 private:
  static constexpr int64_t kLossSums = 5;

  // `count` values of the host's, where kernels can read them; nullptr stays nullptr.
  template <typename T>
  const T* CopyOf(const T* values, int64_t count) {
    if (values == nullptr) return nullptr;
    return device_->template Upload<T>(count, [&](T* to) { std::copy_n(values, count, to); });
  }

  void RowLosses(LossKind kind, const LossBatch& batch, LossSums* of_rows) {
    const int64_t rows = batch.output.rows;
    const double weight = batch.weight, samples = static_cast<double>(batch.batch_samples);
    switch (kind) {
      case LossKind::kBinaryCrossentropy:
        LOCKSTEP_CHECK(batch.output.cols == 1, "binary crossentropy of several outputs");
        return device_->ForEach(rows, BinaryLossKernel{batch, of_rows});
      case LossKind::kCategoricalCrossentropy:
        return device_->ForEachBlock(
            rows, CategoricalLossKernel{batch, static_cast<float>(weight / samples), of_rows});
      case LossKind::kMeanSquaredError:
      case LossKind::kMeanAbsoluteError:
        const double scale = weight / (static_cast<double>(batch.output.cols) * samples);
        return device_->ForEachBlock(rows, RegressionLossKernel{kind, batch, scale, of_rows});
    }
  }

  Device* device_;
  MathLibraries* libraries_;
};

}  // namespace lockstep::cuda

#endif  // LOCKSTEP_CORE_OPS_CUDA_KERNEL_OPS_H_
