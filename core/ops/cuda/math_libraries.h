// What GPUs' libraries do for the ops, in lockstep's own terms: row-major matrices, pictures as
// [n,H,W,C]. cublas_products.h and cudnn_convolutions.h are the libraries; tests have naive ones.
#ifndef LOCKSTEP_CORE_OPS_CUDA_MATH_LIBRARIES_H_
#define LOCKSTEP_CORE_OPS_CUDA_MATH_LIBRARIES_H_

#include <cstdint>
#include <memory>

#include "core/ops/specs.h"

namespace lockstep::cuda {

// What is done with a result before it is stored, so that it is not read again for it.
enum class Ending {
  kNone,
  kBias,  // a bias per column is added
  kRelu,
  kBiasRelu,  // both, in that order
};

// c [m,n] = op(a) op(b), row-major; op is the transpose where the flag says so.
struct ProductSpec {
  int64_t m = 0, n = 0, k = 0;
  bool transpose_a = false, transpose_b = false;
  Ending ending = Ending::kNone;
  // The bias is an output: the sums over k of op(b)'s columns. Only with kNone.
  bool column_sums_of_b = false;
};

class Product {
 public:
  virtual ~Product() = default;
  // Enqueued. `bias` [n] is read, written or ignored as the spec says.
  virtual void Run(const float* a, const float* b, float* c, float* bias) = 0;
};

enum class ConvolutionPass { kForward, kInputGradient, kWeightGradient };

// A pass of a convolution of n samples. Its padding is the same at both ends of an axis.
struct ConvolutionSpec {
  ConvSpec conv;
  int64_t n = 0;
  ConvolutionPass pass = ConvolutionPass::kForward;
  Ending ending = Ending::kNone;  // of kForward
};

class Convolution {
 public:
  virtual ~Convolution() = default;
  // Enqueued. x [n,H,W,C], w [filters,height,width,C/groups], y [n,H',W',filters], bias [filters]:
  // one of the first three is written, as the pass says; bias may be nullptr.
  virtual void Run(float* x, float* w, float* y, const float* bias) = 0;
};

class MathLibraries {
 public:
  virtual ~MathLibraries() = default;
  // nullptr where the library cannot end a product or a convolution so; with kNone and without
  // column sums it always can.
  virtual std::unique_ptr<Product> PlanProduct(const ProductSpec& spec) = 0;
  virtual std::unique_ptr<Convolution> PlanConvolution(const ConvolutionSpec& spec) = 0;
  // GPU memory that the plans made so far use beside what they are given.
  virtual int64_t workspace_bytes() const = 0;
};

}  // namespace lockstep::cuda

#endif  // LOCKSTEP_CORE_OPS_CUDA_MATH_LIBRARIES_H_
