// The share of the processor's peak that the convolutions of well-known networks reach on one
// thread, at 224 x 224 pixels (AlexNet: 227) and batch 16.
//
//     bazel run //benchmarks:convolutions              # all
//     bazel-bin/benchmarks/convolutions --list         # the shapes, for peers/convolutions.py
//     bazel-bin/benchmarks/convolutions 12 0.2         # one, for 0.2 s each pass
//
// A line has the forward pass, the gradient of the input and that of the kernel, in milliseconds
// and GFLOP/s, and their shares of the peak, which is measured beside each shape. The time includes
// what a step pays: packing the kernel once, and unpacking its gradient.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "benchmarks/peak.h"
#include "core/base/clock.h"
#include "core/device/buffer.h"
#include "core/ops/ops.h"
#include "core/ops/specs.h"

namespace lockstep {
namespace {

constexpr int64_t kBatch = 16;
constexpr const char* kNetworks[] = {"alexnet",  "vgg16",    "googlenet",
                                     "resnet18", "resnet50", "resnet152"};

// Square pictures and windows; how often each network has it.
struct ConvShape {
  int64_t extent, channels, filters, window, stride, padding, groups;
  int counts[std::size(kNetworks)];
};

constexpr ConvShape kShapes[] = {
    {227, 3, 96, 11, 4, 0, 1, {1, 0, 0, 0, 0, 0}},
    {27, 96, 256, 5, 1, 2, 2, {1, 0, 0, 0, 0, 0}},
    {13, 256, 384, 3, 1, 1, 1, {1, 0, 0, 0, 0, 0}},
    {13, 384, 384, 3, 1, 1, 2, {1, 0, 0, 0, 0, 0}},
    {13, 384, 256, 3, 1, 1, 2, {1, 0, 0, 0, 0, 0}},
    {224, 3, 64, 3, 1, 1, 1, {0, 1, 0, 0, 0, 0}},
    {224, 64, 64, 3, 1, 1, 1, {0, 1, 0, 0, 0, 0}},
    {112, 64, 128, 3, 1, 1, 1, {0, 1, 0, 0, 0, 0}},
    {112, 128, 128, 3, 1, 1, 1, {0, 1, 0, 0, 0, 0}},
    {56, 128, 256, 3, 1, 1, 1, {0, 1, 0, 0, 0, 0}},
    {56, 256, 256, 3, 1, 1, 1, {0, 2, 0, 0, 0, 0}},
    {28, 256, 512, 3, 1, 1, 1, {0, 1, 0, 0, 0, 0}},
    {28, 512, 512, 3, 1, 1, 1, {0, 2, 0, 0, 0, 0}},
    {14, 512, 512, 3, 1, 1, 1, {0, 3, 0, 0, 0, 0}},
    {224, 3, 64, 7, 2, 3, 1, {0, 0, 1, 1, 1, 1}},
    {56, 64, 64, 1, 1, 0, 1, {0, 0, 1, 0, 1, 1}},
    {56, 64, 192, 3, 1, 1, 1, {0, 0, 1, 0, 0, 0}},
    {28, 192, 64, 1, 1, 0, 1, {0, 0, 1, 0, 0, 0}},
    {28, 192, 96, 1, 1, 0, 1, {0, 0, 1, 0, 0, 0}},
    {28, 96, 128, 3, 1, 1, 1, {0, 0, 1, 0, 0, 0}},
    {28, 192, 16, 1, 1, 0, 1, {0, 0, 1, 0, 0, 0}},
    {28, 16, 32, 5, 1, 2, 1, {0, 0, 1, 0, 0, 0}},
    {28, 192, 32, 1, 1, 0, 1, {0, 0, 1, 0, 0, 0}},
    {28, 256, 128, 1, 1, 0, 1, {0, 0, 2, 0, 0, 0}},
    {28, 128, 192, 3, 1, 1, 1, {0, 0, 1, 0, 0, 0}},
    {28, 256, 32, 1, 1, 0, 1, {0, 0, 1, 0, 0, 0}},
    {28, 32, 96, 5, 1, 2, 1, {0, 0, 1, 0, 0, 0}},
    {28, 256, 64, 1, 1, 0, 1, {0, 0, 1, 0, 0, 0}},
    {14, 480, 192, 1, 1, 0, 1, {0, 0, 1, 0, 0, 0}},
    {14, 480, 96, 1, 1, 0, 1, {0, 0, 1, 0, 0, 0}},
    {14, 96, 208, 3, 1, 1, 1, {0, 0, 1, 0, 0, 0}},
    {14, 480, 16, 1, 1, 0, 1, {0, 0, 1, 0, 0, 0}},
    {14, 16, 48, 5, 1, 2, 1, {0, 0, 1, 0, 0, 0}},
    {14, 480, 64, 1, 1, 0, 1, {0, 0, 1, 0, 0, 0}},
    {14, 512, 160, 1, 1, 0, 1, {0, 0, 1, 0, 0, 0}},
    {14, 512, 112, 1, 1, 0, 1, {0, 0, 2, 0, 0, 0}},
    {14, 112, 224, 3, 1, 1, 1, {0, 0, 1, 0, 0, 0}},
    {14, 512, 24, 1, 1, 0, 1, {0, 0, 2, 0, 0, 0}},
    {14, 24, 64, 5, 1, 2, 1, {0, 0, 2, 0, 0, 0}},
    {14, 512, 64, 1, 1, 0, 1, {0, 0, 3, 0, 0, 0}},
    {14, 512, 128, 1, 1, 0, 1, {0, 0, 2, 0, 0, 0}},
    {14, 128, 256, 3, 1, 1, 1, {0, 0, 1, 0, 0, 0}},
    {14, 512, 144, 1, 1, 0, 1, {0, 0, 1, 0, 0, 0}},
    {14, 144, 288, 3, 1, 1, 1, {0, 0, 1, 0, 0, 0}},
    {14, 512, 32, 1, 1, 0, 1, {0, 0, 1, 0, 0, 0}},
    {14, 32, 64, 5, 1, 2, 1, {0, 0, 1, 0, 0, 0}},
    {14, 528, 256, 1, 1, 0, 1, {0, 0, 1, 0, 0, 0}},
    {14, 528, 160, 1, 1, 0, 1, {0, 0, 1, 0, 0, 0}},
    {14, 160, 320, 3, 1, 1, 1, {0, 0, 1, 0, 0, 0}},
    {14, 528, 32, 1, 1, 0, 1, {0, 0, 1, 0, 0, 0}},
    {14, 32, 128, 5, 1, 2, 1, {0, 0, 1, 0, 0, 0}},
    {14, 528, 128, 1, 1, 0, 1, {0, 0, 1, 0, 0, 0}},
    {7, 832, 256, 1, 1, 0, 1, {0, 0, 1, 0, 0, 0}},
    {7, 832, 160, 1, 1, 0, 1, {0, 0, 1, 0, 0, 0}},
    {7, 160, 320, 3, 1, 1, 1, {0, 0, 1, 0, 0, 0}},
    {7, 832, 32, 1, 1, 0, 1, {0, 0, 1, 0, 0, 0}},
    {7, 32, 128, 5, 1, 2, 1, {0, 0, 1, 0, 0, 0}},
    {7, 832, 128, 1, 1, 0, 1, {0, 0, 2, 0, 0, 0}},
    {7, 832, 384, 1, 1, 0, 1, {0, 0, 1, 0, 0, 0}},
    {7, 832, 192, 1, 1, 0, 1, {0, 0, 1, 0, 0, 0}},
    {7, 192, 384, 3, 1, 1, 1, {0, 0, 1, 0, 0, 0}},
    {7, 832, 48, 1, 1, 0, 1, {0, 0, 1, 0, 0, 0}},
    {7, 48, 128, 5, 1, 2, 1, {0, 0, 1, 0, 0, 0}},
    {56, 64, 64, 3, 1, 1, 1, {0, 0, 0, 4, 3, 3}},
    {56, 64, 128, 3, 2, 1, 1, {0, 0, 0, 1, 0, 0}},
    {56, 64, 128, 1, 2, 0, 1, {0, 0, 0, 1, 0, 0}},
    {28, 128, 128, 3, 1, 1, 1, {0, 0, 0, 3, 3, 7}},
    {28, 128, 256, 3, 2, 1, 1, {0, 0, 0, 1, 0, 0}},
    {28, 128, 256, 1, 2, 0, 1, {0, 0, 0, 1, 0, 0}},
    {14, 256, 256, 3, 1, 1, 1, {0, 0, 0, 3, 5, 35}},
    {14, 256, 512, 3, 2, 1, 1, {0, 0, 0, 1, 0, 0}},
    {14, 256, 512, 1, 2, 0, 1, {0, 0, 0, 1, 0, 0}},
    {7, 512, 512, 3, 1, 1, 1, {0, 0, 0, 3, 2, 2}},
    {56, 64, 256, 1, 1, 0, 1, {0, 0, 0, 0, 4, 4}},
    {56, 256, 64, 1, 1, 0, 1, {0, 0, 0, 0, 2, 2}},
    {56, 256, 128, 1, 1, 0, 1, {0, 0, 0, 0, 1, 1}},
    {56, 128, 128, 3, 2, 1, 1, {0, 0, 0, 0, 1, 1}},
    {28, 128, 512, 1, 1, 0, 1, {0, 0, 0, 0, 4, 8}},
    {56, 256, 512, 1, 2, 0, 1, {0, 0, 0, 0, 1, 1}},
    {28, 512, 128, 1, 1, 0, 1, {0, 0, 0, 0, 3, 7}},
    {28, 512, 256, 1, 1, 0, 1, {0, 0, 0, 0, 1, 1}},
    {28, 256, 256, 3, 2, 1, 1, {0, 0, 0, 0, 1, 1}},
    {14, 256, 1024, 1, 1, 0, 1, {0, 0, 0, 0, 6, 36}},
    {28, 512, 1024, 1, 2, 0, 1, {0, 0, 0, 0, 1, 1}},
    {14, 1024, 256, 1, 1, 0, 1, {0, 0, 0, 0, 5, 35}},
    {14, 1024, 512, 1, 1, 0, 1, {0, 0, 0, 0, 1, 1}},
    {14, 512, 512, 3, 2, 1, 1, {0, 0, 0, 0, 1, 1}},
    {7, 512, 2048, 1, 1, 0, 1, {0, 0, 0, 0, 3, 3}},
    {14, 1024, 2048, 1, 2, 0, 1, {0, 0, 0, 0, 1, 1}},
    {7, 2048, 512, 1, 1, 0, 1, {0, 0, 0, 0, 2, 2}},
};

ConvSpec SpecOf(const ConvShape& shape) {
  const int64_t out = (shape.extent + 2 * shape.padding - shape.window) / shape.stride + 1;
  return {.in = {shape.extent, shape.extent, shape.channels},
          .out = {out, out, shape.filters},
          .window = {.height = shape.window,
                     .width = shape.window,
                     .stride_height = shape.stride,
                     .stride_width = shape.stride,
                     .pad_top = shape.padding,
                     .pad_bottom = shape.padding,
                     .pad_left = shape.padding,
                     .pad_right = shape.padding},
          .groups = shape.groups,
          .use_bias = false,
          .max_rows = kBatch};
}

Buffer<float> Filled(int64_t elems) {
  Buffer<float> buffer(static_cast<size_t>(elems));
  for (size_t i = 0; i < buffer.size(); ++i) buffer[i] = static_cast<float>(i % 7) - 3;
  return buffer;
}

// The median time of a call, in seconds, after one that does not count.
double SecondsOf(double for_seconds, const std::function<void()>& call) {
  call();
  std::vector<double> seconds;
  const int64_t start_ns = NowNs();
  do {
    const int64_t begin_ns = NowNs();
    call();
    seconds.push_back(1e-9 * static_cast<double>(NowNs() - begin_ns));
  } while (seconds.size() < 3 || 1e-9 * static_cast<double>(NowNs() - start_ns) < for_seconds);
  return Median(seconds);
}

void Measure(const ConvShape& shape, double for_seconds) {
  const std::unique_ptr<Ops> ops = MakeCpuOps();
  const bool avx512 = ops->name().starts_with("cpu avx512");
  const ConvSpec spec = SpecOf(shape);
  const std::unique_ptr<ConvPlan> plan = ops->PlanConv(spec);
  const int64_t kernel_elems =
      shape.window * shape.window * shape.channels / shape.groups * shape.filters;
  Buffer<float> x = Filled(kBatch * spec.in.elems()), y = Filled(kBatch * spec.out.elems());
  Buffer<float> dx = Filled(kBatch * spec.in.elems()), dy = Filled(kBatch * spec.out.elems());
  Buffer<float> w = Filled(kernel_elems), dw = Filled(kernel_elems);
  const Matrix in = {x.data(), kBatch, spec.in.elems()};
  const Matrix out = {y.data(), kBatch, spec.out.elems()};
  const auto backward = [&](float* to_dx) {
    plan->Backward(
        in, w.data(),
        {.y = out, .dy = {dy.data(), kBatch, spec.out.elems()}, .dx = to_dx, .dw = dw.data()},
        false);
  };
  const double peak = PeakGflops(avx512);
  const double forward =
      SecondsOf(for_seconds, [&] { plan->Forward(in, w.data(), nullptr, out, false); });
  const double kernel = SecondsOf(for_seconds, [&] { backward(nullptr); });
  const double both = SecondsOf(for_seconds, [&] { backward(dx.data()); });
  const double gflop =
      2e-9 * static_cast<double>(kBatch * spec.out.height * spec.out.width * kernel_elems);
  std::printf("%4lld %4lld %4lld %2lld %lld %lld %lld ", static_cast<long long>(shape.extent),
              static_cast<long long>(shape.channels), static_cast<long long>(shape.filters),
              static_cast<long long>(shape.window), static_cast<long long>(shape.stride),
              static_cast<long long>(shape.padding), static_cast<long long>(shape.groups));
  for (const double seconds : {forward, both - kernel, kernel}) {
    std::printf(" %8.3f ms %4.0f GFLOP/s %3.0f %%", 1e3 * seconds, gflop / seconds,
                100 * gflop / seconds / peak);
  }
  std::printf("\n");
  std::fflush(stdout);
}

void List() {
  for (const ConvShape& shape : kShapes) {
    std::printf("%lld %lld %lld %lld %lld %lld %lld", static_cast<long long>(shape.extent),
                static_cast<long long>(shape.channels), static_cast<long long>(shape.filters),
                static_cast<long long>(shape.window), static_cast<long long>(shape.stride),
                static_cast<long long>(shape.padding), static_cast<long long>(shape.groups));
    for (size_t i = 0; i < std::size(kNetworks); ++i) {
      if (shape.counts[i] > 0) std::printf(" %s:%d", kNetworks[i], shape.counts[i]);
    }
    std::printf("\n");
  }
}

}  // namespace
}  // namespace lockstep

int main(int argc, char** argv) {
  using lockstep::kShapes;
  if (argc > 1 && std::string_view(argv[1]) == "--list") {
    lockstep::List();
    return 0;
  }
  const double seconds = argc > 2 ? std::atof(argv[2]) : 0.2;
  const int only = argc > 1 ? std::atoi(argv[1]) : -1;
  if (only < 0) std::printf("size, in, out, window, stride, padding, groups; forward, dx, dw\n");
  for (int i = 0; i < static_cast<int>(std::size(kShapes)); ++i) {
    if (only < 0 || i == only) lockstep::Measure(kShapes[i], seconds);
  }
  return 0;
}
