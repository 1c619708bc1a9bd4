#include "distributed/report/page_data.h"

#include <gtest/gtest.h>

#include <cmath>

#include "nlohmann/json.hpp"

namespace lockstep {
namespace {

using Json = nlohmann::json;

Json Parsed(const std::vector<RunReport>& runs) {
  return Json::parse(PageJson(runs), nullptr, /*allow_exceptions=*/false);
}

TEST(PageJson, IsValidForAnEmptyRun) {
  const Json page = Parsed({RunReport{}});
  ASSERT_TRUE(page.is_object());
  const Json& run = page["runs"][0];
  EXPECT_TRUE(run["crossval"].is_null());
  EXPECT_TRUE(run["predictions"].is_null());
  EXPECT_TRUE(run["headline"].is_array());
  EXPECT_TRUE(run["facts"].is_array());
  EXPECT_FALSE(run["finished"].get<bool>());
  EXPECT_TRUE(page["differences"].is_array());
}

TEST(PageJson, HasNullForWhatIsNotFinite) {
  RunReport run;
  run.history = {{"loss", {0.123456789, std::nan(""), HUGE_VAL}}};
  EXPECT_EQ(Parsed({run})["runs"][0]["history"]["loss"].dump(), "[0.123457,null,null]");
}

TEST(PageJson, TakesTextThatIsNotUtf8) {
  RunReport run;
  run.name = "\xff\xfe";
  run.config_text = "\xc3";
  const std::string json = PageJson({run});
  for (const char c : json) ASSERT_LT(static_cast<unsigned char>(c), 0x80);
  EXPECT_TRUE(Json::accept(json));
}

TEST(PageJson, GivesConfusionsAndSamplesOfAClassifier) {
  RunReport run;
  run.predictions = Predictions{
      .count = 2,
      .outputs = 2,
      .classes = 2,
      .class_names = {"cat", "dog"},
      .values = {0.75f, 0.25f, 1.0f, 0.0f},
      .labels = {0, 1},
      .targets = {},
      .samples = {{.index = 0,
                   .picture = {.height = 1, .width = 1, .channels = 1, .pixels = {7}},
                   .text = {}}},
      .mistakes = {{.index = 1, .picture = {}, .text = "woof"}}};
  const Json predictions = Parsed({run})["runs"][0]["predictions"];
  EXPECT_EQ(predictions["confusions"].dump(), "[1,0,1,0]");
  const Json& sample = predictions["samples"][0];
  EXPECT_EQ(sample["predicted"], "cat");
  EXPECT_EQ(sample["confidence"], 0.75);
  EXPECT_FALSE(sample["wrong"].get<bool>());
  EXPECT_EQ(sample["image"].get<std::string>().substr(0, 22), "data:image/png;base64,");
  const Json& mistake = predictions["mistakes"][0];
  EXPECT_TRUE(mistake["wrong"].get<bool>());
  EXPECT_EQ(mistake["truth"], "dog");
  EXPECT_EQ(mistake["text"], "woof");
  EXPECT_FALSE(mistake.contains("image"));
}

TEST(PageJson, GivesTheErrorOfARegressionsSampleWithAsManyDecimalsAsItsTarget) {
  RunReport run;
  run.predictions = Predictions{};
  run.predictions->count = 1;
  run.predictions->values = {20.5f};
  run.predictions->targets = {19.0f};
  run.predictions->samples = {{.index = 0, .picture = {}, .text = {}}};
  const Json sample = Parsed({run})["runs"][0]["predictions"]["samples"][0];
  EXPECT_EQ(sample["truth"], "19.0000");
  EXPECT_EQ(sample["predicted"], "20.5000");
  EXPECT_EQ(sample["error"], "1.5000");
}

TEST(PageJson, ThinsOutTheScatterOfARegression) {
  RunReport run;
  run.predictions = Predictions{};
  run.predictions->count = 5000;
  run.predictions->values.assign(5000, 1.5f);
  run.predictions->targets.assign(5000, 2.0f);
  const Json predictions = Parsed({run})["runs"][0]["predictions"];
  EXPECT_EQ(predictions["points"].size(), 2000u);
  EXPECT_EQ(predictions["points"][0].dump(), "[2.0,1.5]");
  EXPECT_FALSE(predictions.contains("confusions"));
}

TEST(PageJson, GivesTheMeanStepOfEachEpochAndTheRanksOfTheLast) {
  RunReport run;
  run.timing = {{1, "first", {{{"forward", 2}}, {{"forward", 4}}}},
                {2, "second", {{{"forward", 1}}, {{"forward", 2}}}}};
  const Json timing = Parsed({run})["runs"][0]["timing"];
  EXPECT_EQ(timing["epochs"].dump(), R"([{"epoch":1,"ms":{"forward":3.0},"verdict":"first"},)"
                                     R"({"epoch":2,"ms":{"forward":1.5},"verdict":"second"}])");
  EXPECT_EQ(timing["ranks"].dump(), R"([{"forward":1.0},{"forward":2.0}])");
}

TEST(PageJson, NamesWhatDiffersInTheConfigs) {
  std::vector<RunReport> runs(2);
  runs[0].config_text = "seed: 1\n";
  runs[1].config_text = "seed: 2\n";
  EXPECT_EQ(Parsed(runs)["differences"].dump(), R"([{"path":"seed","values":["1","2"]}])");
}

}  // namespace
}  // namespace lockstep
