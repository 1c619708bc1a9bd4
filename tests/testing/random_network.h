// Random networks as a schedule sees them, for property tests.
#ifndef LOCKSTEP_TESTS_TESTING_RANDOM_NETWORK_H_
#define LOCKSTEP_TESTS_TESTING_RANDOM_NETWORK_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include "core/nn/schedule.h"

namespace lockstep {

// A node over some of the nodes before it, mostly recent ones; flags of every kind.
inline ScheduleNode RandomNode(const ScheduleNetwork& network, std::mt19937* random) {
  const auto chance = [&](unsigned one_in) { return (*random)() % one_in == 0; };
  const unsigned count = static_cast<unsigned>(network.nodes.size());
  ScheduleNode node;
  const unsigned inputs = chance(4) ? 2 + (*random)() % 2 : 1;
  for (unsigned k = 0; k < inputs; ++k) {
    const unsigned back = (*random)() % (chance(5) ? count + 1 : std::min(count + 1, 3u));
    node.inputs.push_back(static_cast<int>(count) - 1 - static_cast<int>(back));
  }
  const int input = node.inputs[0];
  node.output_elems = 16 * static_cast<int64_t>(1 + (*random)() % 20);
  if (chance(2) && input != kNetworkInput) {
    node.output_elems = network.nodes[static_cast<size_t>(input)].output_elems;
  }
  node.view = inputs == 1 && chance(6);
  if (node.view) return node;
  node.has_parameters = chance(2);
  node.kept_elems = chance(3) ? 5 * static_cast<int64_t>(1 + (*random)() % 9) : 0;
  node.kept_batch_elems = chance(4) ? 3 : 0;
  node.multiply_adds = static_cast<int64_t>((*random)() % 1000);
  node.output_saved = chance(2);
  node.inputs_saved = chance(2);
  node.in_place = chance(2);
  node.gradient_in_place = chance(2);
  return node;
}

// Of up to `most_nodes` nodes; the last one and perhaps others are outputs.
inline ScheduleNetwork RandomNetwork(std::mt19937* random, unsigned most_nodes = 24) {
  ScheduleNetwork network;
  const unsigned count = 1 + (*random)() % most_nodes;
  for (unsigned i = 0; i < count; ++i) network.nodes.push_back(RandomNode(network, random));
  network.outputs.push_back(static_cast<int>(count) - 1);
  if ((*random)() % 3 == 0) network.outputs.push_back(static_cast<int>((*random)() % count));
  if ((*random)() % 2 == 0) network.input_elems = 48;
  return network;
}

// Disjoint ranges of nodes.
inline std::vector<Range> RandomRanges(std::mt19937* random, size_t nodes) {
  std::vector<Range> ranges;
  int64_t at = 0;
  while (at < static_cast<int64_t>(nodes)) {
    const int64_t end =
        std::min(static_cast<int64_t>(nodes), at + 1 + static_cast<int64_t>((*random)() % 6));
    if ((*random)() % 3 != 0) ranges.push_back({at, end});
    at = end;
  }
  return ranges;
}

}  // namespace lockstep

#endif  // LOCKSTEP_TESTS_TESTING_RANDOM_NETWORK_H_
