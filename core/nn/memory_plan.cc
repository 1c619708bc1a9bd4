#include "core/nn/memory_plan.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <numeric>
#include <random>
#include <utility>

namespace lockstep {
namespace {

using Order = std::vector<size_t>;
using Tensors = std::vector<Lifetime>;

// Placing again stops after this many rounds per order, or sooner where there are many tensors: a
// plan is made within a fraction of a second.
constexpr int kMostRounds = 200;
constexpr int64_t kMostComparisons = 30'000'000;

int RoundsFor(size_t tensors) {
  const int64_t squared = static_cast<int64_t>(tensors * tensors) + 1;
  return static_cast<int>(std::min<int64_t>(kMostRounds, kMostComparisons / (8 * squared) + 1));
}

bool LiveTogether(const Lifetime& a, const Lifetime& b) {
  return a.first <= b.last && b.first <= a.last;
}

// The lowest offset for `tensor`, or that of the narrowest gap that holds it. `placed` is sorted by
// offset.
int64_t FindPlace(const Tensors& tensors, const MemoryPlan& plan, const Order& placed,
                  const Lifetime& tensor, bool narrowest) {
  int64_t end = 0, place = -1, gap = std::numeric_limits<int64_t>::max();
  for (const size_t other : placed) {
    if (!LiveTogether(tensors[other], tensor)) continue;
    const int64_t room = plan.offsets[other] - end;
    if (room >= tensor.elems && room < gap) {
      place = end;
      gap = room;
      if (!narrowest) return place;
    }
    end = std::max(end, plan.offsets[other] + tensors[other].elems);
  }
  return place < 0 ? end : place;
}

MemoryPlan PlaceInOrder(const Tensors& tensors, const Order& order, bool narrowest) {
  MemoryPlan plan = {std::vector<int64_t>(tensors.size()), 0};
  Order placed;
  for (const size_t at : order) {
    const int64_t offset = FindPlace(tensors, plan, placed, tensors[at], narrowest);
    plan.offsets[at] = offset;
    plan.elems = std::max(plan.elems, offset + tensors[at].elems);
    const auto behind = std::upper_bound(
        placed.begin(), placed.end(), offset,
        [&](int64_t value, size_t other) { return value < plan.offsets[other]; });
    placed.insert(behind, at);
  }
  return plan;
}

// The orders worth trying: largest value first, equal ones by start.
std::vector<Order> Orders(const Tensors& tensors) {
  const auto life = [](const Lifetime& t) { return static_cast<double>(t.last - t.first + 1); };
  const auto size = [](const Lifetime& t) { return static_cast<double>(t.elems); };
  const std::vector<std::function<double(const Lifetime&)>> values = {
      size, [&](const Lifetime& t) { return size(t) * life(t); },
      [](const Lifetime& t) { return -static_cast<double>(t.first); }, life};
  std::vector<Order> orders;
  for (const auto& value : values) {
    Order order(tensors.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
      const double left = value(tensors[a]), right = value(tensors[b]);
      return left != right ? left > right : tensors[a].first < tensors[b].first;
    });
    orders.push_back(std::move(order));
  }
  return orders;
}

}  // namespace

int64_t MostLiveElems(const Tensors& tensors) {
  int steps = 0;
  for (const Lifetime& tensor : tensors) steps = std::max(steps, tensor.last + 1);
  std::vector<int64_t> change(static_cast<size_t>(steps) + 1, 0);
  for (const Lifetime& tensor : tensors) {
    change[static_cast<size_t>(tensor.first)] += tensor.elems;
    change[static_cast<size_t>(tensor.last) + 1] -= tensor.elems;
  }
  int64_t live = 0, most = 0;
  for (const int64_t elems : change) most = std::max(most, live += elems);
  return most;
}

MemoryPlan PlanMemory(const Tensors& tensors) {
  if (tensors.empty()) return {};
  const int64_t bound = MostLiveElems(tensors);
  MemoryPlan best;
  best.elems = std::numeric_limits<int64_t>::max();
  std::vector<Order> orders = Orders(tensors);
  const int rounds = RoundsFor(tensors.size());
  std::minstd_rand random;
  for (int round = 0; round < 2 * rounds; ++round) {
    for (Order& order : orders) {
      MemoryPlan plan = PlaceInOrder(tensors, order, round % 2 == 1);
      std::stable_partition(order.begin(), order.end(), [&](size_t at) {
        return plan.offsets[at] + tensors[at].elems > bound;
      });
      std::swap(order[random() % order.size()], order[random() % order.size()]);
      if (plan.elems < best.elems) best = std::move(plan);
      if (best.elems == bound) return best;
    }
  }
  return best;
}

}  // namespace lockstep
