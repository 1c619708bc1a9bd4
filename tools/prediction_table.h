// Predictions as CSV (RFC 4180), a line a sample.
//
// Of classes:         sample,label,predicted,probability
// Of one amount:      sample,target,predicted
// Of several amounts: sample,target,predicted, each a list with blanks
//
// A table for programs goes on, so that a reader such as pandas has every output as a number: with
// top_1 ... top_5, the most probable classes, where there are more than five; with
// probability_CLASS for every class; several amounts have target_0 ... predicted_0 ... instead.
#ifndef LOCKSTEP_TOOLS_PREDICTION_TABLE_H_
#define LOCKSTEP_TOOLS_PREDICTION_TABLE_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/data/dataset.h"

namespace lockstep {

// As many of the most probable classes are told.
constexpr size_t kToldClasses = 5;

// The outputs of the first samples of a set. All is borrowed.
struct PredictedSamples {
  const Dataset* samples = nullptr;
  const std::vector<std::string>* class_names = nullptr;
  std::span<const float> outputs;  // [rows, width]
  size_t width = 1;
};

// For the terminal: probabilities have six decimals, amounts six digits.
std::string ShortTable(const PredictedSamples& predictions);

// For programs: nine digits, from which the float32 comes back bit for bit.
std::string FullTable(const PredictedSamples& predictions);

// Of every class: the outputs, or {1 - p, p} of a single one, the probability of class 1.
std::vector<float> ClassProbabilities(std::span<const float> output);

// The `count` most probable classes (or all, if there are fewer), the first of equals first; what
// is not a number comes last.
std::vector<size_t> MostProbable(std::span<const float> probabilities, size_t count);

}  // namespace lockstep

#endif  // LOCKSTEP_TOOLS_PREDICTION_TABLE_H_
