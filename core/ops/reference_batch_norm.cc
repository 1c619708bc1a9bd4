#include "core/ops/reference_batch_norm.h"

#include <cmath>
#include <cstdint>
#include <memory>

#include "core/base/check.h"
#include "core/ops/specs.h"

namespace lockstep {
namespace {

class ReferenceBatchNorm final : public BatchNormPlan {
 public:
  explicit ReferenceBatchNorm(const BatchNormSpec& spec) : spec_(spec) {}

  void Forward(Matrix x, const float* addend, const BatchNormParameters& p, Matrix y) override {
    const int64_t pixels = x.elems() / spec_.channels;
    LOCKSTEP_CHECK(pixels > 0, "statistics of no sample");
    for (int64_t c = 0; c < spec_.channels; ++c) {
      double sum = 0, squares = 0;
      for (int64_t at = c; at < x.elems(); at += spec_.channels) sum += x.data[at];
      const double mean = sum / static_cast<double>(pixels);
      for (int64_t at = c; at < x.elems(); at += spec_.channels) {
        squares += (x.data[at] - mean) * (x.data[at] - mean);
      }
      p.mean[c] = static_cast<float>(mean);
      p.variance[c] = static_cast<float>(squares / static_cast<double>(pixels));
    }
    Infer(x, addend, p, y);
  }

  void Infer(Matrix x, const float* addend, const BatchNormParameters& p, Matrix y) override {
    for (int64_t i = 0; i < x.elems(); ++i) {
      const int64_t c = i % spec_.channels;
      double z = p.gamma[c] * Normal(x, p, i) + p.beta[c];
      if (addend != nullptr) z += addend[i];
      y.data[i] = static_cast<float>(spec_.activation == ActivationKind::kRelu && z <= 0 ? 0 : z);
    }
  }

  void Backward(Matrix x, const BatchNormParameters& p, const BatchNormGradients& g) override {
    const int64_t channels = spec_.channels;
    const double pixels = static_cast<double>(x.elems() / channels);
    if (spec_.activation == ActivationKind::kRelu) {
      for (int64_t i = 0; i < x.elems(); ++i) g.dy.data[i] = g.y.data[i] > 0 ? g.dy.data[i] : 0;
    }
    for (int64_t c = 0; c < channels; ++c) {
      double dbeta = 0, dgamma = 0;
      for (int64_t i = c; i < x.elems(); i += channels) {
        dbeta += g.dy.data[i];
        dgamma += g.dy.data[i] * Normal(x, p, i);
      }
      g.dgamma[c] = static_cast<float>(dgamma);
      g.dbeta[c] = static_cast<float>(dbeta);
      for (int64_t i = c; i < x.elems(); i += channels) {
        const double dz = g.dy.data[i];
        if (g.daddend != nullptr) g.daddend[i] = static_cast<float>(dz);
        if (g.dx == nullptr) continue;
        g.dx[i] = static_cast<float>(p.gamma[c] * Inverse(p, c) *
                                     (dz - (dbeta + Normal(x, p, i) * dgamma) / pixels));
      }
    }
  }

 private:
  double Inverse(const BatchNormParameters& p, int64_t c) const {
    return 1 / std::sqrt(static_cast<double>(p.variance[c]) + static_cast<double>(spec_.epsilon));
  }
  double Normal(Matrix x, const BatchNormParameters& p, int64_t i) const {
    const int64_t c = i % spec_.channels;
    return (static_cast<double>(x.data[i]) - p.mean[c]) * Inverse(p, c);
  }

  BatchNormSpec spec_;
};

}  // namespace

std::unique_ptr<BatchNormPlan> MakeReferenceBatchNorm(const BatchNormSpec& spec) {
  return std::make_unique<ReferenceBatchNorm>(spec);
}

}  // namespace lockstep
