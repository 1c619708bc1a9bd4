#include "core/config/locate_setting.h"

#include <gtest/gtest.h>

namespace lockstep {
namespace {

const SettingText kFile = {"net.textproto",
                           "name: \"x\"\n"
                           "model {\n"
                           "  layer { dense { units: 0 } }\n"
                           "  layer { name: \"out\" dense {\n"
                           "      units: 2 } }\n"
                           "}\n"
                           "optimizer { adam { beta_1: 2 } }\n"
                           "data { npz {} }\n"};

TEST(LocateSetting, ASettingIsFoundByItsPath) {
  EXPECT_EQ(LocateSetting("optimizer.adam.beta_1: found 2, expected less", {kFile}),
            "net.textproto:7:20");
}

TEST(LocateSetting, AMissingSettingIsPlacedAtTheBlockThatLacksIt) {
  EXPECT_EQ(LocateSetting("data.npz.path is missing", {kFile}), "net.textproto:8:8");
  EXPECT_EQ(LocateSetting("data has no source", {kFile}), "net.textproto:8:1");
}

TEST(LocateSetting, ALayerIsFoundByItsOwnOrItsDefaultName) {
  EXPECT_EQ(LocateSetting("layer dense: units is missing or 0", {kFile}), "net.textproto:3:3");
  EXPECT_EQ(LocateSetting("layer out: rate", {kFile}), "net.textproto:4:3");
}

TEST(LocateSetting, TheLastTextThatSaysItCounts) {
  const SettingText set = {"--set", "optimizer { adam { beta_1: 3 } }"};
  EXPECT_EQ(LocateSetting("optimizer.adam.beta_1: found 3", {kFile, set}), "--set:1:20");
  EXPECT_EQ(LocateSetting("layer out: rate", {kFile, set}), "net.textproto:4:3");
}

TEST(LocateSetting, WhatNoTextSaysHasNoPlace) {
  EXPECT_EQ(LocateSetting("training.batch_size: found 0", {kFile}), "");
  EXPECT_EQ(LocateSetting("loss is missing", {kFile}), "");
  EXPECT_EQ(LocateSetting("layer nowhere: x", {kFile}), "");
  EXPECT_EQ(LocateSetting("", {kFile}), "");
}

}  // namespace
}  // namespace lockstep
