#include "distributed/train/evaluator.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "distributed/comm/local_communicator.h"
#include "distributed/train/replica.h"
#include "tests/distributed/train/small_run.h"
#include "tests/testing/thread_ranks.h"

namespace lockstep {
namespace {

constexpr int64_t kRows = 8;

struct Fixture {
  Config config = SmallConfig();
  Dataset set = SmallData(config).train;  // 47 samples: 6 chunks, the last of 7

  Replica MakeModel() const {
    StatusOr<Replica> replica = MakeReplica(config, set.format, kRows);
    EXPECT_TRUE(replica.ok()) << replica.status();
    return *std::move(replica);
  }
};

LossSums SumsOn(const Fixture& fixture, int ranks, int64_t chunk_rows) {
  LossSums of_rank_0;
  OnThreadRanks(ranks, {}, [&](Communicator* communicator) {
    const Replica replica = fixture.MakeModel();
    Evaluator evaluator(replica.graph.get(), &fixture.set, communicator, chunk_rows);
    const StatusOr<LossSums> sums = evaluator.Run(replica.weights.data());
    ASSERT_TRUE(sums.ok()) << sums.status();
    if (communicator->rank() == 0) of_rank_0 = *sums;
  });
  return of_rank_0;
}

TEST(Evaluator, SumsAreTheSameBitsForAnyNumberOfRanks) {
  const Fixture fixture;
  const LossSums expected = SumsOn(fixture, 1, kRows);
  for (const int ranks : {2, 3, 5, 7}) {  // 7: one has no chunk
    const LossSums sums = SumsOn(fixture, ranks, kRows);
    EXPECT_EQ(sums.loss, expected.loss) << ranks;
    EXPECT_EQ(sums.correct, expected.correct) << ranks;
    EXPECT_EQ(sums.squared_error, expected.squared_error) << ranks;
  }
}

TEST(Evaluator, EachSampleCountsOnce) {
  const Fixture fixture;
  const Replica replica = fixture.MakeModel();
  const auto communicators = MakeLocalCommunicators(1);
  Evaluator evaluator(replica.graph.get(), &fixture.set, communicators[0].get(), kRows);
  std::vector<uint32_t> ids(47);
  std::iota(ids.begin(), ids.end(), 0u);
  const std::vector<float> predictions = *evaluator.Predict(replica.weights.data(), ids);
  ASSERT_EQ(predictions.size(), 47u * 3);
  double correct = 0, loss = 0;
  for (size_t i = 0; i < ids.size(); ++i) {
    const float* row = predictions.data() + 3 * i;
    const auto label = static_cast<size_t>(fixture.set.labels[i]);
    correct += std::max_element(row, row + 3) - row == static_cast<ptrdiff_t>(label);
    loss -= std::log(static_cast<double>(row[label]));
  }
  const StatusOr<LossSums> sums = evaluator.Run(replica.weights.data());
  ASSERT_TRUE(sums.ok());
  EXPECT_EQ(sums->correct, correct);
  EXPECT_NEAR(sums->loss, loss, 1e-6 * loss);  // docs/numerics.md
}

TEST(Evaluator, PredictionsDoNotDependOnOrderOrCompany) {
  const Fixture fixture;
  const Replica replica = fixture.MakeModel();
  const auto communicators = MakeLocalCommunicators(1);
  Evaluator evaluator(replica.graph.get(), &fixture.set, communicators[0].get(), kRows);
  const float* weights = replica.weights.data();
  const std::vector<uint32_t> ids = {40, 3, 3, 17, 0, 46, 9, 8, 7, 6, 5};
  const std::vector<float> together = *evaluator.Predict(weights, ids);
  for (size_t i = 0; i < ids.size(); ++i) {
    const std::vector<float> alone =
        *evaluator.Predict(weights, std::span(ids).subspan(i, 1));
    for (size_t k = 0; k < 3; ++k) {
      // Two layers' sums of at most 7 products of size about 1, perhaps in another order.
      EXPECT_NEAR(alone[k], together[3 * i + k], 2 * 2 * 7 * 7 * 0x1p-24) << "sample " << ids[i];
    }
  }
}

}  // namespace
}  // namespace lockstep
