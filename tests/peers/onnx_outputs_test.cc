// Exported networks of every layer in ONNX Runtime beside lockstep's own predictions. Comparing
// needs the Python packages onnx, onnxruntime and safetensors of benchmarks/setup.sh's virtual
// environment; that the networks have every layer is checked without them.
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <set>
#include <string>

#include "core/base/status.h"
#include "core/config/layer_names.h"
#include "core/config/load_config.h"
#include "proto/config.pb.h"
#include "tests/peers/peers_python.h"
#include "tests/testing/command.h"

namespace lockstep {
namespace {

std::set<std::string> NetworkFiles() {
  std::set<std::string> files;
  for (const auto& entry :
       std::filesystem::directory_iterator(RunfilePath("tests/peers/networks"))) {
    files.insert(entry.path().string());
  }
  return files;
}

Activation ActivationOf(const LayerConfig& layer) {
  if (layer.has_dense()) return layer.dense().activation();
  return layer.has_conv2d() ? layer.conv2d().activation() : layer.activation().function();
}

TEST(OnnxNetworks, HaveEveryLayerAndActivationOfAConfig) {
  std::set<std::string> layers, activations;
  for (const std::string& file : NetworkFiles()) {
    const StatusOr<Config> config = LoadConfig(file, {});
    ASSERT_TRUE(config.ok()) << config.status();
    for (const LayerConfig& layer : config->model().layer()) {
      layers.insert(LayerKind(layer));
      activations.insert(Activation_Name(ActivationOf(layer)));
    }
  }
  const auto* kinds = LayerConfig::descriptor()->FindOneofByName("kind");
  ASSERT_NE(kinds, nullptr);
  for (int i = 0; i < kinds->field_count(); ++i) {
    EXPECT_TRUE(layers.contains(kinds->field(i)->name()))
        << kinds->field(i)->name() << " is in no network of tests/peers/networks";
  }
  for (int i = 0; i < Activation_descriptor()->value_count(); ++i) {
    const std::string& name = Activation_descriptor()->value(i)->name();
    EXPECT_TRUE(activations.contains(name)) << name << " is in no network of tests/peers/networks";
  }
}

TEST(OnnxOutputs, AreThoseOfPredict) {
  if (!HasModules("onnx, onnxruntime, safetensors, numpy")) {
    GTEST_SKIP() << "NOT TESTED: no ONNX Runtime; benchmarks/setup.sh installs it";
  }
  std::string command = "LOCKSTEP_DATA=" + RunfilePath("tests/core/data/testdata") + " " +
                        PeersPython() + " " + RunfilePath("tests/peers/onnx_outputs.py") + " " +
                        RunfilePath("tools/lockstep");
  for (const std::string& file : NetworkFiles()) command += " " + file;
  const CommandResult result = RunCommand(command, 300);
  EXPECT_EQ(result.exit_code, 0) << result.output;
  EXPECT_NE(result.output.find(", 0 off"), std::string::npos) << result.output;
  std::printf("%s", result.output.c_str());
}

}  // namespace
}  // namespace lockstep
