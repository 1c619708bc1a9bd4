#include "distributed/scaling/possibilities.h"

#include <algorithm>
#include <cmath>

namespace lockstep {
namespace {

constexpr size_t kGrid = 61;       // of the factor on transfers
constexpr double kGridEnd = 20.0;  // from 1/20 to 20

OtherTerms OthersOf(const StepTimes& times) {
  return {times.straggler, times.entry, times.copies, times.input, times.dispatch};
}

double Dot(const OtherTerms& a, const OtherTerms& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

void Normalise(std::vector<Possibility>* all) {
  double sum = 0;
  for (const Possibility& one : *all) sum += one.weight;
  for (Possibility& one : *all) one.weight /= sum;
}

// What is below `seconds` of a normal distribution.
double ShareBelow(double seconds, double mean, double deviation) {
  return 0.5 * std::erfc((mean - seconds) / deviation / std::sqrt(2.0));
}

}  // namespace

Possibilities::Possibilities(const ScalingConstants& constants)
    : constants_(constants), all_(kGrid) {
  for (size_t i = 0; i < kGrid; ++i) {
    const double at = 2.0 * static_cast<double>(i) / (kGrid - 1) - 1;
    const double log_slowness = at * std::log(kGridEnd);
    const double z = log_slowness / constants.log_slowness_spread;
    all_[i].slowness = std::exp(log_slowness);
    all_[i].weight = std::exp(-z * z / 2);
  }
  Normalise(&all_);
}

void Possibilities::See(double seconds, double compute_s, const Steps& steps) {
  const double noise = constants_.repeatability * compute_s;
  const double spread2 = constants_.share_spread * constants_.share_spread;
  seen_.resize(all_.size());
  seen_variance_.resize(all_.size());
  std::vector<double> exponents(all_.size());
  for (size_t i = 0; i < all_.size(); ++i) {
    const StepTimes& times = steps[i];
    seen_[i] = OthersOf(times);
    const double variance = noise * noise + Dot(seen_[i], seen_[i]) * spread2;
    const double off = seconds - times.total();
    exponents[i] = off * off / variance / 2;
    for (size_t k = 0; k < seen_[i].size(); ++k) {
      all_[i].factors[k] = std::max(0.0, 1 + off / variance * seen_[i][k] * spread2);
    }
    seen_variance_[i] = variance;
  }
  // Relative to the likeliest, as all may be far off.
  const double least = *std::min_element(exponents.begin(), exponents.end());
  for (size_t i = 0; i < all_.size(); ++i) all_[i].weight *= std::exp(least - exponents[i]);
  Normalise(&all_);
}

StepTimes Possibilities::Mean(const Steps& steps) const {
  StepTimes mean;
  for (size_t i = 0; i < all_.size(); ++i) {
    const Possibility& one = all_[i];
    const StepTimes& times = steps[i];
    mean.compute = times.compute;
    mean.exposed += one.weight * times.exposed;
    mean.hidden += one.weight * times.hidden;
    mean.interference += one.weight * times.interference;
    mean.straggler += one.weight * one.factors[0] * times.straggler;
    mean.entry += one.weight * one.factors[1] * times.entry;
    mean.copies += one.weight * one.factors[2] * times.copies;
    mean.input += one.weight * one.factors[3] * times.input;
    mean.dispatch += one.weight * one.factors[4] * times.dispatch;
  }
  return mean;
}

double Possibilities::Quantile(double share, const Steps& steps) const {
  const double spread2 = constants_.share_spread * constants_.share_spread;
  std::vector<double> means, deviations;
  double compute = 0, low = 0, high = 0;
  for (size_t i = 0; i < all_.size(); ++i) {
    const StepTimes& times = steps[i];
    const OtherTerms others = OthersOf(times);
    compute = times.compute;
    // What the measured step told of the other terms narrows those that weigh as they did there.
    double variance = spread2 * Dot(others, others);
    if (!seen_.empty()) {
      const double shared = spread2 * Dot(others, seen_[i]);
      variance -= shared * shared / seen_variance_[i];
    }
    const double noise = constants_.between_groups * times.total();
    deviations.push_back(std::sqrt(std::max(variance, 0.0) + noise * noise));
    means.push_back(times.compute + times.exposed + times.interference +
                    Dot(others, all_[i].factors));
    high = std::max(high, means.back() + 8 * deviations.back());
  }
  for (int round = 0; round < 60; ++round) {
    const double middle = (low + high) / 2;
    double below = 0;
    for (size_t i = 0; i < all_.size(); ++i) {
      below += all_[i].weight * ShareBelow(middle, means[i], deviations[i]);
    }
    (below < share ? low : high) = middle;
  }
  return std::max(high, compute * (1 - 2 * constants_.between_groups));
}

}  // namespace lockstep
