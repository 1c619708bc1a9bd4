#include "core/device/device.h"

#include <gtest/gtest.h>

#include "tests/core/device/device_contract.h"
#include "tests/testing/fake_device.h"

namespace lockstep {
namespace {

TEST(FakeDevice, KeepsTheContract) {
  FakeDevice device({.index = 3, .most_delay_us = 300});
  EXPECT_EQ(CheckDevice(&device), "");
  EXPECT_EQ(device.allocated_bytes(), 0);
}

TEST(FakeDeviceDeathTest, HostCodeThatTouchesItsMemoryCrashes) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  FakeDevice device({});
  const auto memory = device.Allocate(64, "a test", MemoryPlace::kDevice);
  ASSERT_TRUE(memory.ok());
  const volatile float* value = static_cast<float*>((*memory)->data());
  EXPECT_DEATH(static_cast<void>(*value), "");
}

TEST(FakeDevice, TellsOfFailedWorkLater) {
  FakeDevice device({.index = 2});
  const auto event = device.MakeEvent();
  device.Break("an illegal address");
  EXPECT_EQ(device.IsComplete(event->get()).status().message(), "GPU 2: an illegal address");
}

}  // namespace
}  // namespace lockstep
