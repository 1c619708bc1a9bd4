#include "core/ops/cpu_batch_norm.h"

#include <cmath>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/base/check.h"
#include "core/ops/cpu_image_kernels.h"
#include "core/ops/specs.h"

namespace lockstep {
namespace {

class CpuBatchNormPlan final : public BatchNormPlan {
 public:
  explicit CpuBatchNormPlan(const BatchNormSpec& spec)
      : spec_(spec),
        sums_(2 * static_cast<size_t>(spec.channels)),
        inverse_(static_cast<size_t>(spec.channels)),
        means_(sums_.size()) {}

  void Forward(Matrix x, const float* addend, const BatchNormParameters& p, Matrix y) override {
    LOCKSTEP_CHECK(x.rows > 0, "statistics of no sample");
    kernels::BatchMoments(x.data, x.rows * spec_.pixels, spec_.channels, sums_.data(), p.mean,
                          p.variance);
    Infer(x, addend, p, y);
  }

  void Infer(Matrix x, const float* addend, const BatchNormParameters& p, Matrix y) override {
    kernels::BatchNormalize(PassOf(x, p), x.data, addend, y.data);
  }

  void Backward(Matrix x, const BatchNormParameters& p, const BatchNormGradients& g) override {
    kernels::BatchNormPass pass = PassOf(x, p);
    // Without an addend, x tells what relu let through: one tensor less to read.
    const float* const y = spec_.has_addend ? g.y.data : nullptr;
    kernels::BatchNormSums(pass, x.data, y, g.dy.data, g.daddend, sums_.data());
    const double pixels = static_cast<double>(pass.pixels);
    for (int64_t c = 0; c < spec_.channels; ++c) {
      const size_t beta = static_cast<size_t>(c), gamma = beta + inverse_.size();
      g.dbeta[c] = static_cast<float>(sums_[beta]);
      g.dgamma[c] = static_cast<float>(sums_[gamma]);
      means_[beta] = static_cast<float>(sums_[beta] / pixels);
      means_[gamma] = static_cast<float>(sums_[gamma] / pixels);
    }
    if (g.dx == nullptr) return;
    if (g.daddend != nullptr) pass.relu = false;  // dz lies there
    kernels::BatchNormInputGradient(pass, x.data, y,
                                    g.daddend != nullptr ? g.daddend : g.dy.data, means_.data(),
                                    g.dx);
  }

 private:
  kernels::BatchNormPass PassOf(Matrix x, const BatchNormParameters& p) {
    for (size_t c = 0; c < inverse_.size(); ++c) {
      inverse_[c] = 1.0f / std::sqrt(p.variance[c] + spec_.epsilon);
    }
    return {.pixels = x.rows * spec_.pixels,
            .channels = spec_.channels,
            .relu = spec_.activation == ActivationKind::kRelu,
            .mean = p.mean,
            .inverse = inverse_.data(),
            .gamma = p.gamma,
            .beta = p.beta};
  }

  BatchNormSpec spec_;
  std::vector<double> sums_;
  std::vector<float> inverse_;
  std::vector<float> means_;
};

}  // namespace

std::unique_ptr<BatchNormPlan> MakeCpuBatchNormPlan(const BatchNormSpec& spec) {
  return std::make_unique<CpuBatchNormPlan>(spec);
}

}  // namespace lockstep
