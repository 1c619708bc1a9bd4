#include "distributed/scaling/replay.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_format.h"
#include "core/base/csv_field.h"
#include "core/base/nearest_name.h"
#include "distributed/scaling/cluster.h"
#include "distributed/scaling/shipped_data.h"

namespace lockstep {
namespace {

// One V100 on ResNet-50, where only speed-ups were published: as the source's year has it.
double AssumedRate(const MeasuredCurve& curve) { return curve.half_precision ? 700 : 370; }

template <typename T, typename NameOf>
StatusOr<const T*> Named(const std::vector<T>& all, const std::string& name, const NameOf& name_of,
                         const std::string& what) {
  std::vector<std::string> names;
  for (const T& one : all) {
    if (name_of(one) == name) return &one;
    names.push_back(name_of(one));
  }
  std::string list;
  for (const std::string& one : names) list += (list.empty() ? "" : ", ") + one;
  return BadDataError(what + " \"" + name + "\" is not known" + DidYouMean(name, names) +
                      "; known are " + list);
}

// The dull models, from the further point where there is one.
void AddBaselines(const MeasuredCurve& curve, ReplayedPoint* replayed) {
  const MeasuredPoint& point = *replayed->point;
  const MeasuredPoint* calib = curve.Find(PointUse::kCalib);
  const double times = static_cast<double>(point.gpus) / point.base_gpus;
  double serial = 0, efficiency = 1;
  if (calib != nullptr && calib->gpus > calib->base_gpus) {
    const double ratio = static_cast<double>(calib->gpus) / calib->base_gpus;
    efficiency = calib->speedup / ratio;
    serial = std::max(0.0, (ratio / calib->speedup - 1) / (ratio - 1));
  }
  replayed->speedups = {replayed->predicted.speedup, times, times / (1 + serial * (times - 1)),
                        times * efficiency};
}

}  // namespace

StatusOr<std::vector<ReplayedPoint>> Replay(const ReplayData& data,
                                            const ScalingConstants& constants, Bands bands) {
  std::vector<ReplayedPoint> replayed;
  for (const MeasuredCurve& curve : data.curves) {
    const auto sheet = Named(
        data.clusters, curve.system, [](const Cluster& one) { return one.name(); },
        "curve " + curve.name + ": system");
    if (!sheet.ok()) return sheet.status();
    const auto net = Named(
        data.nets, curve.model, [](const Workload& one) { return one.name; },
        "curve " + curve.name + ": model");
    if (!net.ok()) return net.status();
    const std::vector<PredictedPoint> predicted =
        PredictCurve(curve, **net, **sheet, constants, AssumedRate(curve), bands);
    for (size_t i = 0; i < predicted.size(); ++i) {
      if (curve.points[i].use == PointUse::kBase) continue;
      replayed.push_back({&curve, &curve.points[i], predicted[i], {}});
      AddBaselines(curve, &replayed.back());
    }
  }
  return replayed;
}

ErrorSummary Summarise(std::vector<double> errors) {
  ErrorSummary summary;
  summary.count = errors.size();
  if (errors.empty()) return summary;
  for (double& error : errors) error = std::abs(error);
  std::sort(errors.begin(), errors.end());
  for (const double error : errors) summary.mean += error / static_cast<double>(errors.size());
  const auto percentile = [&](double share) {
    const double at = share * static_cast<double>(errors.size() - 1);
    const auto low = static_cast<size_t>(at);
    const size_t high = std::min(low + 1, errors.size() - 1);
    return errors[low] + (at - static_cast<double>(low)) * (errors[high] - errors[low]);
  };
  summary.median = percentile(0.5);
  summary.p90 = percentile(0.9);
  summary.worst = errors.back();
  return summary;
}

StatusOr<ReplayData> ShippedReplayData() {
  ReplayData data;
  for (const ShippedFile& file : ShippedClusters()) {
    LOCKSTEP_ASSIGN_OR_RETURN(Cluster cluster, ParseCluster(file.text, std::string(file.name)));
    data.clusters.push_back(std::move(cluster));
  }
  LOCKSTEP_ASSIGN_OR_RETURN(data.nets, ReadNets(kShippedNets, "measurements/nets.csv"));
  LOCKSTEP_ASSIGN_OR_RETURN(data.curves,
                            ReadMeasurements(kShippedPoints, "measurements/points.csv"));
  return data;
}

std::string ReplayCsv(const std::vector<ReplayedPoint>& points) {
  std::string csv =
      "curve,system,model,use,gpus,hosts,published,predicted,error,linear,amdahl,constant,"
      "bottleneck,compute_ms,exposed_ms,interference_ms,straggler_ms,entry_ms,copies_ms,input_ms,"
      "dispatch_ms\n";
  for (const ReplayedPoint& at : points) {
    const StepTimes& t = at.predicted.times;
    csv += CsvField(at.curve->name) + "," + CsvField(at.curve->system) + "," +
           CsvField(at.curve->model);
    csv += absl::StrFormat(",%s,%d,%d,%g,%.4f,%.4f,%.4f,%.4f,%.4f,", NameOf(at.point->use),
                           at.point->gpus, at.point->hosts, at.point->speedup, at.speedups[0],
                           at.Error(Predictor::kModel), at.speedups[1], at.speedups[2],
                           at.speedups[3]);
    csv += Bottleneck(t, at.predicted.setting);
    for (const double seconds : {t.compute, t.exposed, t.interference, t.straggler, t.entry,
                                 t.copies, t.input, t.dispatch}) {
      csv += absl::StrFormat(",%.3f", seconds * 1e3);
    }
    csv += "\n";
  }
  return csv;
}

}  // namespace lockstep
