// Dense layers: three products of a library, with bias, relu and the bias' gradient as parts of
// them where the library can, on any Device (kernel_ops.h).
#ifndef LOCKSTEP_CORE_OPS_CUDA_DENSE_PLAN_H_
#define LOCKSTEP_CORE_OPS_CUDA_DENSE_PLAN_H_

#include <cstdint>
#include <map>
#include <memory>

#include "core/base/check.h"
#include "core/device/tensor.h"
#include "core/ops/cuda/element_kernels.h"
#include "core/ops/cuda/kernel_plans.h"
#include "core/ops/cuda/linear_kernels.h"
#include "core/ops/cuda/math_libraries.h"
#include "core/ops/ops.h"
#include "core/ops/specs.h"

namespace lockstep::cuda {

inline Ending EndingOf(bool bias, ActivationKind activation) {
  const bool relu = activation == ActivationKind::kRelu;
  if (bias) return relu ? Ending::kBiasRelu : Ending::kBias;
  return relu ? Ending::kRelu : Ending::kNone;
}

// What is left to do where the library took the bias, and the activation if it is a relu.
template <typename Device>
void FinishActivation(Device* device, ActivationKind kind, Matrix y) {
  if (kind == ActivationKind::kLinear || kind == ActivationKind::kRelu) return;
  device->ForEach(y.elems(), ActivateKernel{kind, y.data, y.data});
}

template <typename Device>
class LibraryDense final : public DensePlan {
 public:
  LibraryDense(Device* device, MathLibraries* libraries, const DenseSpec& spec)
      : device_(device), libraries_(libraries), spec_(spec) {
    LOCKSTEP_CHECK(
        spec.activation != ActivationKind::kSoftmax && spec.activation != ActivationKind::kGelu,
        "softmax and gelu are ops of their own");
    if (spec.max_rows > 0) ProductsFor(spec.max_rows);
  }

  void Forward(Matrix x, const float* w, const float* b, Matrix y) override {
    if (y.rows == 0) return;
    const Products& products = ProductsFor(y.rows);
    products.forward->Run(x.data, w, y.data, const_cast<float*>(b));
    if (products.forward_ends) return FinishActivation(device_, spec_.activation, y);
    device_->ForEach(y.elems(), BiasActivationKernel{spec_.activation, b, y.data, spec_.out});
  }

  void Backward(Matrix x, const float* w, const LinearGradients& g) override {
    if (g.dy.rows == 0) {
      device_->ForEach(spec_.in * spec_.out, FillKernel{g.dw, 0});
      if (g.db != nullptr) device_->ForEach(spec_.out, FillKernel{g.db, 0});
      return;
    }
    PreActivationGradient(device_, spec_.activation, g);
    const Products& products = ProductsFor(g.dy.rows);
    products.weight_gradient->Run(x.data, g.dy.data, g.dw, g.db);
    if (g.db != nullptr && !products.weight_gradient_sums) {
      BiasGradient(device_, g.dy, spec_.out, g.db);
    }
    if (g.dx != nullptr) products.input_gradient->Run(g.dy.data, w, g.dx, nullptr);
  }

 private:
  struct Products {
    std::unique_ptr<Product> forward, weight_gradient, input_gradient;
    bool forward_ends = true;          // with bias and relu
    bool weight_gradient_sums = true;  // gives the bias' gradient
  };

  // Those of n rows, made at the first call: micro-batches have two sizes, or three.
  const Products& ProductsFor(int64_t n) {
    const auto [at, is_new] = products_.try_emplace(n);
    if (is_new) at->second = Plan(n);
    return at->second;
  }

  Products Plan(int64_t n) {
    Products products;
    ProductSpec forward = {.m = n, .n = spec_.out, .k = spec_.in};
    forward.ending = EndingOf(spec_.use_bias, spec_.activation);
    products.forward = libraries_->PlanProduct(forward);
    if (products.forward == nullptr) {
      products.forward_ends = false;
      forward.ending = Ending::kNone;
      products.forward = libraries_->PlanProduct(forward);
    }
    ProductSpec weights = {.m = spec_.in, .n = spec_.out, .k = n, .transpose_a = true};
    weights.column_sums_of_b = spec_.use_bias;
    products.weight_gradient = libraries_->PlanProduct(weights);
    if (products.weight_gradient == nullptr) {
      products.weight_gradient_sums = weights.column_sums_of_b = false;
      products.weight_gradient = libraries_->PlanProduct(weights);
    }
    products.input_gradient =
        libraries_->PlanProduct({.m = n, .n = spec_.in, .k = spec_.out, .transpose_b = true});
    return products;
  }

  Device* device_;
  MathLibraries* libraries_;
  DenseSpec spec_;
  std::map<int64_t, Products> products_;
};

}  // namespace lockstep::cuda

#endif  // LOCKSTEP_CORE_OPS_CUDA_DENSE_PLAN_H_
