// `lockstep simulate`, `lockstep replay` and `lockstep summary --cluster`.
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "distributed/scaling/scaling_constants.h"
#include "tests/tools/lockstep_run.h"

namespace lockstep {
namespace {

// 1000 inputs, 10 classes: 10,010 parameters, 10,000 multiply-adds.
const char kNet[] =
    "name: 'net' loss: CATEGORICAL_CROSSENTROPY "
    "data { synthetic { shape: 1000 classes: 10 samples: 80 } } "
    "model { layer { dense { units: 10 activation: SOFTMAX } } } training { batch_size: 40 }";

const char kRing[] =
    "name: 'ring' peak_tflops: 0.001 gpu_memory_gb: 0.001 nic { practical_gb_s: 1 latency_us: 30 } "
    "exchange { algorithm: RING bucket_mb: 1 overlap: false }";

class ScalingCommands : public testing::Test {
 protected:
  ScalingCommands() : folder_(FreshFolder()) {
    WriteText(net(), kNet);
    WriteText(sheet(), kRing);
  }
  std::string net() const { return folder_ + "/net.textproto"; }
  std::string sheet() const { return folder_ + "/ring.textproto"; }
  std::string csv() const { return folder_ + "/points.csv"; }

  // The fields of the CSV's last line.
  std::vector<std::string> LastRow() const {
    std::string text = ReadText(csv());
    text.pop_back();
    std::vector<std::string> fields(1);
    for (const char c : text.substr(text.rfind('\n') + 1)) {
      if (c == ',') {
        fields.emplace_back();
      } else {
        fields.back() += c;
      }
    }
    return fields;
  }

  std::string folder_;
};

// Seconds of a step of one bucket that is sent when backward has ended, by a ring over `ranks`.
double StepByHand(double compute, int ranks) {
  const ScalingConstants c;
  const double bytes = 4.0 * 10010;
  const double ring = 2 * (ranks - 1) * (30e-6 + bytes / ranks / (c.network_efficiency * 1e9));
  return compute * (1 + c.entry_share + c.straggler_share * std::log2(ranks)) +
         bytes / (c.copy_gb_s * 1e9) + ring;
}

TEST_F(ScalingCommands, SimulateGivesTheStepThatAFormulaByHandGives) {
  const LockstepResult result = RunLockstep("simulate " + net() + " --cluster " + sheet() +
                                            " --gpus 1,4 --rate 20000 --csv " + csv());
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const double compute = 40.0 / 20000;
  const std::vector<std::string> row = LastRow();
  ASSERT_GE(row.size(), 8u);
  EXPECT_EQ(row[0], "4");
  EXPECT_EQ(row[1], "4");
  const double speedup = 4 * compute / StepByHand(compute, 4);
  EXPECT_NEAR(std::stod(row[3]), speedup, 1e-3);
  EXPECT_LT(std::stod(row[4]), speedup);
  EXPECT_GT(std::stod(row[5]), speedup);
  EXPECT_EQ(row[7], "network");
}

TEST_F(ScalingCommands, SimulateChangesTheSheetAsTold) {
  const LockstepResult result = RunLockstep("simulate " + net() + " --cluster " + sheet() +
                                            " --gpus 1,4 --rate 20000 --csv " + csv() +
                                            " --change 'nic { latency_us: 1000 }'");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const double compute = 40.0 / 20000;
  const double step = StepByHand(compute, 4) + 6 * (1000e-6 - 30e-6);
  EXPECT_NEAR(std::stod(LastRow()[3]), 4 * compute / step, 1e-3);
}

TEST_F(ScalingCommands, SimulateTakesANetworkAndASheetThatShipByName) {
  const LockstepResult result = RunLockstep("simulate resnet50 --cluster dgx1-v100 --gpus 64,1,8");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.out.find("Largest useful number up to 64: "), std::string::npos) << result.out;
  for (const char* what : {"network 4 times as fast", "bf16 on the wire", "twice the batch"}) {
    EXPECT_NE(result.out.find(what), std::string::npos) << what;
  }
}

TEST_F(ScalingCommands, SimulateRefusesInOneLine) {
  const auto simulate = [](const std::string& arguments) {
    return RunLockstep("simulate " + arguments);
  };
  ExpectRefused(simulate("resnet5 --cluster dgx1-v100"), 66, "did you mean \"resnet50\"");
  ExpectRefused(simulate("resnet50 --cluster dgx1-v10"), 66, "did you mean \"dgx1-v100\"");
  ExpectRefused(simulate("resnet50 --cluster dgx1-v100 --gpus 0"), 64, "--gpus");
  ExpectRefused(simulate("resnet50 --cluster dgx1-v100 --gpus 1,x"), 64, "--gpus");
  ExpectRefused(simulate("resnet50 --cluster dgx1-v100 --change 'nic { gbit: 1 }'"), 64,
                "--change:1:");
  WriteText(sheet(), "gpus_per_host: 0");
  ExpectRefused(simulate(net() + " --cluster " + sheet()), 64, "gpus_per_host: expected 1 to 1024");
  WriteText(sheet(), "max_hosts: 1");
  ExpectRefused(simulate(net() + " --cluster " + sheet()), 64, "--rate: expected samples/s");
}

TEST_F(ScalingCommands, SummaryPredictsTheStepAndTellsThatMemoryIsMissing) {
  const LockstepResult result = RunLockstep("summary " + net() + " --ranks 4 --cluster " + sheet());
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.out.find("% of 0.001 GB"), std::string::npos) << result.out;
  // 10 samples a rank at 40 % of 10^9 operations a second, six for each multiply-add.
  const double compute = 10 * 6 * 10000 / 0.4e9;
  const size_t at = result.out.find("speed-up over one GPU");
  ASSERT_NE(at, std::string::npos) << result.out;
  const double printed = std::stod(result.out.substr(at + sizeof("speed-up over one GPU")));
  EXPECT_NEAR(printed, 4 * compute / StepByHand(compute, 4), 0.051);
  EXPECT_NE(result.out.find(" network\n"), std::string::npos) << result.out;
}

