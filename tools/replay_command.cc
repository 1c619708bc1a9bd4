#include <cstdio>
#include <map>
#include <memory>
#include <utility>

#include "absl/strings/str_format.h"
#include "core/base/file.h"
#include "distributed/scaling/cluster.h"
#include "distributed/scaling/replay.h"
#include "tools/command.h"

namespace lockstep {
namespace {

struct ReplayFlags {
  std::string file;
  std::string clusters;
  std::string nets;
  std::string csv;
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
      "%-23s %4s  %5s %6s %5s %5s  %7s %6s %8s\n%-23s %4s  %24s  %23s\n",
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
      std::printf("\nNot scored\n%-45s %-11s %4s %9s %9s\n", "curve", "why", "GPUs", "published",
                  "predicted");
    }
    first = false;
    std::printf("%-45s %-11s %4d %9.2f %9.2f\n", at.curve->name.c_str(), NameOf(use),
                at.point->gpus, at.point->speedup, at.speedups[0]);
  }
}

Status RunReplay(const ReplayFlags& flags) {
  LOCKSTEP_ASSIGN_OR_RETURN(const ReplayData data, Load(flags));
  StatusOr<std::vector<ReplayedPoint>> points = Replay(data, {});
  if (!points.ok()) {
    return Annotate(points.status(), flags.file.empty() ? "measurements" : flags.file);
  }
  PrintScored(*points);
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
  return [flags] { return RunReplay(*flags); };
}

}  // namespace lockstep
