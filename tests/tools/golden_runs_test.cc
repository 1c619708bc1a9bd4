// Whole runs beside Keras': the loss of every batch, from the same initial weights. The limits are
// the differences between float32 and float64 Keras that the runs' own README gives, at least 1e-6.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/testing/command.h"

namespace lockstep {
namespace {

using nlohmann::json;

constexpr std::array<size_t, 4> kUpTo = {10, 50, 100, 400};

struct Case {
  const char* name;
  const char* data;
  const char* optimizer;
  const char* loss;
  std::array<double, 4> limits;  // of |loss - Keras'| / Keras', over the first kUpTo steps
};

constexpr Case kCases[] = {
    // After ten steps relu inputs next to 0 decide: the limits are what PyTorch's float32 run
    // differs by from Keras'.
    {"cnn", "data { mnist {} take: 6400 divide_by: 255 }",
     "sgd { learning_rate: 0.05 momentum: 0.9 }", "CATEGORICAL_CROSSENTROPY",
     {1e-6, 2e-2, 6e-2, 6e-2}},
    {"boston", "data { boston_housing {} standardize: true validation { first: 101 } }",
     "rmsprop {}", "MEAN_SQUARED_ERROR", {1e-6, 1e-6, 1e-6, 2.0e-4}},
    {"imdb", "data { imdb { words: 10000 } validation { first: 10000 } }", "rmsprop {}",
     "BINARY_CROSSENTROPY", {1e-6, 1e-6, 1e-6, 2.0e-6}},
    {"mnist", "data { mnist {} divide_by: 255 }", "adam {}", "CATEGORICAL_CROSSENTROPY",
     {1e-6, 1e-6, 1e-6, 1e-6}},
    {"mnist_raw", "data { mnist {} validation { last_fraction: 0.2 } }", "adam {}",
     "CATEGORICAL_CROSSENTROPY", {1e-6, 7.3e-4, 1.7e-2, 3.5e-2}},
    {"reuters", "data { reuters { words: 10000 } validation { first: 1000 } }", "rmsprop {}",
     "CATEGORICAL_CROSSENTROPY", {1e-6, 1.1e-3, 1.7e-3, 1.7e-3}},
};

json ReadJson(const std::string& path) {
  std::ifstream file(path);
  return json::parse(file, nullptr, false);
}

std::string Upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), ::toupper);
  return text;
}

// One layer of a golden case as text.
std::string LayerText(const json& layer) {
  const std::string type = layer["type"];
  if (type == "flatten") return "flatten {}";
  if (type == "max_pool") {
    return "max_pooling2d { pool_size: " + layer["pool_size"].dump() +
           " strides: " + layer["strides"].dump() + " padding: " + Upper(layer["padding"]) + " }";
  }
  const std::string activation = " activation: " + Upper(layer["activation"]) + " }";
  if (type == "dense") return "dense { units: " + layer["units"].dump() + activation;
  return "conv2d { filters: " + layer["filters"].dump() +
         " kernel_size: " + layer["kernel_size"].dump() +
         " strides: " + layer["strides"].dump() + " padding: " + Upper(layer["padding"]) +
         activation;
}

// The golden case's own description as a config.
std::string ConfigOf(const Case& golden, const json& description, const std::string& weights) {
  std::string layers = std::string(golden.name).starts_with("mnist") ? "layer { flatten {} }\n" : "";
  for (const json& layer : description["layers"]) {
    layers += "layer { name: " + layer["name"].dump() + " " + LayerText(layer) + " }\n";
  }
  const int batch = description["batch_size"];
  return std::string(golden.data) + "\nmodel {\n" + layers + "}\nloss: " + golden.loss +
         "\noptimizer { " + golden.optimizer + " }\ntraining { shuffle: false batch_size: " +
         std::to_string(batch) + " epochs: " + description["epochs"].dump() +
         " microbatches: " + (batch == 1 ? "1" : "4") + " initial_weights: \"" + weights + "\" }\n";
}

std::vector<double> LossesOf(const std::string& run_folder) {
  std::vector<double> losses;
  std::ifstream steps(run_folder + "/steps.jsonl");
  for (std::string line; std::getline(steps, line);) losses.push_back(json::parse(line)["loss"]);
  return losses;
}

class GoldenRuns : public testing::TestWithParam<Case> {};

TEST_P(GoldenRuns, LossesAreKerasWithinItsOwnNoise) {
  const Case& golden = GetParam();
  const char* data = std::getenv("LOCKSTEP_DATA");
  if (data == nullptr) GTEST_SKIP() << "NOT TESTED: LOCKSTEP_DATA is not set";
  const std::string source = std::string(data) + "/../goldens/" + golden.name;
  const json description = ReadJson(source + "/case.json");
  if (description.is_discarded()) GTEST_SKIP() << "NOT TESTED: no golden runs in " << source;

  const std::string folder = testing::TempDir() + "/golden-" + golden.name;
  ASSERT_EQ(RunCommand("rm -rf " + folder + "; mkdir -p " + folder).exit_code, 0);
  std::ofstream(folder + "/c.textproto")
      << ConfigOf(golden, description, source + "/initial_weights.npz");
  const CommandResult result =
      RunCommand(RunfilePath("tools/lockstep") + " train " + folder + "/c.textproto --quiet " +
                     "--run-dir " + folder + "/run",
                 300);
  ASSERT_EQ(result.exit_code, 0) << result.output;

  const std::vector<double> losses = LossesOf(folder + "/run");
  const json expected = ReadJson(source + "/steps.json")["loss"];
  ASSERT_GT(expected.size(), 0u);
  ASSERT_GE(losses.size(), expected.size());
  for (size_t row = 0; row < kUpTo.size(); ++row) {
    double worst = 0;
    for (size_t i = 0; i < std::min(kUpTo[row], expected.size()); ++i) {
      const double keras = expected[i];
      worst = std::max(worst, std::abs(losses[i] - keras) / keras);
    }
    EXPECT_LE(worst, golden.limits[row]) << "over the first " << kUpTo[row] << " steps";
  }
}

INSTANTIATE_TEST_SUITE_P(Keras, GoldenRuns, testing::ValuesIn(kCases),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace lockstep
