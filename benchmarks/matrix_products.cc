// The share of the processor's peak that the matrix products of the MNIST network reach on one
// thread.
//
//     bazel run //benchmarks:matrix_products
//
// The peak is measured, not assumed: fused multiply-adds on registers, in turns with the products,
// so that both see the same clock rate. A layer's time includes its bias and activation.
#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "benchmarks/peak.h"
#include "core/base/clock.h"
#include "core/device/buffer.h"
#include "core/ops/ops.h"

namespace lockstep {
namespace {

constexpr int kRepeats = 15;
constexpr int64_t kBatch = 1000;

struct Layer {
  DenseSpec spec;
  std::unique_ptr<DensePlan> plan;
  Buffer<float> x, w, b, y, dy, dx, dw, db;
  bool first = false;  // its input's gradient is not needed

  Layer(Ops* ops, int64_t in, int64_t out, ActivationKind activation, bool is_first)
      : spec{.in = in, .out = out, .activation = activation, .max_rows = kBatch},
        plan(ops->PlanDense(spec)),
        first(is_first) {
    const auto filled = [](int64_t elems) {
      Buffer<float> buffer(static_cast<size_t>(elems));
      for (size_t i = 0; i < buffer.size(); ++i) buffer[i] = static_cast<float>(i % 7) - 3;
      return buffer;
    };
    x = filled(kBatch * in), w = filled(in * out), b = filled(out), y = filled(kBatch * out);
    dy = filled(kBatch * out), dx = filled(kBatch * in), dw = filled(in * out), db = filled(out);
  }

  void Run() {
    plan->Forward({x.data(), kBatch, spec.in}, w.data(), b.data(), {y.data(), kBatch, spec.out});
    plan->Backward({x.data(), kBatch, spec.in}, w.data(),
                   {.y = {y.data(), kBatch, spec.out},
                    .dy = {dy.data(), kBatch, spec.out},
                    .dx = first ? nullptr : dx.data(),
                    .dw = dw.data(),
                    .db = db.data()});
  }

  double operations() const {
    return 2.0 * (first ? 2 : 3) * static_cast<double>(kBatch * spec.in * spec.out);
  }
};

std::string Spread(const std::vector<double>& values) {
  char text[80];
  std::snprintf(text, sizeof(text), "%.1f (%.1f-%.1f)", Median(values),
                *std::min_element(values.begin(), values.end()),
                *std::max_element(values.begin(), values.end()));
  return text;
}

void Run() {
  const std::unique_ptr<Ops> ops = MakeCpuOps();
  const bool avx512 = ops->name().starts_with("cpu avx512");
  if (!avx512 && !ops->name().starts_with("cpu avx2")) {
    std::printf("%s: the peak is measured with AVX2 or AVX-512 only\n", ops->name().c_str());
    return;
  }
  std::vector<Layer> layers;
  layers.emplace_back(ops.get(), 784, 128, ActivationKind::kRelu, true);
  layers.emplace_back(ops.get(), 128, 64, ActivationKind::kRelu, false);
  layers.emplace_back(ops.get(), 64, 10, ActivationKind::kLinear, false);
  double operations = 0;
  for (const Layer& layer : layers) operations += layer.operations();
  std::vector<double> peaks, products, shares;
  for (int i = 0; i <= kRepeats; ++i) {
    const double peak = PeakGflops(avx512);
    constexpr int kSteps = 10;
    const int64_t start_ns = NowNs();
    for (int step = 0; step < kSteps; ++step) {
      for (Layer& layer : layers) layer.Run();
    }
    const double reached = operations * kSteps / static_cast<double>(NowNs() - start_ns);
    if (i == 0) continue;  // warms up
    peaks.push_back(peak);
    products.push_back(reached);
    shares.push_back(100 * reached / peak);
  }
  std::printf("%s, batch %lld, %d repeats: median (least-most)\n", ops->name().c_str(),
              static_cast<long long>(kBatch), kRepeats);
  std::printf("peak of multiply-adds  %s GFLOP/s\n", Spread(peaks).c_str());
  std::printf("MNIST's products       %s GFLOP/s\n", Spread(products).c_str());
  std::printf("share of the peak      %s %%\n", Spread(shares).c_str());
}

}  // namespace
}  // namespace lockstep

int main() { lockstep::Run(); }
