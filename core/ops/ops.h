// Ops: the math seam. Everything a network or an optimizer computes goes through this interface, so
// that a layer holds no device code and each device is one implementation.
//
// Every op has a naive body in reference_ops (double accumulators: the oracle), a fast one in
// cpu_ops, and its rows in tests/core/ops/conformance.h. There is no default body and no fall-back.
#ifndef LOCKSTEP_CORE_OPS_OPS_H_
#define LOCKSTEP_CORE_OPS_OPS_H_

#include <cstdint>
#include <memory>
#include <string>

#include "core/device/tensor.h"
#include "core/ops/specs.h"

namespace lockstep {

// A dense layer of fixed sizes: holds what its implementation prepared. One thread at a time.
class DensePlan {
 public:
  virtual ~DensePlan() = default;
  // y = activation(x W + b). x [n,in], w [in,out], b [out] or nullptr, y [n,out] overwritten. n may
  // be 0. REQUIRES: n <= max_rows; no aliasing.
  virtual void Forward(Matrix x, const float* w, const float* b, Matrix y) = 0;
  // Gradients as LinearGradients says. REQUIRES: x and w as given to Forward.
  virtual void Backward(Matrix x, const float* w, const LinearGradients& gradients) = 0;
};

// The same for multi-hot input: a gather-add forward, a scatter-add for the weight gradient.
class SparseDensePlan {
 public:
  virtual ~SparseDensePlan() = default;
  virtual void Forward(const SparseRows& x, const float* w, const float* b, Matrix y) = 0;
  // gradients.dx must be nullptr: nobody asks for the gradient of a data set.
  virtual void Backward(const SparseRows& x, const LinearGradients& gradients) = 0;
};

// A convolution of fixed sizes. `same_weights` promises that w and b hold what they held at the
// last call of either function, so that a prepared copy may serve again.
class ConvPlan {
 public:
  virtual ~ConvPlan() = default;
  // x [n, in], w and b as ConvSpec says (b nullptr without bias), y [n, out] overwritten.
  virtual void Forward(Matrix x, const float* w, const float* b, Matrix y, bool same_weights) = 0;
  // y = folded_activation(batch norm(conv(x) + b)) with the statistics in p, the normalisation
  // folded into a copy of the kernel; `same_weights` holds for p too. REQUIRES: activation is
  // kLinear.
  virtual void Infer(Matrix x, const float* w, const float* b, const BatchNormParameters& p,
                     Matrix y, bool same_weights) = 0;
  // Gradients as LinearGradients says. REQUIRES: x and w as given to Forward.
  virtual void Backward(Matrix x, const float* w, const LinearGradients& gradients,
                        bool same_weights) = 0;
};

// Pooling of fixed sizes.
class PoolPlan {
 public:
  virtual ~PoolPlan() = default;
  // x [n, in], y [n, out] overwritten. `chosen` [n, out] is for Backward: kMax writes the window's
  // pixel that it took (the first of equals, row-major in the window); nullptr for kAverage, and
  // where no Backward follows.
  virtual void Forward(Matrix x, Matrix y, uint16_t* chosen) = 0;
  // dx [n, in] overwritten.
  virtual void Backward(Matrix dy, const uint16_t* chosen, Matrix dx) = 0;
};

// Batch normalisation of fixed sizes.
class BatchNormPlan {
 public:
  virtual ~BatchNormPlan() = default;
  // With the micro-batch's statistics, which it writes to p.mean and p.variance. `addend` [n, x]
  // or nullptr as the spec says. y may be x.data only if no Backward follows. REQUIRES: n >= 1.
  virtual void Forward(Matrix x, const float* addend, const BatchNormParameters& p, Matrix y) = 0;
  // With the statistics in p. y may be x or the addend.
  virtual void Infer(Matrix x, const float* addend, const BatchNormParameters& p, Matrix y) = 0;
  // REQUIRES: x and p as after Forward.
  virtual void Backward(Matrix x, const BatchNormParameters& p,
                        const BatchNormGradients& gradients) = 0;
};

// A device's math. Calls are complete on return. An object serves one rank: one thread at a time.
class Ops {
 public:
  virtual ~Ops() = default;
  // What decides about bits, "cpu avx512 (amd)": all ranks of a run must have the same.
  virtual std::string name() const = 0;
  // What the plans made so far keep beside the memory that they are given.
  virtual int64_t workspace_bytes() const = 0;

  virtual std::unique_ptr<DensePlan> PlanDense(const DenseSpec& spec) = 0;
  virtual std::unique_ptr<SparseDensePlan> PlanSparseDense(const DenseSpec& spec) = 0;

  virtual std::unique_ptr<ConvPlan> PlanConv(const ConvSpec& spec) = 0;
  virtual std::unique_ptr<PoolPlan> PlanPool(const PoolSpec& spec) = 0;
  virtual std::unique_ptr<BatchNormPlan> PlanBatchNorm(const BatchNormSpec& spec) = 0;

  virtual void Fill(float* x, int64_t elems, float value) = 0;
  // y += x.
  virtual void Add(const float* x, float* y, int64_t elems) = 0;
  // y = momentum * y + (1 - momentum) * x: the moving statistics of batch normalisation.
  virtual void MovingAverage(const float* x, float momentum, float* y, int64_t elems) = 0;
  // Concatenation, zero padding and their gradients. REQUIRES: source and target do not overlap.
  virtual void CopyBlocks(const BlockCopy& blocks, const float* source, float* target) = 0;
  // y = scaled x, from bytes; elems is a multiple of scale.channels.
  virtual void BytesToFloat(const uint8_t* x, const ImageScale& scale, float* y,
                            int64_t elems) = 0;
  // Sum of x * y in double, the same bits for the same elems.
  virtual double SumOfProducts(const float* x, const float* y, int64_t elems) = 0;
  // y = f(x), row by row. x and y may be the same.
  virtual void Activate(ActivationKind kind, Matrix x, Matrix y) = 0;
  // dx = df/dx * dy. x [n,c] and y [n,c] as in Activate. dx and dy may be the same; x is read for
  // kGelu only, y for the others but kLinear.
  virtual void ActivateGradient(ActivationKind kind, Matrix x, Matrix y, Matrix dy, Matrix dx) = 0;
  // y = x where kept, divided by (1 - rate), else 0. Its own gradient (same mask). May alias.
  virtual void Dropout(const DropoutSpec& spec, Matrix x, Matrix y) = 0;
  // Local response normalisation of x [n * pixels, channels]; `scale` [same] is for the gradient,
  // nullptr where none follows.
  virtual void Lrn(const LrnSpec& spec, Matrix x, float* scale, Matrix y) = 0;
  // dx from x, y and scale of Lrn. dx and dy may not be the same.
  virtual void LrnGradient(const LrnSpec& spec, Matrix x, const float* scale, Matrix y, Matrix dy,
                           Matrix dx) = 0;
  // Loss, predictions and gradient of one micro-batch.
  virtual LossSums Loss(LossKind kind, const LossBatch& batch) = 0;
  // One optimizer step in one pass.
  virtual void Update(const UpdateSpec& spec, const UpdateBuffers& buffers) = 0;
};

// The naive oracle; slow.
std::unique_ptr<Ops> MakeReferenceOps();
// oneDNN and our own SIMD kernels on the calling thread alone.
std::unique_ptr<Ops> MakeCpuOps();

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_OPS_OPS_H_
