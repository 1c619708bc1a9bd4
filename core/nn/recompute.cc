#include "core/nn/recompute.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <utility>
#include <vector>

#include "core/base/summation_tree.h"

namespace lockstep {
namespace {

using Ranges = std::vector<Range>;

// Ranges that end behind the nodes of `ends`, ascending; the last node is an end.
Ranges RangesOf(const std::vector<int64_t>& ends) {
  Ranges ranges;
  int64_t begin = 0;
  for (const int64_t end : ends) {
    ranges.push_back({begin, end});
    begin = end;
  }
  return ranges;
}

Ranges CutBehindProducts(const ScheduleNetwork& network) {
  std::vector<int64_t> ends;
  const int64_t count = static_cast<int64_t>(network.nodes.size());
  for (int64_t i = 0; i < count; ++i) {
    const bool multiplies = network.nodes[static_cast<size_t>(i)].multiply_adds > 0;
    if (multiplies || i + 1 == count) ends.push_back(i + 1);
  }
  return RangesOf(ends);
}

// Per node, the elements that are computed at or before it and taken behind it.
std::vector<int64_t> CarriedElems(const ScheduleNetwork& network) {
  const size_t count = network.nodes.size();
  const std::vector<int> sources = OutputSources(network.nodes);
  std::vector<size_t> last_taker(count, 0);
  for (size_t i = 0; i < count; ++i) {
    for (const int input : network.nodes[i].inputs) {
      const int source = input == kNetworkInput ? input : sources[static_cast<size_t>(input)];
      if (source != kNetworkInput) last_taker[static_cast<size_t>(source)] = i;
    }
  }
  std::vector<int64_t> carried(count, 0);
  for (size_t i = 0; i < count; ++i) {
    if (network.nodes[i].view) continue;
    for (size_t at = i; at < last_taker[i]; ++at) carried[at] += network.nodes[i].output_elems;
  }
  return carried;
}

// About `parts` ranges that hold as much each, cut where least is carried over.
Ranges CutEvenly(const ScheduleNetwork& network, const std::vector<int64_t>& carried,
                 int64_t parts) {
  const size_t count = network.nodes.size();
  const auto held = [&](size_t i) {
    const ScheduleNode& node = network.nodes[i];
    return node.view ? 0 : node.output_elems + node.kept_elems;
  };
  int64_t total = 0;
  for (size_t i = 0; i < count; ++i) total += held(i);
  std::vector<int64_t> ends;
  size_t best = count;  // where to cut, of the places within reach
  int64_t inside = 0;
  for (size_t i = 0; i < count; ++i) {
    inside += held(i);
    // From three quarters of a part on a cut is within reach, up to five quarters.
    if (4 * inside * parts < 3 * total) continue;
    if (best == count || carried[i] < carried[best]) best = i;
    if (4 * inside * parts < 5 * total) continue;
    ends.push_back(static_cast<int64_t>(best) + 1);
    inside = 0;
    i = best;
    best = count;
  }
  if (ends.empty() || ends.back() < static_cast<int64_t>(count)) {
    ends.push_back(static_cast<int64_t>(count));
  }
  return RangesOf(ends);
}

std::vector<Ranges> WaysToCut(const ScheduleNetwork& network) {
  std::vector<Ranges> ways = {CutBehindProducts(network)};
  const std::vector<int64_t> carried = CarriedElems(network);
  for (int64_t parts = 2; parts <= static_cast<int64_t>(network.nodes.size()); parts += parts / 2) {
    ways.push_back(CutEvenly(network, carried, parts));
  }
  return ways;
}

int64_t AgainSteps(const Schedule& schedule) {
  return std::count_if(schedule.steps.begin(), schedule.steps.end(),
                       [](const ScheduleStep& step) { return step.again; });
}

// Less is computed again: multiply-adds first, then how many layers.
bool IsCheaper(const Schedule& a, const Schedule& b) {
  return std::pair(a.again_multiply_adds, AgainSteps(a)) <
         std::pair(b.again_multiply_adds, AgainSteps(b));
}

Schedule ScheduleOf(const ScheduleNetwork& network, const Ranges& ranges) {
  return MakeSchedule(network, {.recomputed = ranges});
}

TrainingPlan PlanOf(Schedule schedule) {
  MemoryPlan plan = PlanMemory(schedule.lives);
  return {std::move(schedule), std::move(plan)};
}

// Takes those out of `ranges` that are dear to compute again, as long as no more than `limit_elems`
// live at a time.
Ranges DropDearRanges(const ScheduleNetwork& network, Ranges ranges, int64_t limit_elems) {
  std::vector<std::pair<int64_t, Range>> by_cost;
  for (const Range& range : ranges) {
    by_cost.push_back({-ScheduleOf(network, {range}).again_multiply_adds, range});
  }
  std::stable_sort(by_cost.begin(), by_cost.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  for (const auto& [cost, range] : by_cost) {
    Ranges fewer = ranges;
    fewer.erase(std::find(fewer.begin(), fewer.end(), range));
    if (MostLiveElems(ScheduleOf(network, fewer).lives) <= limit_elems) ranges = std::move(fewer);
  }
  return ranges;
}

}  // namespace

TrainingPlan PlanWithin(const ScheduleNetwork& network, int64_t limit_elems) {
  TrainingPlan all_kept = PlanOf(ScheduleOf(network, {}));
  if (all_kept.plan.elems <= limit_elems) return all_kept;
  TrainingPlan smallest = std::move(all_kept), best;
  bool fits = false;
  const auto consider = [&](Schedule schedule) {
    if (fits && !IsCheaper(schedule, best.schedule)) return true;
    TrainingPlan made = PlanOf(std::move(schedule));
    if (made.plan.elems < smallest.plan.elems) smallest = made;
    if (made.plan.elems > limit_elems) return false;
    best = std::move(made);
    fits = true;
    return true;
  };
  for (const Ranges& ranges : WaysToCut(network)) {
    consider(ScheduleOf(network, ranges));
    // A plan may need a little more than what lives: then with a little less.
    for (int64_t limit = limit_elems; limit > limit_elems / 10 * 9; limit -= limit_elems / 32 + 1) {
      Schedule fewer = ScheduleOf(network, DropDearRanges(network, ranges, limit));
      if (MostLiveElems(fewer.lives) > limit || consider(std::move(fewer))) break;
    }
  }
  return fits ? best : smallest;
}

TrainingPlan SmallestPlan(const ScheduleNetwork& network) {
  return PlanWithin(network, PlanWithin(network, 0).plan.elems);
}

}  // namespace lockstep
