#include "distributed/train/verdict.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>

namespace lockstep {
namespace {

// Two ranks on two cores that compute 90 % of 100 ms steps and sum two buckets at 100 MB/s.
EpochTiming Healthy(size_t ranks = 2) {
  EpochTiming timing;
  timing.epoch = 1;
  timing.steps = 100;
  timing.samples = 64;
  timing.step_ms = timing.median_step_ms = 100;
  timing.exposed_ms = 2;
  timing.barrier_ms = 0.1;
  timing.hosts = {{"host1", static_cast<int>(ranks), static_cast<int>(ranks)}};
  RankTiming rank;
  rank.phase_ms = {1, 30, 60, 4, 5};
  rank.wait_ms = 2;
  rank.transfer_ms = 2;
  rank.last_share = 0.5;
  rank.late_ms = 3;
  rank.cpu_share = 0.97;
  rank.microbatches = 2;
  timing.ranks.assign(ranks, rank);
  if (ranks > 1) timing.buckets = {{1'000'000, 0, 10, 0}, {3'000'000, 20, 30, 2}};
  return timing;
}

struct Case {
  std::string name;
  std::function<void(EpochTiming*)> plant;
  Cause cause;
  int rank = -1;
  std::string words = "";  // that the sentence has
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

class Planted : public testing::TestWithParam<Case> {};

TEST_P(Planted, CauseAndCulpritAreNamed) {
  EpochTiming timing = Healthy();
  GetParam().plant(&timing);
  const Verdict verdict = Judge(timing);
  EXPECT_EQ(verdict.cause, GetParam().cause) << verdict.sentence;
  EXPECT_EQ(verdict.rank, GetParam().rank) << verdict.sentence;
  EXPECT_NE(verdict.sentence.find(GetParam().words), std::string::npos) << verdict.sentence;
  EXPECT_LE(verdict.sentence.size(), 76u) << verdict.sentence;
}

void MakeLate(EpochTiming* t, int rank, double ms) {
  for (RankTiming& other : t->ranks) other.last_share = 0.02;
  RankTiming& late = t->ranks[static_cast<size_t>(rank)];
  late.last_share = 0.96;
  late.late_ms = ms;
}

const Case kCases[] = {
    {"nothing", [](EpochTiming*) {}, Cause::kNothing, -1, "computing 90 %: nothing stands out"},
    {"one_rank", [](EpochTiming* t) { *t = Healthy(1); t->exposed_ms = 0; }, Cause::kNothing},
    {"few_steps", [](EpochTiming* t) { t->steps = 4; }, Cause::kTooFewSteps, -1, "4 steps are too few"},
    {"input",
     [](EpochTiming* t) {
       for (RankTiming& rank : t->ranks) rank.phase_ms = {31, 20, 40, 4, 5};
     },
     Cause::kInput, -1, "input-bound 31 %: a faster disk helps"},
    {"pictures_and_idle_cores",
     [](EpochTiming* t) {
       for (RankTiming& rank : t->ranks) rank.phase_ms = {31, 20, 40, 4, 5};
       t->decode_threads = 2;
       for (HostPlace& host : t->hosts) host.cores = 3 * host.ranks + 1;
     },
     Cause::kInput, -1, "input-bound 31 %: raise data.decode_threads (2)"},
    {"pictures_and_busy_cores",
     [](EpochTiming* t) {
       for (RankTiming& rank : t->ranks) rank.phase_ms = {31, 20, 40, 4, 5};
       t->decode_threads = 2;
       for (HostPlace& host : t->hosts) host.cores = 3 * host.ranks;
     },
     Cause::kInput, -1, "input-bound 31 %: smaller files or more cores help"},
    {"slow_rank",
     [](EpochTiming* t) {
       *t = Healthy(8);
       MakeLate(t, 5, 12);
       t->ranks[5].phase_ms[kBackward] += 12;
     },
     Cause::kLateRank, 5, "rank 5 late by 12 ms: its backward is slow"},
    {"slow_input_of_a_rank",
     [](EpochTiming* t) {
       MakeLate(t, 1, 40);
       t->ranks[1].phase_ms[kInput] = 41;
     },
     Cause::kLateRank, 1, "rank 1 late by 40 ms: its input is slow"},
    {"shared_core",
     [](EpochTiming* t) {
       MakeLate(t, 0, 40);
       t->ranks[0].cpu_share = 0.55;
     },
     Cause::kLateRank, 0, "it ran 55 % of the time"},
    {"uneven_work",
     [](EpochTiming* t) {
       MakeLate(t, 0, 40);
       t->ranks[0].microbatches = 3;
     },
     Cause::kLateRank, 0, "it has 3 micro-batches, others 2"},
    {"slightly_late", [](EpochTiming* t) { MakeLate(t, 1, 4); }, Cause::kNothing},
    {"late_in_turns",
     [](EpochTiming* t) {
       for (RankTiming& rank : t->ranks) rank.late_ms = 50;
     },
     Cause::kNothing},
    {"late_by_microseconds",
     [](EpochTiming* t) {
       MakeLate(t, 1, 0.03);
       t->step_ms = t->median_step_ms = 0.1;
       t->exposed_ms = 0;
       for (RankTiming& rank : t->ranks) rank.phase_ms = {0, 0.04, 0.05, 0.005, 0.005};
     },
     Cause::kNothing},
    {"stalls", [](EpochTiming* t) { t->stall = {1, 4, 700, 0.28}; }, Cause::kStall, 1,
     "rank 1 late by 700 ms 4 times in 100 steps"},
    {"one_stall", [](EpochTiming* t) { t->stall = {1, 1, 700, 0.28}; }, Cause::kNothing},
    {"slow_link",
     [](EpochTiming* t) {
       t->exposed_ms = 8;
       t->buckets[1].exposed_ms = 8;
     },
     Cause::kCommunication, -1, "communication exposed 8 % (bucket 1)"},
    {"tiny_batch_by_latency",
     [](EpochTiming* t) {
       t->exposed_ms = 40;
       t->barrier_ms = 10;
     },
     Cause::kSmallBatch, -1, "batch too small"},
    {"tiny_batch_on_a_fast_link",
     [](EpochTiming* t) {
       t->exposed_ms = 40;
       t->buckets = {{400'000'000, 0, 40, 40}};
     },
     Cause::kSmallBatch, -1, "batch too small: summing gradients takes 40 %"},
    {"tiny_batch_of_one_rank",
     [](EpochTiming* t) {
       *t = Healthy(1);
       t->exposed_ms = 0;
       t->ranks[0].phase_ms = {1, 20, 30, 0, 49};
     },
     Cause::kSmallBatch, -1, "batch too small: updating weights takes 49 %"},
    {"crowded",
     [](EpochTiming* t) {
       *t = Healthy(4);
       t->hosts[0].cores = 2;
       for (RankTiming& rank : t->ranks) rank.cpu_share = 0.5;
     },
     Cause::kTooManyRanks, -1, "too many ranks for 2 cores: 4 share them; use 2"},
    {"crowded_beside_another_program",
     [](EpochTiming* t) {
       *t = Healthy(4);
       t->hosts[0].cores = 2;
       for (RankTiming& rank : t->ranks) rank.cpu_share = 0.3, rank.ready_share = 0.4;
     },
     Cause::kTooManyRanks, -1, "too many ranks for 2 cores"},
    {"slow_rank_among_crowded_ones",
     [](EpochTiming* t) {
       *t = Healthy(4);
       t->hosts[0].cores = 2;
       MakeLate(t, 2, 20);
     },
     Cause::kLateRank, 2, "rank 2 late by 20 ms"},
    {"crowded_but_idle",
     [](EpochTiming* t) {
       *t = Healthy(4);
       t->hosts[0].cores = 2;
       for (RankTiming& rank : t->ranks) rank.cpu_share = 0.05, rank.ready_share = 0.4;
     },
     Cause::kNothing},
    {"the_larger_of_two",
     [](EpochTiming* t) {
       t->exposed_ms = 12;
       MakeLate(t, 1, 30);
     },
     Cause::kLateRank, 1},
    {"long_numbers",
     [](EpochTiming* t) {
       *t = Healthy(1024);
       MakeLate(t, 1023, 98765);
       t->ranks[1023].microbatches = 65536;
       t->ranks[7].microbatches = 65535;
     },
     Cause::kLateRank, 1023, "rank 1023 late by 99 s"},
};

INSTANTIATE_TEST_SUITE_P(, Planted, testing::ValuesIn(kCases),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace lockstep
