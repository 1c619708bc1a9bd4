#include "benchmarks/emulated_graph.h"

#include <time.h>

#include <algorithm>
#include <utility>

#include "core/base/clock.h"
#include "core/params/parameter_layout.h"

namespace lockstep {
namespace {

// Sleeps to moments on one line of time, so that what is done between two sleeps, and what a sleep
// takes too long, is made up for by the next.
class SleepLine {
 public:
  void Start() { until_ns_ = static_cast<double>(NowNs()); }
  void Sleep(double ms) {
    until_ns_ += 1e6 * ms;
    const auto ns = static_cast<int64_t>(until_ns_);
    const timespec until = {ns / 1'000'000'000, ns % 1'000'000'000};
    ::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr);
  }

 private:
  double until_ns_ = 0;
};

class EmulatedGraph final : public Graph {
 public:
  explicit EmulatedGraph(const EmulatedNetwork& network) : network_(network) {
    std::vector<ParameterSpec> specs;
    const size_t layers = network.layers.size();
    for (size_t i = 0; i < layers; ++i) {
      const EmulatedLayer& layer = network.layers[i];
      all_work_ += layer.work;
      const std::string name = "layer_" + std::to_string(i);
      LayerSummary summary;
      summary.name = name;
      summary.kind = "emulated";
      summary.parameter_count = layer.parameters;
      summaries_.push_back(std::move(summary));
      if (layer.parameters == 0) continue;
      specs.push_back({.name = name + "/kernel",
                       .shape = {layer.parameters},
                       .final_step = static_cast<int>(layers - 1 - i)});
    }
    layout_ = ParameterLayout(std::move(specs));
  }

  const ParameterLayout& layout() const override { return layout_; }
  const std::vector<LayerSummary>& layers() const override { return summaries_; }
  int64_t outputs() const override { return 1; }
  GraphMemory memory() const override { return {}; }
  void ChooseRecompute(Recompute, int64_t) override {}
  void Allocate() override {}
  void InitialWeights(uint64_t, float* weights) const override {
    std::fill(weights, weights + layout_.size_elems(), 0.0f);
  }

  LossSums Forward(const PassInfo&, const Batch& batch, const float*, int64_t, float*) override {
    line_.Start();
    line_.Sleep(network_.forward_share * ComputeMs(batch));
    LossSums sums;
    sums.loss = static_cast<double>(batch.rows);
    return sums;
  }

  void Backward(const PassInfo&, const Batch& batch, const float*, float*,
                GradientListener* listener) override {
    const double ms = (1 - network_.forward_share) * ComputeMs(batch) + network_.extra_ms;
    line_.Start();
    const int layers = static_cast<int>(network_.layers.size());
    for (int step = 0; step < layers; ++step) {
      line_.Sleep(ms * network_.layers[static_cast<size_t>(layers - 1 - step)].work / all_work_);
      if (listener != nullptr) listener->OnFinal(step);
    }
  }

 private:
  double ComputeMs(const Batch& batch) const {
    return network_.fixed_ms + network_.per_sample_ms * static_cast<double>(batch.rows);
  }

  EmulatedNetwork network_;
  double all_work_ = 0;
  ParameterLayout layout_;
  std::vector<LayerSummary> summaries_;
  SleepLine line_;
};

}  // namespace

std::vector<EmulatedLayer> EmulatedLayersOf(const Workload& workload) {
  std::vector<EmulatedLayer> layers;
  double before = 0;
  for (const GradientTensor& tensor : workload.tensors) {
    layers.push_back({static_cast<int64_t>(tensor.elements), tensor.ready - before});
    before = tensor.ready;
  }
  std::ranges::reverse(layers);
  return layers;
}

std::unique_ptr<Graph> MakeEmulatedGraph(const EmulatedNetwork& network) {
  return std::make_unique<EmulatedGraph>(network);
}

}  // namespace lockstep
