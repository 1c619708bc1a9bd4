#include "distributed/scaling/measurements.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/base/nearest_name.h"
#include "distributed/scaling/text_table.h"

namespace lockstep {
namespace {

constexpr std::array<const char*, 7> kUses = {"base",        "calib", "score", "sheet",
                                              "input_bound", "hard",  "report"};

// How a framework's way of updating sends gradients.
struct UpdateMethod {
  const char* name;
  Exchange::Algorithm algorithm;
  double bucket_mb;
};

constexpr UpdateMethod kMethods[] = {
    {"ps_cpu", Exchange::HOST_MEMORY, 0},
    {"ps_gpu", Exchange::PEER_COPIES, 0},
    {"replicated_no_nccl", Exchange::PEER_COPIES, 0},
    {"nccl_replicated", Exchange::HIERARCHICAL, 0},
    {"nccl_ring", Exchange::HIERARCHICAL, 0},
    {"horovod", Exchange::HIERARCHICAL, 64},  // HOROVOD_FUSION_THRESHOLD
    {"ddp", Exchange::HIERARCHICAL, 25},      // bucket_cap_mb
    {"halving_doubling", Exchange::RECURSIVE_HALVING, 0},
    {"parameter_server", Exchange::PARAMETER_SERVERS, 0},
    {"distributed_replicated", Exchange::PARAMETER_SERVERS_PER_HOST, 0},
    {"kvstore_device_then_ps", Exchange::PARAMETER_SERVERS_PER_HOST, 0},
};

// Versions and containers of one framework under one name.
std::string FrameworkOf(const std::string& text) {
  constexpr std::pair<const char*, const char*> kNames[] = {
      {"MXNet", "MXNet"},           {"PyTorch", "PyTorch"}, {"Paddle", "PaddlePaddle"},
      {"OneFlow", "OneFlow"},       {"Caffe", "Caffe"},     {"tf_cnn_benchmarks", "TensorFlow 1"},
      {"TF", "TensorFlow, others"},
  };
  for (const auto& [part, name] : kNames) {
    if (text.find(part) != std::string::npos) return name;
  }
  return text;
}

// The name's place in a list, or an error at the row's line.
StatusOr<size_t> Lookup(const TextTable& table, size_t row, const char* column,
                        const std::vector<std::string>& names) {
  const std::string& name = table.Text(row, column);
  const auto found = std::find(names.begin(), names.end(), name);
  if (found != names.end()) return static_cast<size_t>(found - names.begin());
  std::string all;
  for (const std::string& one : names) all += (all.empty() ? "" : ", ") + one;
  return table.Error(row, std::string(column) + ": found \"" + name + "\"; expected one of " + all +
                              DidYouMean(name, names));
}

StatusOr<MeasuredPoint> ReadPoint(const TextTable& table, size_t row) {
  MeasuredPoint point;
  LOCKSTEP_ASSIGN_OR_RETURN(point.gpus, table.Count(row, "gpus"));
  LOCKSTEP_ASSIGN_OR_RETURN(point.hosts, table.Count(row, "hosts"));
  LOCKSTEP_ASSIGN_OR_RETURN(point.base_gpus, table.Count(row, "base_gpus"));
  LOCKSTEP_ASSIGN_OR_RETURN(point.batch_per_gpu, table.Number(row, "batch_per_gpu", 0));
  LOCKSTEP_ASSIGN_OR_RETURN(point.rate, table.Number(row, "rate", 0));
  LOCKSTEP_ASSIGN_OR_RETURN(point.speedup, table.Number(row, "speedup", 0));
  LOCKSTEP_ASSIGN_OR_RETURN(const double servers, table.Number(row, "servers", 0));
  LOCKSTEP_ASSIGN_OR_RETURN(const size_t use,
                            Lookup(table, row, "use", {kUses.begin(), kUses.end()}));
  point.use = static_cast<PointUse>(use);
  point.servers = std::clamp(static_cast<int>(servers), 1, 100000);
  if (point.hosts > point.gpus) return table.Error(row, "hosts: more hosts than gpus");
  if (point.batch_per_gpu <= 0) return table.Error(row, "batch_per_gpu: expected a number above 0");
  if (point.use == PointUse::kBase ? point.rate <= 0 : point.speedup <= 0) {
    return table.Error(row, point.use == PointUse::kBase
                                ? "rate: a point to start from needs a rate above 0"
                                : "speedup: expected a number above 0");
  }
  return point;
}

StatusOr<MeasuredCurve> ReadCurve(const TextTable& table, size_t row) {
  MeasuredCurve curve;
  curve.name = table.Text(row, "curve");
  curve.system = table.Text(row, "system");
  curve.model = table.Text(row, "model");
  curve.framework = FrameworkOf(table.Text(row, "framework"));
  curve.half_precision = table.Text(row, "precision") == "amp";
  curve.real_input = table.Text(row, "data") == "real";
  std::vector<std::string> names;
  for (const UpdateMethod& method : kMethods) names.push_back(method.name);
  LOCKSTEP_ASSIGN_OR_RETURN(const size_t method, Lookup(table, row, "update", names));
  curve.exchange.set_algorithm(kMethods[method].algorithm);
  curve.exchange.set_bucket_mb(kMethods[method].bucket_mb);
  curve.exchange.set_wire(curve.half_precision ? Exchange::FP16 : Exchange::FP32);
  return curve;
}

}  // namespace

const char* NameOf(PointUse use) { return kUses[static_cast<size_t>(use)]; }

const MeasuredPoint* MeasuredCurve::Find(PointUse use) const {
  const auto found = std::find_if(points.begin(), points.end(),
                                  [use](const MeasuredPoint& point) { return point.use == use; });
  return found == points.end() ? nullptr : &*found;
}

std::string MeasuredCurve::group() const {
  size_t end = name.find('/');
  for (int more = name.starts_with("dlperf/") ? 2 : 0; more > 0; --more) {
    end = end == std::string::npos ? end : name.find('/', end + 1);
  }
  return name.substr(0, end);
}

StatusOr<std::vector<MeasuredCurve>> ReadMeasurements(std::string_view text,
                                                      const std::string& file) {
  LOCKSTEP_ASSIGN_OR_RETURN(
      const TextTable table,
      TextTable::Parse(text, file,
                       {"curve", "system", "model", "precision", "batch_per_gpu", "data", "update",
                        "servers", "hosts", "gpus", "rate", "base_gpus", "speedup", "use"},
                       {"framework", "unit", "source", "mark", "note"}));
  std::vector<MeasuredCurve> curves;
  for (size_t row = 0; row < table.rows(); ++row) {
    LOCKSTEP_ASSIGN_OR_RETURN(MeasuredCurve curve, ReadCurve(table, row));
    LOCKSTEP_ASSIGN_OR_RETURN(const MeasuredPoint point, ReadPoint(table, row));
    const auto same = std::find_if(curves.begin(), curves.end(), [&](const MeasuredCurve& other) {
      return other.name == curve.name;
    });
    if (same == curves.end()) {
      if (point.use != PointUse::kBase && point.use != PointUse::kReport) {
        return table.Error(row, "curve: \"" + curve.name + "\" does not begin with a base point");
      }
      curves.push_back(std::move(curve));
      curves.back().points.push_back(point);
      continue;
    }
    if (same->system != curve.system || same->model != curve.model) {
      return table.Error(row, "curve: \"" + curve.name + "\" has another system or model before");
    }
    same->points.push_back(point);
  }
  return curves;
}

}  // namespace lockstep
