#include <cstdio>
#include <memory>

#include "core/base/file.h"
#include "core/base/number_text.h"
#include "core/config/load_config.h"
#include "core/data/build_dataset.h"
#include "core/nn/zoo/zoo.h"
#include "distributed/comm/mpirun_environment.h"
#include "distributed/train/fit_memory.h"
#include "distributed/train/replica.h"
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

int Requested(const SummaryFlags& flags) {
  return flags.ranks == 0 && !PlaceUnderMpirun() ? 1 : flags.ranks;
}

Status Summarise(const SummaryFlags& flags) {
  if (flags.zoo) {
    LOCKSTEP_ASSIGN_OR_RETURN(const std::string table, ZooTable());
    std::fputs(table.c_str(), stdout);
    return OkStatus();
  }
  if (flags.config_path.empty()) return UsageError("summary: CONFIG is required");
  LOCKSTEP_ASSIGN_OR_RETURN(Config config, LoadConfig(flags.config_path, flags.sets));
  LOCKSTEP_ASSIGN_OR_RETURN(const int ranks, ChooseRanks(config, Requested(flags)));
  LOCKSTEP_ASSIGN_OR_RETURN(const SampleFormat format, TrainingFormat(config));
  if (flags.expand) {
    LOCKSTEP_ASSIGN_OR_RETURN(*config.mutable_model(),
                              ExpandModel(config.model(), format.classes));
    std::fputs(ConfigText(config).c_str(), stdout);
    return OkStatus();
  }
  LOCKSTEP_ASSIGN_OR_RETURN(const Replica replica,
                            MakeReplica(config, format, MicrobatchRows(config, ranks)));
  LOCKSTEP_RETURN_IF_ERROR(
      FitMemory(config, ranks, MemoryLimit(config.training(), ranks), replica.graph.get()));
  if (!flags.dot.empty()) {
    return WriteFileAtomically(flags.dot, LayersAsDot(*replica.graph, config.name()));
  }
  std::fputs(LayerTable(*replica.graph, config.name()).c_str(), stdout);
  PrintPlan(config, *replica.graph, ranks);
  return OkStatus();
}

}  // namespace

CommandBody AddSummaryCommand(CLI::App* app) {
  auto flags = std::make_shared<SummaryFlags>();
  app->add_option("CONFIG", flags->config_path, "Config file, as examples/mnist.textproto");
  app->add_option("--ranks", flags->ranks,
                  "Memory and bytes for this many ranks (default: mpirun's, or 1)")
      ->option_text("N")
      ->check(CLI::Range(1, 1 << 20));
  app->add_flag("--expand", flags->expand,
                "Print the config with the zoo's network written out in layers");
  app->add_option("--dot", flags->dot, "Write the network for Graphviz (dot -Tsvg) instead")
      ->option_text("FILE");
  app->add_flag("--zoo", flags->zoo, "List the known networks");
  AddSetFlag(app, &flags->sets);
  return [flags] { return Summarise(*flags); };
}

}  // namespace lockstep
