#include "distributed/scaling/curve_prediction.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace lockstep {
namespace {

constexpr size_t kGrid = 61;       // of the factor on communication
constexpr double kGridEnd = 20.0;  // from 1/20 to 20
constexpr size_t kOthers = 4;

using Others = std::array<double, kOthers>;

Others OthersOf(const StepTimes& times) {
  return {times.straggler, times.entry, times.copies, times.input};
}

double Sum(const Others& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum;
}

// A possible state of the curve's unknowns.
struct Possibility {
  double slowness = 1;
  double weight = 0;
  Others factors = {1, 1, 1, 1};
};

std::vector<Possibility> Prior(const ScalingConstants& constants) {
  std::vector<Possibility> grid(kGrid);
  for (size_t i = 0; i < kGrid; ++i) {
    const double at = 2.0 * static_cast<double>(i) / (kGrid - 1) - 1;
    const double log_slowness = at * std::log(kGridEnd);
    const double z = log_slowness / constants.log_slowness_spread;
    grid[i].slowness = std::exp(log_slowness);
    grid[i].weight = std::exp(-z * z / 2);
  }
  return grid;
}

void Normalise(std::vector<Possibility>* grid) {
  double sum = 0;
  for (const Possibility& one : *grid) sum += one.weight;
  for (Possibility& one : *grid) one.weight /= sum;
}

class CurvePredictor {
 public:
  CurvePredictor(const MeasuredCurve& curve, const Workload& workload, const Cluster& cluster,
                 const ScalingConstants& constants, double assumed_rate)
      : curve_(curve),
        workload_(workload),
        cluster_(cluster),
        constants_(constants),
        base_(curve.points.front()),
        calib_(curve.Find(PointUse::kCalib)),
        half_batch_(constants.half_batch) {
    if (base_.use != PointUse::kBase) {  // only speed-ups are known
      base_ = {.batch_per_gpu = base_.batch_per_gpu, .rate = assumed_rate, .use = PointUse::kBase};
    }
    grid_ = Prior(constants);
    Normalise(&grid_);
    SetBaseCompute();
    if (calib_ == nullptr) return;
    if (calib_->batch_per_gpu != base_.batch_per_gpu) {
      CalibrateHalfBatch();
    } else {
      Update();
    }
  }

  PredictedPoint Predict(const MeasuredPoint& point) const {
    PredictedPoint result;
    result.setting = Setting(point);
    result.times = Mean(result.setting);
    const double rate = point.gpus * point.batch_per_gpu / result.times.total();
    result.speedup = rate / BaseRate();
    return result;
  }

 private:
  double BaseRate() const { return base_.rate; }

  double Compute(double batch) const {
    return base_compute_ * (batch + half_batch_) / (base_.batch_per_gpu + half_batch_);
  }

  StepSetting Setting(const MeasuredPoint& point) const {
    StepSetting setting;
    setting.gpus = point.gpus;
    setting.hosts = point.hosts;
    setting.batch_per_gpu = point.batch_per_gpu;
    setting.compute_s = Compute(point.batch_per_gpu);
    setting.real_input = curve_.real_input;
    setting.exchange = curve_.exchange;
    setting.exchange.set_servers(point.servers);
    setting.exchange.set_overlap(cluster_.exchange().overlap());
    return setting;
  }

  // Where the curve is calibrated on several hosts, its speed there says less about links inside.
  Slowness SlownessOf(const Possibility& one) const {
    const bool several = calib_ != nullptr && calib_->hosts > 1;
    return {several ? std::sqrt(one.slowness) : one.slowness, one.slowness};
  }

  // Calls use(possibility, its step) for all of the grid.
  template <typename Use>
  void ForAll(const StepSetting& setting, const Use& use) const {
    const TransferPlan plan = PlanTransfers(workload_, cluster_, setting, constants_);
    const double bytes = WireBytes(workload_, setting.exchange);
    for (size_t i = 0; i < grid_.size(); ++i) {
      use(i, SimulatePlannedStep(plan, bytes, setting, constants_, SlownessOf(grid_[i])));
    }
  }

