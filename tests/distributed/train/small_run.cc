#include "tests/distributed/train/small_run.h"

#include <gtest/gtest.h>

#include <memory>
#include <utility>

#include "core/config/load_config.h"
#include "core/data/build_dataset.h"
#include "distributed/train/run_log.h"
#include "tests/testing/thread_ranks.h"

namespace lockstep {

Config SmallConfig(const std::string& more) {
  constexpr const char* kText = R"(
name: "small" seed: 5
data { synthetic { shape: 6 classes: 3 samples: 52 } validation { first: 5 } }
model {
  layer { dense { units: 7 activation: RELU } }
  layer { dropout { rate: 0.25 } }
  layer { dense { units: 3 activation: SOFTMAX } }
}
loss: CATEGORICAL_CROSSENTROPY metric: ACCURACY
optimizer { adam { learning_rate: 0.01 } }
training { batch_size: 16 epochs: 3 microbatches: 8 }
)";
  const StatusOr<Config> config = ParseConfig(kText, "small", "", {more});
  EXPECT_TRUE(config.ok()) << config.status();
  return *config;
}

DatasetSplits SmallData(const Config& config) {
  StatusOr<DatasetSplits> data = BuildDatasets(config, {.train = true, .test = true});
  EXPECT_TRUE(data.ok()) << data.status();
  return *std::move(data);
}

std::vector<StatusOr<TrainingOutcome>> TrainOnThreads(const Config& config, int ranks,
                                                      const SmallRunOptions& options) {
  const DatasetSplits data = SmallData(config);
  std::vector<StatusOr<TrainingOutcome>> outcomes;
  for (int i = 0; i < ranks; ++i) outcomes.emplace_back(BugError("this rank did not run"));
  OnThreadRanks(ranks, {}, [&](Communicator* communicator) {
    std::unique_ptr<RunLog> log;
    if (communicator->rank() == 0 && !options.folder.empty()) {
      auto opened = RunLog::Open({.folder = options.folder,
                                  .train_samples = data.train.size,
                                  .quiet = true,
                                  .resume = options.start != nullptr,
                                  .resume_step = options.start ? options.start->head().step() : 0},
                                 config);
      ASSERT_TRUE(opened.ok()) << opened.status();
      log = *std::move(opened);
    }
    TrainingInputs inputs = {.config = &config,
                             .data = &data,
                             .communicator = communicator,
                             .log = log.get(),
                             .checkpoint_folder = log ? options.folder + "/checkpoints" : "",
                             .start = options.start,
                             .stop = options.stop,
                             .trace_file = options.trace_file};
    if (options.make_replica) {
      inputs.make_replica = [&, communicator](int64_t max_rows) {
        return options.make_replica(communicator->rank(), max_rows);
      };
    }
    if (options.often) inputs.checkpoint_every_ns = 0;
    StatusOr<TrainingOutcome> outcome = Train(inputs);
    if (outcome.ok() && !outcome->nothing_left && log != nullptr) {
      const Status finished = log->Finish(outcome->facts);
      EXPECT_TRUE(finished.ok()) << finished;
    }
    outcomes[static_cast<size_t>(communicator->rank())] = std::move(outcome);
  });
  return outcomes;
}

}  // namespace lockstep
