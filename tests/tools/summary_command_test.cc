// `lockstep summary` of networks that the config or the zoo describes, without their data.
#include <gtest/gtest.h>

#include <cctype>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/testing/command.h"
#include "tests/tools/lockstep_run.h"

namespace lockstep {
namespace {

std::string Output(const std::string& arguments) {
  const LockstepResult result = RunLockstep(arguments, "LOCKSTEP_DATA=/nowhere HOME=/nowhere ");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.err, "");
  return result.out;
}

std::string WriteConfig(const std::string& folder, const std::string& text) {
  WriteText(folder + "/net.textproto",
            text + " loss: CATEGORICAL_CROSSENTROPY training { batch_size: 2 }");
  return folder + "/net.textproto";
}

TEST(SummaryCommand, ExpandPrintsAConfigOfTheSameNetwork) {
  const std::string folder = FreshFolder();
  const std::string config = WriteConfig(
      folder, "name: 'net' data { cifar10 {} } model { zoo: 'resnet20_cifar' }");
  const std::string expanded = Output("summary " + config + " --expand");
  EXPECT_EQ(expanded.find("zoo"), std::string::npos);
  WriteText(folder + "/expanded.textproto", expanded);
  EXPECT_EQ(Output("summary " + folder + "/expanded.textproto"), Output("summary " + config));
  WriteText(folder + "/again.textproto", expanded);
  EXPECT_EQ(Output("summary " + folder + "/again.textproto --expand"), expanded);
}

TEST(SummaryCommand, AnExpandedConfigTrainsToTheSameBits) {
  const std::string folder = FreshFolder();
  const std::string config = WriteConfig(
      folder, "data { synthetic { shape: [8, 8, 3] classes: 3 samples: 8 } } "
              "model { zoo: 'resnet8_cifar' }");
  WriteText(folder + "/expanded.textproto", Output("summary " + config + " --expand"));
  const std::string hash =
      WeightsHashOf(RunLockstep("train " + config + " --run-dir " + folder + "/a"));
  EXPECT_EQ(WeightsHashOf(RunLockstep("train " + folder + "/expanded.textproto --run-dir " +
                                      folder + "/b")),
            hash);
  EXPECT_EQ(hash.find("failed"), std::string::npos) << hash;
}

TEST(SummaryCommand, DotWritesWhatGraphvizReads) {
  const std::string folder = FreshFolder();
  const std::string config =
      WriteConfig(folder, "data { cifar10 {} } model { zoo: 'resnet8_cifar' }");
  EXPECT_EQ(Output("summary " + config + " --dot " + folder + "/net.dot"),
            "wrote " + folder + "/net.dot; dot -Tsvg draws it\n");
  EXPECT_TRUE(ReadText(folder + "/net.dot").starts_with("digraph \"net\" {\n"));
  if (RunCommand("command -v dot").exit_code != 0) GTEST_SKIP() << "NOT TESTED: dot is missing";
  const CommandResult drawn = RunCommand("dot -Tsvg " + folder + "/net.dot");
  EXPECT_EQ(drawn.exit_code, 0) << drawn.output;
  EXPECT_NE(drawn.output.find("<svg"), std::string::npos);
}

TEST(SummaryCommand, NeedsNoPicturesWhereTheConfigTellsTheClasses) {
  const std::string folder = FreshFolder();
  const std::string config = WriteConfig(
      folder,
      "name: 'net' data { image_folder { path: 'absent' } } model { zoo: 'resnet18' classes: 5 }");
  const std::string summary = Output("summary " + config);
  EXPECT_NE(summary.find("Trainable: 11,179,077"), std::string::npos);
  const std::string layers = folder + "/expanded.textproto";
  WriteText(layers, Output("summary " + config + " --expand"));
  EXPECT_EQ(Output("summary " + layers), summary);
}

TEST(SummaryCommand, SaysHowToDoWithoutPictures) {
  const std::string config = WriteConfig(
      FreshFolder(), "data { image_folder { path: 'absent' } } model { zoo: 'resnet18' }");
  ExpectRefused(RunLockstep("summary " + config), 66, "--set 'model { classes: 1000 }'");
}

TEST(SummaryCommand, AClusterThatIsNotKnownIsRefusedBeforeAnythingIsPrinted) {
  const LockstepResult result =
      RunLockstep("summary " + WriteConfig(FreshFolder(), "data { cifar10 {} } model { zoo: "
                                                          "'resnet8_cifar' }") +
                  " --cluster nowhere");
  ExpectRefused(result, 66, "\"nowhere\"");
  EXPECT_EQ(result.out, "");
}

// The bytes that summary prints in the row `what`.
double PlannedBytes(const std::string& summary, const std::string& what) {
  const size_t row = summary.find("\n  " + what + " ");
  if (row == std::string::npos) return 0;
  const size_t end = summary.find(" bytes", row);
  double bytes = 0;
  for (size_t at = row + what.size() + 3; at < end; ++at) {
    const char digit = summary[at];
    if (std::isdigit(static_cast<unsigned char>(digit))) bytes = 10 * bytes + digit - '0';
  }
  return bytes;
}

TEST(SummaryCommand, PlansWhatATrainingTakes) {
  const std::string folder = FreshFolder();
  WriteText(folder + "/net.textproto",
            "data { synthetic { shape: [32, 32, 3] classes: 10 samples: 64 } } "
            "model { zoo: 'resnet20_cifar' } loss: CATEGORICAL_CROSSENTROPY "
            "optimizer { sgd { momentum: 0.9 } } training { batch_size: 32 epochs: 1 }");
  const std::string summary = Output("summary " + folder + "/net.textproto");
  const double planned = PlannedBytes(summary, "in all") +
                         PlannedBytes(summary, "the program, once a process");
  const std::string hash = WeightsHashOf(
      RunLockstep("train " + folder + "/net.textproto --ranks 1 --run-dir " + folder + "/run"));
  ASSERT_EQ(hash.size(), 16u) << hash;
  const auto run = nlohmann::json::parse(ReadText(folder + "/run/summary.json"), nullptr, false);
  const double resident = run["peak_resident_bytes"].get<double>();
  EXPECT_NEAR(resident / planned, 1, 0.15) << summary << resident;
}

TEST(SummaryCommand, ZooNeedsNoConfig) {
  EXPECT_NE(Output("summary --zoo").find("\ninception_v3 "), std::string::npos);
  ExpectRefused(RunLockstep("summary"), 64, "CONFIG");
  ExpectRefused(RunLockstep("summary resnet50 --zoo"), 64, "takes no CONFIG, found \"resnet50\"");
}

TEST(SummaryCommand, RefusesWhatDoesNotFit) {
  const std::string config =
      WriteConfig(FreshFolder(), "data { cifar10 {} } model { zoo: 'alexnet' }");
  ExpectRefused(RunLockstep("summary " + config), 64,
                "model.zoo: alexnet is made for pictures [227, 227, 3] and does not take");
}

}  // namespace
}  // namespace lockstep
