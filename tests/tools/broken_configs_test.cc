// Configs that cannot work: each is refused with exit code 64 and one line that names the cause.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "tests/testing/command.h"

namespace lockstep {
namespace {

constexpr const char* kData = "data { synthetic { shape: 4 classes: 2 samples: 10 } } ";
constexpr const char* kModel =
    "model { layer { dense { units: 3 activation: RELU } } "
    "layer { dense { units: 2 activation: SOFTMAX } } } ";
constexpr const char* kRest =
    "loss: CATEGORICAL_CROSSENTROPY metric: ACCURACY training { batch_size: 4 epochs: 1 } ";

// A config file's text and what its error must name.
struct Broken {
  std::string text;
  std::string named;
};

std::string WithData(const std::string& data) { return "data { " + data + " } " + kModel + kRest; }
std::string WithLayers(const std::string& layers) {
  return std::string(kData) + "model { " + layers + " } " + kRest;
}
std::string With(const std::string& more) {
  return std::string(kData) + kModel + kRest + more;
}

const std::string kLast = "layer { dense { units: 2 activation: SOFTMAX } }";

const Broken kBroken[] = {
    {"", "data"},
    {"nam: \"x\"", "name"},
    {"name: 3", "1:7: Expected string"},
    {"name: \"x", "1:"},
    {With("seed: -1"), "Expected integer"},
    {With("seed: \"a\""), "Expected integer"},
    {With("loss: HINGE"), "HINGE"},
    {With("metric: F1"), "F1"},
    {With("optimizer { adan {} }"), "adam"},
    {With("optimizer { adam { learning_rate: -1 } }"), "learning_rate"},
    {With("optimizer { adam { learning_rate: nan } }"), "learning_rate"},
    {With("optimizer { adam { beta_1: 1 } }"), "beta_1"},
    {With("optimizer { adam { beta_2: 2 } }"), "beta_2"},
    {With("optimizer { adam { epsilon: -1 } }"), "epsilon"},
    {With("optimizer { sgd { momentum: -0.5 } }"), "momentum"},
    {With("optimizer { rmsprop { rho: 1.5 } }"), "rho"},
    {With("optimizer { sgd {} clip_global_norm: -1 }"), "clip_global_norm"},
    {With("optimizer { sgd {} weight_decay: -1 }"), "weight_decay"},
    {With("training { batch_size: 0 }"), "batch_size"},
    {With("training { epochs: 0 }"), "epochs"},
    {With("training { microbatches: 0 }"), "microbatches"},
    {With("training { bach_size: 3 }"), "batch_size"},
    {With("}"), "}"},
    {With("model { layer { dense { units: 2 "), "2:1: Expected identifier"},
    {WithLayers(""), "layer"},
    {WithLayers("layer {} " + kLast), "layer"},
    {WithLayers("layer { dense { units: 0 } } " + kLast), "units"},
    {WithLayers("layer { dense {} } " + kLast), "units"},
    {WithLayers("layer { dropout { rate: 1 } } " + kLast), "rate"},
    {WithLayers("layer { dropout { rate: -0.1 } } " + kLast), "rate"},
    {WithLayers("layer { dens { units: 2 } } " + kLast), "dense"},
    {WithLayers("layer { input: \"nowhere\" dense { units: 3 } } " + kLast), "nowhere"},
    {WithLayers("layer { name: \"a\" dense { units: 3 } } layer { name: \"a\" dense { units: 2 } }"),
     "a"},
    {WithLayers("layer { name: \"a\" input: \"b\" dense { units: 3 } } "
                "layer { name: \"b\" input: \"a\" dense { units: 2 activation: SOFTMAX } }"),
     "a"},
    {WithLayers("layer { dense { units: 2 activation: RELUU } } " + kLast), "RELU"},
    {WithLayers("layer { dense { units: 3 activation: SOFTMAX } }"), "classes"},
    {WithData(""), "data"},
    {WithData("synthetic { shape: 0 classes: 2 samples: 10 }"), "shape"},
    {WithData("synthetic { shape: 4 classes: 2 samples: 0 }"), "samples"},
    {WithData("synthetic { shape: 4 classes: 2 samples: 10 } validation { first: 10 }"), "first"},
    {WithData("synthetic { shape: 4 classes: 2 samples: 10 } validation { last_fraction: 1.5 }"),
     "last_fraction"},
    {WithData("synthetic { shape: 4 classes: 2 samples: 10 } validation { fold: 4 folds: 4 }"),
     "fold"},
    {WithData("synthetic { shape: 4 classes: 2 samples: 10 } divide_by: 0"), "divide_by"},
    {WithData("imdb { words: 0 }"), "words"},
    {WithData("csv { target: \"y\" }"), "path"},
    {WithData("mnistt {}"), "mnist"},
};

TEST(BrokenConfigs, AreRefusedInOneLineThatNamesTheCause) {
  const std::string folder = testing::TempDir() + "/broken";
  int refused = 0;
  for (const Broken& broken : kBroken) {
    const CommandResult result = RunCommand(
        "rm -rf " + folder + "; mkdir -p " + folder + "; cat > " + folder + "/c.textproto <<'END'\n" +
        broken.text + "\nEND\n" + RunfilePath("tools/lockstep") + " train " + folder +
        "/c.textproto --run-dir " + folder + "/run");
    EXPECT_EQ(result.exit_code, 64) << broken.text << "\n" << result.output;
    EXPECT_NE(result.output.find(broken.named), std::string::npos)
        << broken.text << "\n" << result.output;
    EXPECT_EQ(std::count(result.output.begin(), result.output.end(), '\n'), 1)
        << broken.text << "\n" << result.output;
    ++refused;
  }
  EXPECT_GE(refused, 40);
}

}  // namespace
}  // namespace lockstep
