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
                                                      const std::string& folder,
                                                      TrainingInputs inputs) {
  const DatasetSplits data = SmallData(config);
  std::vector<StatusOr<TrainingOutcome>> outcomes;
  for (int i = 0; i < ranks; ++i) outcomes.emplace_back(BugError("this rank did not run"));
  inputs.config = &config;
  inputs.data = &data;
  OnThreadRanks(ranks, {}, [&](Communicator* communicator) {
    TrainingInputs mine = inputs;
    mine.communicator = communicator;
    std::unique_ptr<RunLog> log;
    if (communicator->rank() == 0 && !folder.empty()) {
      const RunLogOptions options = {.folder = folder,
                                     .train_samples = data.train.size,
                                     .quiet = true,
                                     .resume = mine.start != nullptr,
                                     .resume_step = mine.start ? mine.start->step() : 0};
      auto opened = RunLog::Open(options, config);
      ASSERT_TRUE(opened.ok()) << opened.status();
      log = *std::move(opened);
      mine.log = log.get();
      mine.checkpoint_folder = folder + "/checkpoints";
    }
    StatusOr<TrainingOutcome> outcome = Train(mine);
    if (outcome.ok() && log != nullptr) {
      const Status finished = log->Finish(outcome->facts);
      EXPECT_TRUE(finished.ok()) << finished;
    }
    outcomes[static_cast<size_t>(communicator->rank())] = std::move(outcome);
  });
  return outcomes;
}

}  // namespace lockstep
