#include "core/device/gpu.h"

#include <gtest/gtest.h>

#include <string>

namespace lockstep {
namespace {

// One line, with the exit code of a device, and `part` in it.
void ExpectRefusal(const Status& status, const std::string& part) {
  EXPECT_EQ(ExitCodeOf(status), ExitCode::kDeviceError) << status;
  EXPECT_NE(std::string(status.message()).find(part), std::string::npos) << status;
  EXPECT_EQ(std::string(status.message()).find('\n'), std::string::npos) << status;
}

TEST(JudgeGpus, NamesTheFirstThingThatIsMissing) {
  GpuFacts facts = {.driver_version = 0, .built_version = 13000};
  ExpectRefusal(JudgeGpus(facts).status(), "driver");
  ExpectRefusal(JudgeGpus(facts).status(), "CUDA 13.0");
  facts.driver_version = 12080;
  ExpectRefusal(JudgeGpus(facts).status(), "knows CUDA 12.8");
  facts.driver_version = 13000;
  facts.error = "no CUDA-capable device is detected";
  ExpectRefusal(JudgeGpus(facts).status(), "shows no GPU (no CUDA-capable device is detected)");
}

TEST(JudgeGpus, CountsWhatIsThereAndTakesADriverOfTheSameMajorVersion) {
  for (const int driver : {13000, 13010, 14000}) {
    const StatusOr<int> count =
        JudgeGpus({.driver_version = driver, .built_version = 13000, .count = 8});
    ASSERT_TRUE(count.ok()) << count.status();
    EXPECT_EQ(*count, 8);
  }
  EXPECT_TRUE(JudgeGpus({.driver_version = 13000, .built_version = 13010, .count = 1}).ok());
}

// Whatever this machine has: a number, or one line that says what it lacks.
TEST(CountGpus, CountsOrSaysWhatIsMissing) {
  const StatusOr<int> count = CountGpus();
  if (count.ok()) {
    EXPECT_GE(*count, 1);
  } else {
    ExpectRefusal(count.status(), "use the CPU");
  }
}

}  // namespace
}  // namespace lockstep
