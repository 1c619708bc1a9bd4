#include "distributed/report/config_diff.h"

#include <gtest/gtest.h>

namespace lockstep {
namespace {

TEST(FlattenConfig, NamesEachSettingByItsPathAndNumbersRepeatedOnes) {
  const std::vector<Setting> settings = FlattenConfig(
      "name: \"a\"\n"
      "model {\n"
      "  layer {\n    dense {\n      units: 16\n    }\n  }\n"
      "  layer {\n    dense {\n      units: 1\n    }\n  }\n"
      "}\n"
      "metric: ACCURACY\nmetric: TOP_5_ACCURACY\n");
  EXPECT_EQ(settings, (std::vector<Setting>{{"name", "\"a\""},
                                            {"model.layer.dense.units", "16"},
                                            {"model.layer #2.dense.units", "1"},
                                            {"metric", "ACCURACY"},
                                            {"metric #2", "TOP_5_ACCURACY"}}));
}

TEST(FlattenConfig, TakesAnyText) {
  EXPECT_TRUE(FlattenConfig("").empty());
  EXPECT_TRUE(FlattenConfig("}\n}\n{\n# note\nnonsense\n{{{").empty());
  EXPECT_EQ(FlattenConfig("}\na: 1").size(), 1u);
}

TEST(DifferingSettings, NamesOnlyWhatIsNotTheSameInEveryRun) {
  const std::vector<std::string> configs = {"seed: 1\nloss: A\n", "seed: 2\nloss: A\ntake: 5\n"};
  const std::vector<SettingDifference> differences = DifferingSettings(configs);
  ASSERT_EQ(differences.size(), 2u);
  EXPECT_EQ(differences[0].path, "seed");
  EXPECT_EQ(differences[0].values, (std::vector<std::string>{"1", "2"}));
  EXPECT_EQ(differences[1].path, "take");
  EXPECT_EQ(differences[1].values, (std::vector<std::string>{"", "5"}));
}

TEST(DifferingSettings, IsEmptyForTheSameConfigs) {
  EXPECT_TRUE(DifferingSettings(std::vector<std::string>{"a: 1", "a: 1"}).empty());
  EXPECT_TRUE(DifferingSettings({}).empty());
}

}  // namespace
}  // namespace lockstep
