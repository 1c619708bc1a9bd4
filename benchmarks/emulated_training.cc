// Trains an emulated network with lockstep's own loop: real gradients, buckets, all-reduces, times
// and verdicts, while computing is a sleep (benchmarks/emulated_graph.h).
//
//   emulated_training --net resnet50 --batch 64 --steps 10 --run-dir DIR
//
// As threads with --ranks N, or under mpirun. The run folder is one that `lockstep report` reads.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <string>

#include "absl/strings/str_format.h"
#include "benchmarks/emulated_graph.h"
#include "core/config/load_config.h"
#include "core/data/build_dataset.h"
#include "core/ops/ops.h"
#include "distributed/scaling/shipped_data.h"
#include "distributed/train/trainer.h"
#include "tools/launch.h"

namespace lockstep {
namespace {

struct Flags {
  std::string net;
  std::string run_dir;
  int ranks = 1;
  int64_t batch = 32;
  int64_t steps = 10;
  EmulatedNetwork network;
  int slow_rank = -1;
  double slow_ms = 0;
  double scale = 1;  // of all parameter counts
  std::string trace_file;
};

StatusOr<Config> MakeConfig(const Flags& flags) {
  const std::string text = absl::StrFormat(
      "name: 'emulated' data { synthetic { shape: 1 classes: 2 samples: %d } }\n"
      "model { layer { dense { units: 1 activation: SIGMOID } } } loss: BINARY_CROSSENTROPY\n"
      "optimizer { sgd {} } training { batch_size: %d steps: %d epochs: 1 }",
      flags.batch * flags.steps, flags.batch, flags.steps);
  return ParseConfig(text, "emulated", "", {});
}

Status RunRank(const Flags& flags, const Config& config, const DatasetSplits& data,
               Communicator* communicator) {
  std::unique_ptr<RunLog> log;
  if (communicator->rank() == 0) {
    LOCKSTEP_ASSIGN_OR_RETURN(log, RunLog::Open({.folder = flags.run_dir,
                                                 .train_samples = data.train.size,
                                                 .heading = ""},
                                                config));
  }
  TrainingInputs inputs = {.config = &config,
                           .data = &data,
                           .communicator = communicator,
                           .log = log.get(),
                           .checkpoint_folder = "",
                           .trace_file = flags.trace_file};
  inputs.make_replica = [&](int64_t) -> StatusOr<Replica> {
    EmulatedNetwork network = flags.network;
    if (communicator->rank() == flags.slow_rank) network.extra_ms = flags.slow_ms;
    Replica replica = {MakeCpuOps(), MakeEmulatedGraph(network), {}};
    const auto elems = static_cast<size_t>(replica.graph->layout().size_elems());
    replica.weights = Buffer<float>(elems);
    return replica;
  };
  LOCKSTEP_ASSIGN_OR_RETURN(const TrainingOutcome outcome, Train(inputs));
  return log == nullptr ? OkStatus() : log->Finish(outcome.facts);
}

// A network of measurements/nets.csv.
StatusOr<Workload> FindNet(const std::string& name) {
  LOCKSTEP_ASSIGN_OR_RETURN(const std::vector<Workload> nets,
                            ReadNets(kShippedNets, "measurements/nets.csv"));
  const auto found = std::ranges::find(nets, name, &Workload::name);
  if (found != nets.end()) return *found;
  return UsageError("--net: measurements/nets.csv has no \"" + name + "\"");
}

Status Run(Flags flags) {
  LOCKSTEP_ASSIGN_OR_RETURN(const Workload net, FindNet(flags.net));
  flags.network.layers = EmulatedLayersOf(net);
  for (EmulatedLayer& layer : flags.network.layers) {
    layer.parameters = static_cast<int64_t>(static_cast<double>(layer.parameters) * flags.scale);
  }
  LOCKSTEP_ASSIGN_OR_RETURN(const Config config, MakeConfig(flags));
  LOCKSTEP_ASSIGN_OR_RETURN(const DatasetSplits data, BuildDatasets(config, {.train = true}));
  Launcher launcher;
  return launcher.Run(flags.ranks, [&](Communicator* communicator) {
    return RunRank(flags, config, data, communicator);
  });
}

Status Main(int argc, char** argv) {
  Flags flags;
  CLI::App app("Trains an emulated network with lockstep's own loop.", "emulated_training");
  app.add_option("--net", flags.net, "Network of measurements/nets.csv")->required();
  app.add_option("--run-dir", flags.run_dir, "Run folder")->required();
  app.add_option("--ranks", flags.ranks, "Thread ranks, where mpirun does not say how many");
  app.add_option("--batch", flags.batch, "Samples of a step");
  app.add_option("--steps", flags.steps, "Steps");
  app.add_option("--fixed-ms", flags.network.fixed_ms, "Computing of a batch of no samples");
  app.add_option("--per-sample-ms", flags.network.per_sample_ms, "Computing of a sample");
  app.add_option("--slow-rank", flags.slow_rank, "A rank that is slow");
  app.add_option("--slow-ms", flags.slow_ms, "By how much, each step");
  app.add_option("--scale", flags.scale, "Of all sizes of tensors");
  app.add_option("--trace", flags.trace_file, "Chrome trace of the first steps");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? OkStatus() : UsageError("see --help");
  }
  const Status status = Run(flags);
  if (!status.ok()) {
    std::fprintf(stderr, "emulated_training: %s\n", std::string(status.message()).c_str());
  }
  return status;
}

}  // namespace
}  // namespace lockstep

int main(int argc, char** argv) {
  return static_cast<int>(lockstep::ExitCodeOf(lockstep::Main(argc, argv)));
}