  StepTimes Mean(const StepSetting& setting) const {
    StepTimes mean;
    mean.compute = setting.compute_s;
    ForAll(setting, [&](size_t i, const StepTimes& times) {
      const Possibility& one = grid_[i];
      mean.exposed += one.weight * times.exposed;
      mean.hidden += one.weight * times.hidden;
      mean.interference += one.weight * times.interference;
      mean.straggler += one.weight * one.factors[0] * times.straggler;
      mean.entry += one.weight * one.factors[1] * times.entry;
      mean.copies += one.weight * one.factors[2] * times.copies;
      mean.input += one.weight * one.factors[3] * times.input;
    });
    return mean;
  }

  // The step of the base less what it loses; losses depend on compute, so over and over.
  void SetBaseCompute() {
    const double step = base_.gpus * base_.batch_per_gpu / base_.rate;
    base_compute_ = step;
    if (base_.gpus == 1) return;
    for (int round = 0; round < 12; ++round) {
      const double lost = Mean(Setting(base_)).lost();
      base_compute_ = std::max(step - lost, step / 4);
    }
  }

  double MeasuredStep(const MeasuredPoint& point) const {
    return point.gpus * point.batch_per_gpu / (BaseRate() * point.speedup);
  }

  // Bisection: a smaller batch takes the longer, the larger half_batch is.
  void CalibrateHalfBatch() {
    double low = 0, high = 4 * base_.batch_per_gpu;
    const double measured = MeasuredStep(*calib_);
    const bool smaller = calib_->batch_per_gpu < base_.batch_per_gpu;
    for (int round = 0; round < 40; ++round) {
      half_batch_ = (low + high) / 2;
      const bool too_long = Mean(Setting(*calib_)).total() > measured;
      (too_long == smaller ? high : low) = half_batch_;
    }
  }

  // Bayes' rule with the further point.
  void Update() {
    const StepSetting setting = Setting(*calib_);
    const double lost = MeasuredStep(*calib_) - setting.compute_s;
    const double noise = constants_.repeatability * setting.compute_s;
    const double spread2 = constants_.share_spread * constants_.share_spread;
    std::vector<Possibility> after = grid_;
    std::vector<double> exponents(after.size());
    ForAll(setting, [&](size_t i, const StepTimes& times) {
      const Others others = OthersOf(times);
      double variance = noise * noise;
      for (const double value : others) variance += value * value * spread2;
      const double off = lost - times.exposed - times.interference - Sum(others);
      exponents[i] = off * off / variance / 2;
      for (size_t k = 0; k < kOthers; ++k) {
        after[i].factors[k] = std::max(0.0, 1 + off / variance * others[k] * spread2);
      }
    });
    // Relative to the likeliest, as all may be far off.
    const double least = *std::min_element(exponents.begin(), exponents.end());
    for (size_t i = 0; i < after.size(); ++i) after[i].weight *= std::exp(least - exponents[i]);
    Normalise(&after);
    grid_ = after;
  }

  const MeasuredCurve& curve_;
  const Workload& workload_;
  const Cluster& cluster_;
  const ScalingConstants& constants_;
  MeasuredPoint base_;
  const MeasuredPoint* calib_;
  double half_batch_;
  double base_compute_ = 1;
  std::vector<Possibility> grid_;
};

}  // namespace

std::vector<PredictedPoint> PredictCurve(const MeasuredCurve& curve, const Workload& workload,
                                         const Cluster& cluster, const ScalingConstants& constants,
                                         double assumed_rate) {
  const CurvePredictor predictor(curve, workload, cluster, constants, assumed_rate);
  std::vector<PredictedPoint> points;
  for (const MeasuredPoint& point : curve.points) points.push_back(predictor.Predict(point));
  return points;
}

}  // namespace lockstep
