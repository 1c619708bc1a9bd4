// numpy.random.RandomState, as far as Keras' load_data needs it: the legacy MT19937 seeding and
// shuffle, draw for draw, so that the samples come in Keras' order.
// Matsumoto and Nishimura, "Mersenne Twister", ACM TOMACS 8 (1998).
#ifndef LOCKSTEP_CORE_DATA_RANDOM_STATE_H_
#define LOCKSTEP_CORE_DATA_RANDOM_STATE_H_

#include <cstdint>
#include <random>
#include <span>
#include <vector>

namespace lockstep {

class RandomState {
 public:
  explicit RandomState(uint32_t seed) : engine_(seed) {}

  // Shuffles as RandomState.shuffle does: Fisher-Yates from the end, with masked rejection.
  void Shuffle(std::span<uint32_t> values);
  // The order in which Keras' load_data puts n samples: a shuffle of 0 .. n-1.
  std::vector<uint32_t> ShuffledOrder(int64_t n);

 private:
  // Uniform in 0 .. most, numpy's random_interval.
  uint32_t Interval(uint32_t most);

  std::mt19937 engine_;  // its seeding is numpy's init_genrand
};

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_DATA_RANDOM_STATE_H_
