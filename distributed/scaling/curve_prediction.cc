#include "distributed/scaling/curve_prediction.h"

#include <algorithm>
#include <cmath>

#include "distributed/scaling/possibilities.h"

namespace lockstep {
namespace {

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
        half_batch_(constants.half_batch),
        possible_(constants) {
    if (base_.use != PointUse::kBase) {  // only speed-ups are known
      base_ = {.batch_per_gpu = base_.batch_per_gpu, .rate = assumed_rate, .use = PointUse::kBase};
    }
    SetBaseCompute();
    if (calib_ == nullptr) return;
    if (calib_->batch_per_gpu != base_.batch_per_gpu) {
      CalibrateHalfBatch();
    } else {
      const StepSetting setting = Setting(*calib_);
      possible_.See(MeasuredStep(*calib_), setting.compute_s, StepsOf(setting));
    }
  }

  PredictedPoint Predict(const MeasuredPoint& point, Bands bands) const {
    PredictedPoint result;
    result.setting = Setting(point);
    const Possibilities::Steps steps = StepsOf(result.setting);
    result.times = possible_.Mean(steps);
    const double samples = point.gpus * point.batch_per_gpu;
    result.speedup = samples / result.times.total() / BaseRate();
    if (bands == Bands::kOff) return result;
    result.low = samples / possible_.Quantile(0.95, steps) / BaseRate();
    result.high = samples / possible_.Quantile(0.05, steps) / BaseRate();
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
    if (cluster_.exchange().has_server_gb_s()) {
      setting.exchange.set_server_gb_s(cluster_.exchange().server_gb_s());
    }
    return setting;
  }

  // Whether the ring of a host with that many GPUs leaves an island.
  bool LeavesIsland(int gpus, int hosts) const {
    const int island = cluster_.inside().island();
    return island > 0 && (gpus + hosts - 1) / hosts > island;
  }

  // The further point's speed says less about links that it did not use, or that did not limit it.
  Slowness SlownessOf(const Possibility& one, const StepSetting& setting) const {
    if (calib_ == nullptr) return {one.slowness, one.slowness};
    const double less = std::sqrt(one.slowness);
    const bool same_inside = calib_->hosts == 1 && LeavesIsland(calib_->gpus, calib_->hosts) ==
                                                       LeavesIsland(setting.gpus, setting.hosts);
    return {same_inside ? one.slowness : less, calib_->hosts > 1 ? one.slowness : less};
  }

  // By possibility, the transfers planned once for all.
  Possibilities::Steps StepsOf(const StepSetting& setting) const {
    const TransferPlan plan = PlanTransfers(workload_, cluster_, setting, constants_);
    const double bytes = WireBytes(workload_, setting.exchange);
    std::vector<Slowness> slowness;
    for (const Possibility& one : possible_.all()) slowness.push_back(SlownessOf(one, setting));
    return SimulatePlannedSteps(plan, bytes, setting, constants_, slowness);
  }

  StepTimes Mean(const StepSetting& setting) const { return possible_.Mean(StepsOf(setting)); }

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

  const MeasuredCurve& curve_;
  const Workload& workload_;
  const Cluster& cluster_;
  const ScalingConstants& constants_;
  MeasuredPoint base_;
  const MeasuredPoint* calib_;
  double half_batch_;
  double base_compute_ = 1;
  Possibilities possible_;
};

}  // namespace

std::vector<PredictedPoint> PredictCurve(const MeasuredCurve& curve, const Workload& workload,
                                         const Cluster& cluster, const ScalingConstants& constants,
                                         double assumed_rate, Bands bands) {
  const CurvePredictor predictor(curve, workload, cluster, constants, assumed_rate);
  std::vector<PredictedPoint> points;
  for (const MeasuredPoint& point : curve.points) {
    points.push_back(predictor.Predict(point, bands));
  }
  return points;
}

}  // namespace lockstep