TEST_F(ScalingCommands, SummaryOnAClusterRefusesInOneLine) {
  const LockstepResult result = RunLockstep("summary " + net() + " --cluster nowhere");
  EXPECT_EQ(result.exit_code, 66);
  EXPECT_EQ(CountLines(result.err), 1) << result.err;
  EXPECT_NE(result.err.find("no shipped sheet is called \"nowhere\""), std::string::npos);
}

TEST_F(ScalingCommands, ReplayScoresAFileOfItsOwn) {
  const std::string points = folder_ + "/own.csv";
  WriteText(points,
            "curve,system,model,precision,batch_per_gpu,data,update,servers,hosts,gpus,rate,"
            "base_gpus,speedup,use\n"
            "a/b,dgx1-v100,resnet50,fp32,64,synthetic,horovod,0,1,1,370,1,1,base\n"
            "a/b,dgx1-v100,resnet50,fp32,64,synthetic,horovod,0,1,8,0,1,7.5,score\n");
  const LockstepResult result = RunLockstep("replay " + points);
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.out.find("over all 1 scored points"), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("In the predicted band of 90 %: 1 of 1 points"), std::string::npos);
  ExpectRefused(RunLockstep("replay " + points + " --fit"), 65, "to fit 6 constants, found 1");
}

TEST_F(ScalingCommands, ReplayRefusesInOneLine) {
  const std::string points = folder_ + "/own.csv";
  ExpectRefused(RunLockstep("replay " + points), 66, "own.csv");
  WriteText(points, "curve\n");
  ExpectRefused(RunLockstep("replay " + points), 65, "own.csv:1: expected a column \"system\"");
  ExpectRefused(RunLockstep("replay --fit --cross-validate"), 64, "--fit");
}

}  // namespace
}  // namespace lockstep
