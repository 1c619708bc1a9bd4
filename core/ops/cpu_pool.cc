#include "core/ops/cpu_pool.h"

#include <cstdint>
#include <memory>

#include "core/base/check.h"
#include "core/ops/cpu_image_kernels.h"
#include "core/ops/specs.h"

namespace lockstep {
namespace {

class CpuPoolPlan final : public PoolPlan {
 public:
  explicit CpuPoolPlan(const PoolSpec& spec) : spec_(spec) {
    LOCKSTEP_CHECK(spec.window.height * spec.window.width <= 65535, "a window of %lld pixels",
                   static_cast<long long>(spec.window.height * spec.window.width));
  }

  void Forward(Matrix x, Matrix y, uint16_t* chosen) override {
    kernels::PoolForward(spec_, x.data, y.data, chosen, y.rows);
  }
  void Backward(Matrix dy, const uint16_t* chosen, Matrix dx) override {
    kernels::PoolBackward(spec_, dy.data, chosen, dx.data, dy.rows);
  }

 private:
  PoolSpec spec_;
};

}  // namespace

std::unique_ptr<PoolPlan> MakeCpuPoolPlan(const PoolSpec& spec) {
  return std::make_unique<CpuPoolPlan>(spec);
}

}  // namespace lockstep
