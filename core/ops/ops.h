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
  // Gradients as DenseGradients says. REQUIRES: x and w as given to Forward.
  virtual void Backward(Matrix x, const float* w, const DenseGradients& gradients) = 0;
};

// The same for multi-hot input: a gather-add forward, a scatter-add for the weight gradient.
class SparseDensePlan {
 public:
  virtual ~SparseDensePlan() = default;
  virtual void Forward(const SparseRows& x, const float* w, const float* b, Matrix y) = 0;
  // gradients.dx must be nullptr: nobody asks for the gradient of a data set.
  virtual void Backward(const SparseRows& x, const DenseGradients& gradients) = 0;
};

// A device's math. Calls are complete on return. An object serves one rank: one thread at a time.
class Ops {
 public:
  virtual ~Ops() = default;
  // What decides about bits, "cpu avx512 (amd)": all ranks of a run must have the same.
  virtual std::string name() const = 0;

  virtual std::unique_ptr<DensePlan> PlanDense(const DenseSpec& spec) = 0;
  virtual std::unique_ptr<SparseDensePlan> PlanSparseDense(const DenseSpec& spec) = 0;

  virtual void Fill(float* x, int64_t elems, float value) = 0;
  // y += x.
  virtual void Add(const float* x, float* y, int64_t elems) = 0;
  // y = x / divide_by, from bytes.
  virtual void BytesToFloat(const uint8_t* x, float divide_by, float* y, int64_t elems) = 0;
  // Sum of x^2 in double, the same bits for the same elems.
  virtual double SumOfSquares(const float* x, int64_t elems) = 0;
  // Sum of x * y in double, the same bits for the same elems.
  virtual double SumOfProducts(const float* x, const float* y, int64_t elems) = 0;
  // y = f(x), row by row. x and y may be the same.
  virtual void Activate(ActivationKind kind, Matrix x, Matrix y) = 0;
  // dx = df/dx * dy. x [n,c] and y [n,c] as in Activate. dx and dy may be the same; x is read for
  // kGelu only, y for the others.
  virtual void ActivateGradient(ActivationKind kind, Matrix x, Matrix y, Matrix dy, Matrix dx) = 0;
  // y = x where kept, divided by (1 - rate), else 0. Its own gradient (same mask). May alias.
  virtual void Dropout(const DropoutSpec& spec, Matrix x, Matrix y) = 0;
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
