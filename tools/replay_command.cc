#include <cmath>
#include <cstdio>
#include <map>
#include <memory>
#include <utility>

#include "absl/strings/str_format.h"
#include "core/base/file.h"
#include "distributed/scaling/cluster.h"
#include "distributed/scaling/fit_constants.h"
#include "distributed/scaling/replay.h"
#include "tools/command.h"

namespace lockstep {
namespace {

struct ReplayFlags {
  std::string file;
  std::string clusters;
  std::string nets;
  std::string csv;
  bool fit = false;
  bool cross_validate = false;
};

// What a file has comes before what ships under the same name.
template <typename T>
void PutFirst(std::vector<T> own, std::vector<T>* all) {
  own.insert(own.end(), all->begin(), all->end());
  *all = std::move(own);
}

StatusOr<std::vector<Cluster>> ReadClusters(const std::string& path) {
  LOCKSTEP_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  if (!path.ends_with(".textproto")) return ReadClusterTable(text, path);
  LOCKSTEP_ASSIGN_OR_RETURN(Cluster cluster, ParseCluster(text, path));
  return std::vector<Cluster>{std::move(cluster)};
}

StatusOr<ReplayData> Load(const ReplayFlags& flags) {
  LOCKSTEP_ASSIGN_OR_RETURN(ReplayData data, ShippedReplayData());
  if (!flags.file.empty()) {
    LOCKSTEP_ASSIGN_OR_RETURN(const std::string text, ReadFile(flags.file));
    LOCKSTEP_ASSIGN_OR_RETURN(data.curves, ReadMeasurements(text, flags.file));
  }
  if (!flags.clusters.empty()) {
    LOCKSTEP_ASSIGN_OR_RETURN(std::vector<Cluster> own, ReadClusters(flags.clusters));
    PutFirst(std::move(own), &data.clusters);
  }
  if (!flags.nets.empty()) {
    LOCKSTEP_ASSIGN_OR_RETURN(const std::string text, ReadFile(flags.nets));
    LOCKSTEP_ASSIGN_OR_RETURN(std::vector<Workload> own, ReadNets(text, flags.nets));
    PutFirst(std::move(own), &data.nets);
  }
  return data;
}

using Errors = std::array<std::vector<double>, 4>;  // by Predictor

void Add(const ReplayedPoint& point, Errors* errors) {
  for (size_t i = 0; i < errors->size(); ++i) {
    (*errors)[i].push_back(100 * point.Error(static_cast<Predictor>(i)));
  }
}

void PrintGroup(const std::string& name, const Errors& errors) {
  const ErrorSummary own = Summarise(errors[0]);
  std::printf("%-23s %4zu  %5.1f %6.1f %5.1f %5.0f  %7.1f %6.1f %8.1f\n", name.c_str(), own.count,
              own.mean, own.median, own.p90, own.worst, Summarise(errors[1]).mean,
              Summarise(errors[2]).mean, Summarise(errors[3]).mean);
}

void PrintScored(const std::vector<ReplayedPoint>& points) {
  std::map<std::string, Errors> groups;
  Errors all, sheets;
  for (const ReplayedPoint& point : points) {
    if (point.point->use == PointUse::kSheet) Add(point, &sheets);
    if (point.point->use != PointUse::kScore) continue;
    Add(point, &groups[point.curve->group()]);
    Add(point, &all);
  }
  std::printf(
      "Error of the predicted speed-up, %% of the published one\n\n"
      "%-23s %4s  %5s %6s %5s %5s  %7s %6s %8s\n%-23s %4s  %24s  %21s\n",
      "", "", "mean", "median", "90 %", "worst", "linear", "Amdahl", "constant", "group", "points",
      "", "means of");
  std::printf("%s\n", std::string(78, '-').c_str());
  for (const auto& [name, errors] : groups) PrintGroup(name, errors);
  std::printf("%s\n", std::string(78, '-').c_str());
  PrintGroup("all scored", all);
  if (!sheets[0].empty()) PrintGroup("from the sheet alone", sheets);
  std::printf("\nmean / median / 90th percentile / worst over all %zu scored points\n",
              all[0].size());
  for (size_t i = 0; i < all.size(); ++i) {
    const ErrorSummary s = Summarise(all[i]);
    std::printf("  %-20s %.1f / %.1f / %.1f / %.0f\n", kPredictorNames[i], s.mean, s.median, s.p90,
                s.worst);
  }
}

// Points that the rules keep from being scored.
void PrintUnscored(const std::vector<ReplayedPoint>& points) {
  bool first = true;
  for (const ReplayedPoint& at : points) {
    const PointUse use = at.point->use;
    if (use != PointUse::kHard && use != PointUse::kReport && use != PointUse::kInputBound)
      continue;
    if (first) {
      std::printf("\nNot scored, with the published and the predicted speed-up\n"
                  "%-46s %-11s %4s %7s %7s\n", "curve", "why", "GPUs", "publ.", "pred.");
    }
    first = false;
    std::printf("%-46s %-11s %4d %7.2f %7.2f\n", at.curve->name.c_str(), NameOf(use),
                at.point->gpus, at.point->speedup, at.speedups[0]);
  }
}

// Whether the published speed-up lies in the predicted band.
void PrintCoverage(const std::vector<ReplayedPoint>& points) {
  size_t inside = 0, all = 0;
  for (const ReplayedPoint& at : points) {
    if (at.point->use != PointUse::kScore && at.point->use != PointUse::kSheet) continue;
    ++all;
    inside += at.predicted.low <= at.point->speedup && at.point->speedup <= at.predicted.high;
  }
  std::printf("\nIn the predicted band of 90 %%: %zu of %zu points, %.0f %%\n", inside, all,
              100.0 * static_cast<double>(inside) / static_cast<double>(all));
}

Status PrintFit(const ReplayData& data) {
  LOCKSTEP_ASSIGN_OR_RETURN(const ConstantsFit fit, FitConstants(data));
  std::printf("Constants fitted on %zu points, +- one standard deviation\n\n", fit.points);
  std::printf("%-20s %9s %7s %9s\n", "constant", "fitted", "+-", "in use");
  for (size_t i = 0; i < kFittedConstants.size(); ++i) {
    const NamedConstant& constant = kFittedConstants[i];
    std::printf("%-20s %9.3g %5.0f %% %9.3g\n", constant.name, fit.constants.*constant.value,
                100 * std::expm1(fit.log_deviations[i]), ScalingConstants().*constant.value);
  }
  return OkStatus();
}

Status PrintLeftOut(const ReplayData& data, LeaveOut leave_out, const char* what) {
  LOCKSTEP_ASSIGN_OR_RETURN(const CrossValidation result, CrossValidate(data, leave_out));
  const std::string rule(72, '-');
  std::printf("%-23s %6s %6s %6s %6s %6s %6s %7s\n%s\n", what, "points", "mean", "median", "90 %",
              "worst", "on all", "alone", rule.c_str());
  const auto row = [](const std::string& name, const ErrorSummary& left, const ErrorSummary& all,
                      const ErrorSummary& alone) {
    std::printf("%-23s %6zu %6.1f %6.1f %6.1f %6.0f %6.1f %7.1f\n", name.c_str(), left.count,
                left.mean, left.median, left.p90, left.worst, all.mean, alone.mean);
  };
  for (const LeftOut& one : result.groups) row(one.name, one.unseen, one.fitted, one.alone);
  std::printf("%s\n", rule.c_str());
  row("all", result.unseen, result.fitted, result.alone);
  return OkStatus();
}

Status PrintCrossValidation(const ReplayData& data) {
  std::printf(
      "Error of the predicted speed-up, %%, where the constants are fitted without the\n"
      "system or framework. \"on all\": mean where they are fitted on all. \"alone\": mean\n"
      "from the sheet alone, of the further points as well.\n\n");
  LOCKSTEP_RETURN_IF_ERROR(PrintLeftOut(data, LeaveOut::kSystem, "system left out"));
  std::printf("\n");
  return PrintLeftOut(data, LeaveOut::kFramework, "framework left out");
}

Status RunReplay(const ReplayFlags& flags) {
  LOCKSTEP_ASSIGN_OR_RETURN(const ReplayData data, Load(flags));
  if (flags.fit || flags.cross_validate) {
    const Status printed = flags.fit ? PrintFit(data) : PrintCrossValidation(data);
    return Annotate(printed, flags.file.empty() ? "measurements" : flags.file);
  }
  StatusOr<std::vector<ReplayedPoint>> points = Replay(data, {});
  if (!points.ok()) {
    return Annotate(points.status(), flags.file.empty() ? "measurements" : flags.file);
  }
  PrintScored(*points);
  PrintCoverage(*points);
  PrintUnscored(*points);
  if (flags.csv.empty()) return OkStatus();
  LOCKSTEP_RETURN_IF_ERROR(WriteFileAtomically(flags.csv, ReplayCsv(*points)));
  if (!IsStandardOutput(flags.csv)) {
    std::printf("\nwrote %zu points to %s\n", points->size(), flags.csv.c_str());
  }
  return OkStatus();
}

}  // namespace

CommandBody AddReplayCommand(CLI::App* app) {
  auto flags = std::make_shared<ReplayFlags>();
  app->add_option("FILE", flags->file,
                  "Measurements in the columns of measurements/points.csv (default: those)");
  app->add_option("--clusters", flags->clusters,
                  "More hardware sheets: a .textproto of proto/cluster.proto, or a table")
      ->option_text("FILE");
  app->add_option("--nets", flags->nets, "More networks, in the columns of measurements/nets.csv")
      ->option_text("FILE");
  app->add_option("--csv", flags->csv, "Write every point with its breakdown")->option_text("FILE");
  CLI::Option* fit =
      app->add_flag("--fit", flags->fit, "Fit the model's constants on the measurements instead");
  app->add_flag("--cross-validate", flags->cross_validate,
                "Fit them without each system, and each framework, in turn and score it instead")
      ->excludes(fit);
  return [flags] { return RunReplay(*flags); };
}

}  // namespace lockstep
