// Which outputs are computed again in the backward pass instead of kept.
//
// The nodes are cut into ranges, each of which keeps what later ranges take and runs the rest of
// its Forward a second time (core/nn/schedule.h). Two ways to cut are tried. Behind every node that
// multiplies: then only what is cheap is computed again (normalisations, activations, pooling) and
// every product is kept. And into ranges of about the same share of what Backward reads, coarser
// and finer, each ending where little has to be carried over: with n equal layers, ranges of
// sqrt(n) layers need memory for about 2 sqrt(n) of them. Then those ranges that cost most
// multiply-adds are kept after all, as many as fit. The cheapest choice that fits wins, the
// smallest one if none does.
//
// Cost: some hundred schedules, a second for a network of 500 layers; only where it is asked for.
// Source: Chen et al., "Training deep nets with sublinear memory cost", 2016.
// tests/core/nn/recompute_test.cc holds that the choice fits and that a looser limit costs no more.
#ifndef LOCKSTEP_CORE_NN_RECOMPUTE_H_
#define LOCKSTEP_CORE_NN_RECOMPUTE_H_

#include <cstdint>

#include "core/nn/memory_plan.h"
#include "core/nn/schedule.h"

namespace lockstep {

// A training pass and its memory.
struct TrainingPlan {
  Schedule schedule;
  MemoryPlan plan;
};

// The plan of at most `limit_elems` that computes least again: nothing, where that fits. The
// smallest one found where none fits.
TrainingPlan PlanWithin(const ScheduleNetwork& network, int64_t limit_elems);

// The smallest plan found, and among such the one that computes least again.
TrainingPlan SmallestPlan(const ScheduleNetwork& network);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_NN_RECOMPUTE_H_
