#include <cstdio>
#include <memory>
#include <optional>

#include "absl/strings/str_format.h"
#include "core/base/file.h"
#include "core/base/number_text.h"
#include "core/config/load_config.h"
#include "core/data/build_dataset.h"
#include "core/nn/zoo/zoo.h"
#include "distributed/comm/mpirun_environment.h"
#include "distributed/scaling/cluster.h"
#include "distributed/scaling/what_if.h"
#include "distributed/train/fit_memory.h"
#include "distributed/train/replica.h"
#include "tools/cluster_sheet.h"
#include "tools/command.h"
#include "tools/flags.h"
#include "tools/launch.h"
#include "tools/network_text.h"

namespace lockstep {
namespace {

struct SummaryFlags {
  std::string config_path;
  std::vector<std::string> sets;
  int ranks = 0;  // mpirun's, else one
  bool expand = false;
  bool zoo = false;
  std::string dot;
  std::string cluster;
};

std::string CountText(int64_t count) { return NumberText(static_cast<double>(count)); }

// Bytes of a rank and of a step, as they will be allocated and sent.
void PrintPlan(const Config& config, const Graph& graph, int ranks) {
  const RankMemory memory = MeasureRank(config, ranks, graph);
  const int64_t microbatches = MicrobatchCount(config, ranks, config.training().batch_size());
  std::printf("\nPer rank, %d rank%s, batch of %u in %lld micro-batch%s:\n", ranks,
              ranks == 1 ? "" : "s", config.training().batch_size(),
              static_cast<long long>(microbatches), microbatches == 1 ? "" : "es");
  const auto row = [](const char* what, int64_t bytes) {
    std::printf("  %-32s %16s bytes\n", what, CountText(bytes).c_str());
  };
  row("weights", memory.weights);
  row("gradients", memory.gradients);
  row("optimizer", memory.optimizer);
  row("activations", memory.graph.arena_bytes);
  row("  of which live at a time", memory.graph.bound_bytes);
  row("  without sharing", memory.graph.naive_bytes);
  row("workspace of the ops", memory.graph.workspace_bytes);
  row("in all", memory.total());
  row("the program, once a process", kProgramBytes);
  row("gradients reduced per step", ranks > 1 ? graph.layout().parameter_count() * 4 : 0);
  // Reduce-scatter and all-gather each move (P-1)/P of the buffer.
  row("sent by each rank per step", 2 * memory.weights * (ranks - 1) / ranks);
  if (memory.graph.recomputed_multiply_adds > 0) {
    std::printf("  %-32s %16s a sample\n", "multiply-adds computed again",
                CountText(memory.graph.recomputed_multiply_adds).c_str());
  }
}

// A small network's step on a GPU takes less than a tenth.
std::string MillisecondsText(double ms) {
  return ms < 1 ? absl::StrFormat("%.2g", ms) : absl::StrFormat("%.1f", ms);
}

// What the step would take on a cluster, and whether a rank's memory is there.
Status PrintOnCluster(const Cluster& cluster, const Config& config, const Graph& graph,
                      int ranks) {
  ScalingJob job;
  job.workload = WorkloadFromGraph(config.name(), graph);
  job.batch_per_gpu = static_cast<double>(config.training().batch_size()) / ranks;
  job.rate = GuessedRate(job.workload, cluster, kUsualEfficiency);
  std::printf("\nOn %s, one GPU per rank, %d host%s:\n", cluster.name().c_str(),
              HostsFor(cluster, ranks), HostsFor(cluster, ranks) == 1 ? "" : "s");
  if (cluster.has_gpu_memory_gb()) {
    const double share = static_cast<double>(MeasureRank(config, ranks, graph).total()) /
                         (1e9 * cluster.gpu_memory_gb());
    std::printf("  %-32s %16.1f %% of %g GB%s\n", "memory of a GPU", 100 * share,
                cluster.gpu_memory_gb(), share > 1 ? ": does not fit" : "");
  }
  if (job.rate == 0 || (HostsFor(cluster, ranks) > 1 && NetworkGbS(cluster) <= 0)) {
    return UsageError(
        cluster.name() +
        (job.rate == 0 ? ": expected peak_tflops" : ": expected a nic, as ranks need hosts") +
        " to predict the step; lockstep simulate takes --rate");
  }
  const SimulatedPoint point = SimulatePoint(job, cluster, ranks, ScalingConstants());
  std::printf("  %-32s %16s bytes\n", "gradients on the wire per step",
              NumberText(ranks == 1 ? 0 : WireBytes(job.workload, cluster.exchange())).c_str());
  std::printf("  %-32s %16s ms, at %.0f %% of a GPU's peak\n", "step",
              MillisecondsText(1e3 * point.times.total()).c_str(), 100 * kUsualEfficiency);
  std::printf("  %-32s %16.1f, 90 %% band %.1f-%.1f\n", "speed-up over one GPU", point.speedup,
              point.low, point.high);
  std::printf("  %-32s %16s\n", "bottleneck", Bottleneck(point.times, point.setting).c_str());
  return OkStatus();
}

int Requested(const SummaryFlags& flags) {
  return flags.ranks == 0 && !PlaceUnderMpirun() ? 1 : flags.ranks;
}

StatusOr<std::optional<Cluster>> WantedCluster(const std::string& name) {
  if (name.empty()) return std::optional<Cluster>();
  LOCKSTEP_ASSIGN_OR_RETURN(Cluster cluster, FindCluster(name, ""));
  return std::optional(std::move(cluster));
}

// A network of the zoo needs no pictures once it is told how many classes they have.
StatusOr<SampleFormat> FormatFor(const Config& config) {
  StatusOr<SampleFormat> format = TrainingFormat(config);
  const bool classes_missing = config.data().has_image_folder() && !config.model().zoo().empty();
  if (ExitCodeOf(format.status()) != ExitCode::kMissingInput || !classes_missing) return format;
  return MissingInputError(std::string(format.status().message()) +
                           "; without pictures: --set 'model { classes: 1000 }'");
}

Status Summarise(const SummaryFlags& flags) {
  if (flags.zoo && !flags.config_path.empty()) {
    return UsageError("summary: --zoo lists the known networks and takes no CONFIG, found \"" +
                      flags.config_path + "\"; a config names its network as model { zoo: NAME }");
  }
  if (flags.zoo) {
    LOCKSTEP_ASSIGN_OR_RETURN(const std::string table, ZooTable());
    std::fputs(table.c_str(), stdout);
    return OkStatus();
  }
  if (flags.config_path.empty()) return UsageError("summary: CONFIG is required");
  LOCKSTEP_ASSIGN_OR_RETURN(Config config, LoadConfig(flags.config_path, flags.sets));
  LOCKSTEP_ASSIGN_OR_RETURN(const int ranks, ChooseRanks(config, Requested(flags)));
  LOCKSTEP_ASSIGN_OR_RETURN(const std::optional<Cluster> cluster, WantedCluster(flags.cluster));
  LOCKSTEP_ASSIGN_OR_RETURN(const SampleFormat format, FormatFor(config));
  if (flags.expand) {
    LOCKSTEP_ASSIGN_OR_RETURN(*config.mutable_model(), ExpandModel(config.model(), format.classes));
    std::fputs(ConfigText(config).c_str(), stdout);
    return OkStatus();
  }
  LOCKSTEP_ASSIGN_OR_RETURN(const Replica replica,
                            MakeReplica(config, format, MicrobatchRows(config, ranks)));
  LOCKSTEP_RETURN_IF_ERROR(
      FitMemory(config, ranks, MemoryLimit(config.training(), ranks), replica.graph.get()));
  if (!flags.dot.empty()) {
    LOCKSTEP_RETURN_IF_ERROR(
        WriteFileAtomically(flags.dot, LayersAsDot(*replica.graph, config.name())));
    std::printf("wrote %s; dot -Tsvg draws it\n", flags.dot.c_str());
    return OkStatus();
  }
  std::fputs(LayerTable(*replica.graph, config.name()).c_str(), stdout);
  PrintPlan(config, *replica.graph, ranks);
  return cluster ? PrintOnCluster(*cluster, config, *replica.graph, ranks) : OkStatus();
}

}  // namespace

CommandBody AddSummaryCommand(CLI::App* app) {
  auto flags = std::make_shared<SummaryFlags>();
  app->add_option("CONFIG", flags->config_path, "Config file, as examples/mnist.textproto");
  app->add_option("--ranks", flags->ranks,
                  "Memory and bytes for this many ranks (default: mpirun's, or 1)")
      ->option_text("N")
      ->check(CLI::Range(1, 1 << 20));
  app->add_option("--cluster", flags->cluster,
                  "Also the step on this cluster: a sheet of clusters/ by name, or a file")
      ->option_text("FILE");
  app->add_flag("--expand", flags->expand,
                "Print the config with the zoo's network written out in layers");
  app->add_option("--dot", flags->dot, "Write the network for Graphviz (dot -Tsvg) instead")
      ->option_text("FILE");
  app->add_flag("--zoo", flags->zoo, "List the known networks");
  AddSetFlag(app, &flags->sets);
  return [flags] { return Summarise(*flags); };
}

}  // namespace lockstep
