#include "tests/testing/gradient_check.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "tests/testing/floats.h"
#include "tests/testing/tolerance.h"

namespace lockstep {
namespace {

// The loss's central difference along one weight; its own error is of order step^2.
double CentralDifference(const DoubleNetwork& network, const DoublePass& pass,
                         std::vector<double>* weights, size_t at, double step) {
  const double weight = (*weights)[at];
  (*weights)[at] = weight + step;
  const double above = LossInDouble(network, pass, *weights);
  (*weights)[at] = weight - step;
  const double below = LossInDouble(network, pass, *weights);
  (*weights)[at] = weight;
  return (above - below) / (2 * step);
}

// The float32 operations on the longest path from a weight to the loss and back to a gradient: each
// kernel's sums forward (over its inputs), backward (over its outputs) and over the rows, and four
// more for bias and activation either way. A convolution's kernel sums over its window too, and its
// gradient over the pixels; batch normalisation has two sums over rows and pixels either way.
double Roundings(const ParameterLayout& layout, const DoublePass& pass) {
  const int64_t rows = pass.batch->rows;
  const int64_t pixels = pass.sample.rank() == 3 ? pass.sample[0] * pass.sample[1] : 1;
  int64_t roundings = rows * pixels + 16;
  for (const ParameterEntry& entry : layout.entries()) {
    const Shape& shape = entry.shape;
    if (shape.rank() == 2) roundings += shape[0] + shape[1] + 8;
    if (shape.rank() == 4) roundings += shape[0] * shape[1] * (shape[2] + shape[3]) + 8;
    if (entry.group == ParameterGroup::kMovingStatistic) roundings += 2 * rows * pixels + 8;
  }
  return static_cast<double>(roundings);
}

double Largest(std::span<const double> values) {
  double largest = 0;
  for (const double value : values) largest = std::max(largest, std::abs(value));
  return largest;
}

// One parameter's gradients.
void CheckParameter(const ParameterEntry& entry, std::span<const float> actual,
                    std::span<const double> differences, std::span<const double> finer,
                    double roundings) {
  const double largest = Largest(finer);
  for (size_t i = 0; i < actual.size(); ++i) {
    ASSERT_NEAR(differences[i], finer[i], 1e-6 * largest + 1e-10)
        << entry.name << "[" << i << "]: the differences themselves are too inexact";
    // The finer differences have rounding errors of 1e-16 / step.
    ASSERT_NEAR(actual[i], finer[i], roundings * kUnitRoundoff * largest + 1e-10)
        << entry.name << "[" << i << "], largest " << largest;
  }
}

// Gradients of all parameters, NaN between them.
Floats RunBackward(Graph* graph, const DoublePass& pass, std::span<const float> weights,
                   double* loss) {
  Floats gradients(static_cast<int64_t>(weights.size()));
  *loss = graph->Forward(pass.info, *pass.batch, weights.data(), pass.batch_samples, nullptr).loss /
          static_cast<double>(pass.batch_samples);
  graph->Backward(pass.info, *pass.batch, weights.data(), gradients.data(), nullptr);
  EXPECT_TRUE(gradients.intact()) << "written outside the gradients";
  std::vector<bool> used(weights.size(), false);
  for (const ParameterEntry& entry : graph->layout().entries()) {
    std::fill_n(used.begin() + entry.offset_elems, entry.shape.elems(), true);
  }
  for (size_t i = 0; i < used.size(); ++i) {
    EXPECT_EQ(std::isnan(gradients[static_cast<int64_t>(i)]), !used[i])
        << "[" << i << "] is " << (used[i] ? "a gradient and not written" : "padding and written");
  }
  return gradients;
}

}  // namespace

void CheckGradients(Graph* graph, const DoubleNetwork& network, const DoublePass& pass,
                    std::span<const float> weights) {
  double loss = 0;
  const Floats gradients = RunBackward(graph, pass, weights, &loss);
  const double roundings = Roundings(graph->layout(), pass);
  std::vector<double> point(weights.begin(), weights.end());
  const double expected_loss = LossInDouble(network, pass, point);
  EXPECT_NEAR(loss, expected_loss, roundings * kUnitRoundoff * (1 + expected_loss));
  constexpr double kStep = 1e-4;
  const auto statistics = StatisticsInDouble(network, pass, point);
  for (const ParameterEntry& entry : graph->layout().entries()) {
    const size_t offset = static_cast<size_t>(entry.offset_elems);
    const size_t elems = static_cast<size_t>(entry.shape.elems());
    if (entry.group == ParameterGroup::kMovingStatistic) {
      const std::vector<double>& exact = statistics.at(entry.name);
      CheckParameter(entry, gradients.span().subspan(offset, elems), exact, exact, roundings);
      continue;
    }
    std::vector<double> differences, finer;
    for (size_t i = offset; i < offset + elems; ++i) {
      differences.push_back(CentralDifference(network, pass, &point, i, kStep));
      finer.push_back(CentralDifference(network, pass, &point, i, kStep / 8));
    }
    CheckParameter(entry, gradients.span().subspan(offset, elems), differences, finer, roundings);
  }
}

}  // namespace lockstep
