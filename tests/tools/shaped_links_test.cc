// A training on two hosts with a slow link between them: what is measured has to agree with the
// link, however busy this machine is.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "tests/testing/emulated_hosts.h"
#include "tests/tools/lockstep_run.h"

namespace lockstep {
namespace {

// 1.4 MB of gradients in two buckets, next to nothing to compute, 10 steps.
constexpr const char* kConfig = R"(
name: "shaped" seed: 3
data { synthetic { shape: 64 classes: 8 samples: 80 } }
model {
  layer { dense { units: 512 activation: RELU } }
  layer { dense { units: 600 activation: RELU } }
  layer { dense { units: 8 activation: SOFTMAX } }
}
loss: CATEGORICAL_CROSSENTROPY optimizer { sgd { learning_rate: 0.1 } }
training { batch_size: 8 epochs: 1 microbatches: 4 }
)";

constexpr const char* kRate = "40mbit";
constexpr double kBytesPerMs = 5000;
// What the shaper of a link that was idle lets through at once, on the host and on the switch.
constexpr double kBurstBytes = 2 * 128 * 1024;

std::string Train(const std::string& run, const std::string& flags, const std::string& launcher) {
  return WeightsHashOf(
      RunLockstep("train " + run + "/config.in --run-dir " + run + "/out " + flags, launcher));
}

TEST(ShapedLinks, TimesAgreeWithTheLinkAndTheVerdictNamesIt) {
  EmulatedHosts hosts(2);
  if (hosts.missing().empty()) hosts.SetRate(kRate);
  if (!hosts.missing().empty()) GTEST_SKIP() << hosts.missing();
  ASSERT_EQ(hosts.failure(), "");
  const std::string folder = FreshFolder();
  WriteText(folder + "/config.in", kConfig);
  const std::string expected = Train(folder, "--ranks 2", "");
  ASSERT_EQ(expected.size(), 16u) << expected;
  ASSERT_EQ(Train(folder, "", hosts.Mpirun(1)), expected);

  const auto timing = nlohmann::json::parse(ReadText(folder + "/out/timing.json"), nullptr, false);
  ASSERT_TRUE(timing.is_object());
  const auto& epoch = timing["epochs"][0];
  EXPECT_EQ(epoch["hosts"].size(), 2u);
  EXPECT_EQ(epoch["cause"], "communication") << epoch["verdict"];
  // Between two ranks each sends as many bytes as it has.
  double bytes = 0, transfer_ms = 0;
  for (const auto& bucket : epoch["buckets"]) {
    bytes += bucket["bytes"].get<double>();
    transfer_ms += bucket["transfer_ms"].get<double>();
  }
  EXPECT_GT(bytes, 1.3e6);
  EXPECT_LE(bytes - kBurstBytes, kBytesPerMs * transfer_ms) << epoch;
  EXPECT_LE(bytes - kBurstBytes, kBytesPerMs * epoch["overlap_bound_ms"].get<double>()) << epoch;
  EXPECT_LE(bytes - kBurstBytes, kBytesPerMs * epoch["step_ms"].get<double>()) << epoch;
}

}  // namespace
}  // namespace lockstep
