#include "distributed/train/gradient_reducer.h"

#include <gtest/gtest.h>

#include <cstring>
#include <set>
#include <vector>

#include "tests/distributed/comm/conformance.h"
#include "tests/testing/thread_ranks.h"

namespace lockstep {
namespace {

constexpr int kSteps = 5;

// One parameter for each backward step, of odd sizes.
ParameterLayout TestLayout() {
  std::vector<ParameterSpec> parameters;
  for (int step = 0; step < kSteps; ++step) {
    parameters.push_back({.name = "layer_" + std::to_string(step) + "/kernel",
                          .shape = {37 + 300 * step, 3},
                          .final_step = step});
  }
  return ParameterLayout(std::move(parameters));
}

// As Graph::Backward does: writes the gradients of each step's parameters and says so. Those that
// are not yet final hold garbage.
void FakeBackward(const ParameterLayout& layout, int64_t leaf, float* gradients,
                  GradientListener* listener) {
  for (int step = 0; step < kSteps; ++step) {
    const ParameterEntry& entry = layout.entries()[static_cast<size_t>(step)];
    const int64_t end = step + 1 < kSteps
                            ? layout.entries()[static_cast<size_t>(step) + 1].offset_elems
                            : layout.size_elems();
    for (int64_t i = entry.offset_elems; i < end; ++i) gradients[i] = LeafValue(leaf, i);
    for (int64_t i = end; i < layout.size_elems(); ++i) gradients[i] = 1e30f;
    if (listener != nullptr) listener->OnFinal(step);
  }
}

// The tree's value at `node` for element i.
float NaiveValue(int64_t leaves, TreeNode node, int64_t i) {
  if (node.level == 0) return LeafValue(node.index, i);
  const TreeNode right = {node.level - 1, node.index * 2 + 1};
  const float left = NaiveValue(leaves, {node.level - 1, node.index * 2}, i);
  return LeavesOf(leaves, right).size() <= 0 ? left : left + NaiveValue(leaves, right, i);
}

std::vector<float> NaiveSum(int64_t leaves, int64_t elems) {
  int level = 0;
  while ((int64_t{1} << level) < leaves) ++level;
  std::vector<float> sum;
  for (int64_t i = 0; i < elems; ++i) sum.push_back(NaiveValue(leaves, {level, 0}, i));
  return sum;
}

Status RunBatch(const ParameterLayout& layout, int64_t leaves, GradientReducer* reducer) {
  reducer->BeginBatch(leaves);
  const Range run = reducer->microbatches();
  for (int64_t i = 0; i < run.size(); ++i) {
    float* gradients = reducer->BeginMicrobatch(i);
    FakeBackward(layout, run.begin + i, gradients, reducer->listener(i));
    reducer->EndMicrobatch(i);
  }
  return reducer->Finish();
}

TEST(GradientReducer, SumsAnyMicrobatchesOnAnyRanksAsTheNaiveTreeDoes) {
  const ParameterLayout layout = TestLayout();
  for (const int64_t most : {1, 2, 3, 5, 8, 13}) {
    const std::vector<int64_t> leaf_counts = {most, (most + 1) / 2};
    for (const int ranks : {1, 2, 3, 4, 5}) {
      OnThreadRanks(ranks, {}, [&](Communicator* communicator) {
        GradientReducer reducer(layout, communicator, leaf_counts, 1000, 5000);
        for (const int64_t leaves : {most, leaf_counts[1], most}) {
          const std::vector<float> expected = NaiveSum(leaves, layout.size_elems());
          const Status status = RunBatch(layout, leaves, &reducer);
          EXPECT_TRUE(status.ok()) << status;
          EXPECT_EQ(
              std::memcmp(reducer.gradients(), expected.data(), expected.size() * sizeof(float)), 0)
              << leaves << " micro-batches, " << ranks << " ranks";
        }
      });
    }
  }
}

TEST(GradientReducer, WritesToAsManyBuffersAsItCounts) {
  const ParameterLayout layout = TestLayout();
  for (const int64_t leaves : {1, 2, 3, 7, 8, 13, 16}) {
    for (const int ranks : {1, 2, 3, 5}) {
      std::vector<size_t> written(static_cast<size_t>(ranks));
      OnThreadRanks(ranks, {}, [&](Communicator* communicator) {
        GradientReducer reducer(layout, communicator, {leaves});
        reducer.BeginBatch(leaves);
        std::set<const float*> buffers = {reducer.gradients()};
        for (int64_t i = 0; i < reducer.microbatches().size(); ++i) {
          float* gradients = reducer.BeginMicrobatch(i);
          buffers.insert(gradients);
          FakeBackward(layout, i, gradients, reducer.listener(i));
          reducer.EndMicrobatch(i);
        }
        EXPECT_TRUE(reducer.Finish().ok());
        written[static_cast<size_t>(communicator->rank())] = buffers.size();
      });
      for (int rank = 0; rank < ranks; ++rank) {
        EXPECT_EQ(static_cast<size_t>(GradientReducer::Buffers({leaves}, ranks, rank)),
                  written[static_cast<size_t>(rank)])
            << leaves << " micro-batches, rank " << rank << " of " << ranks;
      }
    }
  }
  EXPECT_EQ(GradientReducer::Buffers({8}, 1, 0), 4);
}

TEST(GradientReducer, OneMicrobatchOnOneRankIsReturnedWhereItWasWritten) {
  const ParameterLayout layout = TestLayout();
  const auto communicators = MakeLocalCommunicators(1);
  GradientReducer reducer(layout, communicators[0].get(), {1});
  reducer.BeginBatch(1);
  EXPECT_EQ(reducer.BeginMicrobatch(0), reducer.gradients());
  EXPECT_EQ(reducer.listener(0), nullptr);
  reducer.EndMicrobatch(0);
  EXPECT_TRUE(reducer.Finish().ok());
}

// Rank 0 of 2, of which all-reduces are only counted.
class CountingCommunicator final : public Communicator {
 public:
  int rank() const override { return 0; }
  int size() const override { return 2; }
  std::string kind() const override { return "counting"; }
  void StartAllReduceSum(const TreeSum&, std::span<float* const>, float*, int64_t) override {
    ++started;
  }
  Status Wait() override { return OkStatus(); }
  std::span<const PieceTimes> LastPieces() const override { return {}; }
  Status Broadcast(std::span<std::byte>, int) override { return OkStatus(); }
  StatusOr<std::vector<std::string>> AllGather(const std::string& mine) override {
    return std::vector<std::string>(2, mine);
  }
  Status Barrier() override { return OkStatus(); }
  Status Await(const OutsideCall&, const std::function<StatusOr<bool>()>&) override {
    return OkStatus();
  }
  void Abort(const Status&) override {}

  int started = 0;
};

TEST(GradientReducer, BucketsOfTheLastMicrobatchStartWhileBackwardRuns) {
  const ParameterLayout layout = TestLayout();
  CountingCommunicator communicator;
  GradientReducer reducer(layout, &communicator, {4}, 1, 1);  // a bucket per parameter
  reducer.BeginBatch(4);
  for (const bool last : {false, true}) {
    float* gradients = reducer.BeginMicrobatch(last);
    std::memset(gradients, 0, static_cast<size_t>(layout.size_elems()) * sizeof(float));
    for (int step = 0; step < kSteps; ++step) {
      if (reducer.listener(last) != nullptr) reducer.listener(last)->OnFinal(step);
      EXPECT_EQ(communicator.started, last ? step + 1 : 0);
    }
    reducer.EndMicrobatch(last);
  }
  EXPECT_TRUE(reducer.Finish().ok());
  EXPECT_EQ(communicator.started, kSteps);
}

}  // namespace
}  // namespace lockstep
