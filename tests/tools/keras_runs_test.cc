// Small networks of many kinds beside Keras: the loss of every batch, the history and the weights
// at the end, from the same initial weights. testdata/keras_runs/make_keras_runs.py made Keras'
// part.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "core/data/formats/npz_reader.h"
#include "core/data/formats/npz_writer.h"
#include "tests/testing/command.h"

namespace lockstep {
namespace {

using nlohmann::json;

constexpr size_t kFirstSteps = 10;
constexpr double kLeast = 1e-6;  // docs/numerics.md

std::string Fixture(const std::string& name) {
  return RunfilePath("tests/tools/testdata/keras_runs/" + name);
}

json ReadJson(const std::string& path) {
  std::ifstream file(path);
  return json::parse(file, nullptr, false);
}

std::vector<float> ReadFloats(const std::string& path, const std::string& array) {
  const auto file = NpzReader::Open(path);
  if (!file.ok()) return {};
  const auto values = file->Read(array);
  return values.ok() ? NpyToFloats(*values).value_or(std::vector<float>{}) : std::vector<float>{};
}

// One weight's name, shape and place among all weights of a network: weights.npz has them in a row.
struct Weight {
  std::string name;
  std::vector<int64_t> shape;
  size_t begin = 0;
  size_t size = 1;
};

std::vector<Weight> WeightsOf(const json& run) {
  std::vector<Weight> weights;
  size_t begin = 0;
  for (const json& parameter : run["parameters"]) {
    Weight weight = {parameter[0], parameter[1], begin, 1};
    for (const int64_t extent : weight.shape) weight.size *= static_cast<size_t>(extent);
    begin += weight.size;
    weights.push_back(weight);
  }
  return weights;
}

// |found - expected| / |expected|; absolute where Keras has exactly 0.
double Apart(double found, double expected) {
  return std::abs(found - expected) / (expected == 0 ? 1 : std::abs(expected));
}

struct Case {
  std::string name;
  int microbatches = 1;
};

std::vector<Case> AllCases() {
  std::vector<Case> cases;
  const json runs = ReadJson(Fixture("runs.json"));
  for (const auto& [name, run] : runs.items()) {
    for (const int microbatches : {1, 4}) {
      // Batch normalisation takes a micro-batch's statistics, Keras the batch's.
      const std::string config = run["config"];
      if (microbatches > 1 && config.find("batch_normalization") != std::string::npos) continue;
      cases.push_back({name, microbatches});
    }
  }
  return cases;
}

class KerasRuns : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    run_ = ReadJson(Fixture("runs.json"))[GetParam().name];
    folder_ = testing::TempDir() + "/keras-" + GetParam().name +
              std::to_string(GetParam().microbatches);
    ASSERT_EQ(RunCommand("rm -rf " + folder_ + "; mkdir -p " + folder_).exit_code, 0);
  }

  void WriteInitialWeights() {
    const std::vector<float> all =
        ReadFloats(Fixture("weights.npz"), GetParam().name + "/initial");
    NpzWriter file;
    for (const Weight& weight : WeightsOf(run_)) {
      ASSERT_LE(weight.begin + weight.size, all.size());
      file.Add(weight.name, weight.shape, std::span(all).subspan(weight.begin, weight.size));
    }
    ASSERT_TRUE(file.WriteTo(folder_ + "/initial.npz").ok());
  }

  void Train() {
    const std::string config = run_["config"];
    std::ofstream(folder_ + "/c.textproto") << config;
    std::string set = "training { initial_weights: \"" + folder_ + "/initial.npz\" microbatches: " +
                      std::to_string(GetParam().microbatches) + " }";
    if (config.find("npz {") != std::string::npos) {
      set += " data { npz { path: \"" + Fixture("data.npz") + "\" } }";
    }
    Run("LOCKSTEP_DATA=" + Fixture("") + " " + Lockstep() + " train " +
        folder_ + "/c.textproto --quiet --run-dir " + folder_ + "/run --set '" + set + "'");
    Run(Lockstep() + " export " + folder_ + "/run --format npz --out " + folder_ + "/final.npz");
  }

  void ExpectLosses() {
    const json expected = run_["losses"];
    std::ifstream steps(folder_ + "/run/steps.jsonl");
    size_t count = 0;
    double first = 0, all = 0;
    for (std::string line; std::getline(steps, line) && count < expected.size(); ++count) {
      all = std::max(all, Apart(json::parse(line)["loss"], expected[count]));
      if (count < kFirstSteps) first = all;
    }
    EXPECT_EQ(count, expected.size());
    EXPECT_LE(first, kLeast) << "loss of the first steps";
    EXPECT_LE(all, Limit("losses")) << "loss of all steps";
  }

  void ExpectHistory() {
    const json history = ReadJson(folder_ + "/run/history.json");
    for (const auto& [name, expected] : run_["history"].items()) {
      ASSERT_TRUE(history.contains(name)) << name << " in " << history.dump();
      ASSERT_EQ(history[name].size(), expected.size()) << name;
      for (size_t epoch = 0; epoch < expected.size(); ++epoch) {
        EXPECT_LE(Apart(history[name][epoch], expected[epoch]), Limit("history"))
            << name << " of epoch " << epoch + 1;
      }
    }
  }

  // Each step rounds a weight once in either program: so many roundings of the largest one, before
  // or after training, are no difference.
  void ExpectWeights() {
    const std::string file = Fixture("weights.npz");
    const std::vector<float> before = ReadFloats(file, GetParam().name + "/initial");
    const std::vector<float> after = ReadFloats(file, GetParam().name + "/final");
    const double limit =
        std::max(Limit("weights"), std::ldexp(static_cast<double>(run_["losses"].size()), -24));
    for (const Weight& weight : WeightsOf(run_)) {
      const std::vector<float> found = ReadFloats(folder_ + "/final.npz", weight.name);
      ASSERT_EQ(found.size(), weight.size) << weight.name;
      double largest = 0, apart = 0;
      for (size_t i = 0; i < weight.size; ++i) {
        const double expected = after[weight.begin + i];
        const double start = before[weight.begin + i];
        largest = std::max({largest, std::abs(expected), std::abs(start)});
        apart = std::max(apart, std::abs(found[i] - expected));
      }
      EXPECT_LE(apart, limit * largest) << weight.name;
    }
  }

 private:
  static std::string Lockstep() { return RunfilePath("tools/lockstep"); }

  void Run(const std::string& command) {
    const CommandResult result = RunCommand(command);
    ASSERT_EQ(result.exit_code, 0) << command << "\n" << result.output;
  }

  // What float64 Keras differs by.
  double Limit(const char* noise) const {
    return std::max(kLeast, run_["noise"][noise].get<double>());
  }

  json run_;
  std::string folder_;
};

TEST_P(KerasRuns, LossesHistoryAndWeightsAreKerasWithinItsOwnNoise) {
  ASSERT_NO_FATAL_FAILURE(WriteInitialWeights());
  ASSERT_NO_FATAL_FAILURE(Train());
  ExpectLosses();
  ExpectHistory();
  ExpectWeights();
}

INSTANTIATE_TEST_SUITE_P(Networks, KerasRuns, testing::ValuesIn(AllCases()), [](const auto& info) {
  return info.param.name + "_in_" + std::to_string(info.param.microbatches);
});

}  // namespace
}  // namespace lockstep
