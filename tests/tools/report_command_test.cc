// `lockstep report`: of runs with their verdicts, and of a scaling experiment.
#include <gtest/gtest.h>

#include <string>

#include "tests/testing/command.h"
#include "tests/tools/lockstep_run.h"

namespace lockstep {
namespace {

constexpr auto kNowhere = std::string::npos;
const char* const kSample = "tests/distributed/scaling/testdata/scaling.json";

// A new folder with this scaling.json.
std::string FolderWith(const std::string& json) {
  const std::string folder = FreshFolder();
  WriteText(folder + "/scaling.json", json);
  return folder;
}

TEST(ReportScaling, WritesThePageAndItsPictures) {
  const std::string folder = FolderWith(ReadText(kSample));
  const LockstepResult result = RunLockstep("report --scaling " + folder);
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out, "wrote " + folder + "/scaling.html, and its pictures as SVG and CSV\n");
  const std::string page = ReadText(folder + "/scaling.html");
  EXPECT_NE(page.find("2 ranks are 1.69 times as fast as 1"), kNowhere);
  EXPECT_EQ(page.find("://"), kNowhere);
  for (const std::string name : {"speedup", "efficiency", "breakdown", "shares", "timeline"}) {
    EXPECT_EQ(ReadText(folder + "/scaling_" + name + ".svg").rfind("<svg xmlns=", 0), 0u) << name;
    EXPECT_GT(CountLines(ReadText(folder + "/scaling_" + name + ".csv")), 2) << name;
  }
}

TEST(ReportScaling, RefusesWhatIsNoScalingExperiment) {
  const std::string empty = FreshFolder();
  const std::string missing = ": found no scaling.json; expected a folder of lockstep scale";
  ExpectRefused(RunLockstep("report --scaling " + empty), 66, empty + missing);
  ExpectRefused(RunLockstep("report --scaling /absent"), 66, "/absent" + missing);
  const std::string sample = ReadText(kSample);
  for (const auto& [json, named] : std::initializer_list<std::pair<std::string, const char*>>{
           {"", "/scaling.json: expected JSON of lockstep scale"},
           {sample.substr(0, sample.size() / 2), "/scaling.json: expected JSON of lockstep scale"},
           {"[1, 2]", "/scaling.json: expected an object with a list \"measured\""},
           {"{\"format\": 1, \"points\": []}",
            "/scaling.json: expected an object with a list \"measured\""},
           {"{\"measured\": []}", "/scaling.json: expected \"format\": 1, found none"},
           {"{\"format\": 1, \"measured\": [{\"ranks\": \"two\"}]}",
            "measured[0].ranks: expected a whole number"}}) {
    const std::string folder = FolderWith(json);
    ExpectRefused(RunLockstep("report --scaling " + folder), 65, named);
    EXPECT_EQ(ReadText(folder + "/scaling.html"), "");
  }
}

TEST(ReportScaling, RefusesFlagsThatDoNotGoWithIt) {
  const std::string folder = FolderWith(ReadText(kSample));
  for (const std::string& more : {folder, "--out " + folder + "/other.html"}) {
    ExpectRefused(RunLockstep("report --scaling " + folder + " " + more), 64,
                  "--scaling: expected");
  }
  ExpectRefused(RunLockstep("report"), 64, "expected RUN_DIR, or --scaling DIR");
}

TEST(ReportScaling, SaysWhereItCannotWrite) {
  const std::string folder = FolderWith(ReadText(kSample));
  ASSERT_EQ(RunCommand("mkdir -p " + folder + "/scaling.html/full").exit_code, 0);
  ExpectRefused(RunLockstep("report --scaling " + folder), 73, folder + "/scaling.html");
}

TEST(ReportRuns, ShowsTheVerdictAndTheStepsOfEachEpoch) {
  const std::string folder = FreshFolder();
  WriteText(folder + "/small.textproto", kSmallConfig);
  const std::string run = folder + "/run";
  ASSERT_EQ(
      RunLockstep("train " + folder + "/small.textproto --ranks 2 --run-dir " + run).exit_code, 0);
  ASSERT_EQ(RunLockstep("report " + run).exit_code, 0);
  const std::string page = ReadText(run + "/report.html");
  const std::string summary = ReadText(run + "/summary.json");
  const size_t begin = summary.find("\"verdict\"");
  ASSERT_NE(begin, kNowhere) << summary;
  const size_t open = summary.find('"', begin + 9) + 1;
  EXPECT_NE(page.find(summary.substr(open, summary.find('"', open) - open)), kNowhere);
  EXPECT_NE(page.find("waiting for late ranks"), kNowhere);
}

}  // namespace
}  // namespace lockstep
