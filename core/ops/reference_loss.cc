#include "core/ops/reference_loss.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "core/base/check.h"
#include "core/ops/loss_element.h"

namespace lockstep {
namespace {

// One sample: its outputs in double, what is stored for it, and its share of the sums.
struct Sample {
  const float* output = nullptr;
  int64_t outputs = 0;
  const float* target = nullptr;
  int32_t label = 0;
  std::vector<double> prediction;
  std::vector<double> gradient;  // of this sample's loss
};

LossSums BinaryCrossentropy(Sample* sample) {
  LOCKSTEP_CHECK(sample->outputs == 1, "binary crossentropy of %lld outputs",
                 static_cast<long long>(sample->outputs));
  const OutputTerms<double> terms = BinaryTerms<double>(sample->output[0], sample->label);
  sample->prediction = {terms.prediction};
  sample->gradient = {terms.gradient};
  LossSums sums;
  sums.loss = terms.loss;
  sums.correct = IsBinaryCorrect(static_cast<float>(terms.prediction), sample->label) ? 1 : 0;
  sums.top_5_correct = 1;
  sums.absolute_error = std::abs(terms.error);
  sums.squared_error = terms.error * terms.error;
  return sums;
}

LossSums CategoricalCrossentropy(Sample* sample) {
  const float* x = sample->output;
  const int64_t outputs = sample->outputs;
  const double label_output = x[sample->label];
  const double largest = *std::max_element(x, x + outputs);
  double total = 0;
  for (int64_t j = 0; j < outputs; ++j) total += std::exp(x[j] - largest);
  LossSums sums;
  sums.loss = std::log(total) + largest - label_output;
  int64_t above = 0;
  for (int64_t j = 0; j < outputs; ++j) {
    const double p = std::exp(x[j] - largest) / total, t = j == sample->label ? 1 : 0;
    sample->prediction.push_back(p);
    sample->gradient.push_back(p - t);
    sums.absolute_error += std::abs(p - t) / static_cast<double>(outputs);
    sums.squared_error += (p - t) * (p - t) / static_cast<double>(outputs);
    if (x[j] > label_output) ++above;
  }
  sums.correct = std::max_element(x, x + outputs) - x == sample->label ? 1 : 0;
  sums.top_5_correct = above < 5 ? 1 : 0;
  return sums;
}

// Accuracy and top 5 of targets, as Keras has them: with one output the target is its own class,
// with several the largest target's place is the label.
void CountCorrect(const Sample& sample, LossSums* sums) {
  const float *x = sample.output, *t = sample.target;
  const int64_t outputs = sample.outputs;
  if (outputs == 1) {
    sums->correct = IsOwnClass(x[0], t[0]) ? 1 : 0;
    sums->top_5_correct = 1;
    return;
  }
  const int64_t label = std::max_element(t, t + outputs) - t;
  sums->correct = std::max_element(x, x + outputs) - x == label ? 1 : 0;
  const auto above = std::count_if(x, x + outputs, [&](float other) { return other > x[label]; });
  sums->top_5_correct = above < 5 ? 1 : 0;
}

LossSums Regression(LossKind kind, Sample* sample) {
  const double outputs = static_cast<double>(sample->outputs);
  LossSums sums;
  for (int64_t j = 0; j < sample->outputs; ++j) {
    const OutputTerms<double> terms =
        RegressionTerms(kind, sample->output[j], sample->target[j]);
    sample->prediction.push_back(terms.prediction);
    sample->gradient.push_back(terms.gradient / outputs);
    sums.absolute_error += std::abs(terms.error) / outputs;
    sums.squared_error += terms.error * terms.error / outputs;
  }
  CountCorrect(*sample, &sums);
  sums.loss = kind == LossKind::kMeanSquaredError ? sums.squared_error : sums.absolute_error;
  return sums;
}

LossSums LossOfSample(LossKind kind, Sample* sample) {
  switch (kind) {
    case LossKind::kBinaryCrossentropy:
      return BinaryCrossentropy(sample);
    case LossKind::kCategoricalCrossentropy:
      return CategoricalCrossentropy(sample);
    case LossKind::kMeanSquaredError:
    case LossKind::kMeanAbsoluteError:
      break;
  }
  return Regression(kind, sample);
}

}  // namespace

LossSums ReferenceLoss(LossKind kind, const LossBatch& batch) {
  LossSums sums;
  const int64_t outputs = batch.output.cols;
  for (int64_t row = 0; row < batch.output.rows; ++row) {
    Sample sample;
    sample.output = batch.output.data + row * outputs;
    sample.outputs = outputs;
    if (batch.targets != nullptr) sample.target = batch.targets + row * outputs;
    if (batch.labels != nullptr) sample.label = batch.labels[row];
    const LossSums one = LossOfSample(kind, &sample);
    sums.loss += one.loss;
    sums.correct += one.correct;
    sums.top_5_correct += one.top_5_correct;
    sums.absolute_error += one.absolute_error;
    sums.squared_error += one.squared_error;
    for (int64_t j = 0; j < outputs; ++j) {
      const size_t at = static_cast<size_t>(j);
      if (batch.predictions != nullptr) {
        batch.predictions[row * outputs + j] = static_cast<float>(sample.prediction[at]);
      }
      if (batch.doutput != nullptr) {
        batch.doutput[row * outputs + j] =
            static_cast<float>(static_cast<double>(batch.weight) * sample.gradient[at] /
                               static_cast<double>(batch.batch_samples));
      }
    }
  }
  return sums;
}

}  // namespace lockstep
