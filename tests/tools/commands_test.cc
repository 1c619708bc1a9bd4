// Each command does its job on a finished run.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "core/data/formats/npz_reader.h"
#include "tests/testing/command.h"
#include "tests/tools/lockstep_run.h"

namespace lockstep {
namespace {

using nlohmann::json;

json ParseFile(const std::string& path) { return json::parse(ReadText(path), nullptr, false); }

class Commands : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = FreshFolder();
    config_ = folder_ + "/small.textproto";
    run_ = folder_ + "/run";
    WriteText(config_, kSmallConfig);
    const LockstepResult result = RunLockstep("train " + config_ + " --ranks 2 --run-dir " + run_);
    ASSERT_EQ(result.exit_code, 0) << result.err;
  }

  // What a command that works prints.
  std::string Output(const std::string& arguments, const std::string& before = "") {
    const LockstepResult result = RunLockstep(arguments, before);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_EQ(result.err, "");
    return result.out;
  }

  std::string folder_, config_, run_;
};

TEST_F(Commands, HelpListsEveryCommand) {
  const std::string help = Output("--help");
  for (const char* command :
       {"train", "evaluate", "predict", "summary", "crossval", "data", "report", "export"}) {
    EXPECT_NE(help.find(std::string("  ") + command), std::string::npos) << command;
    EXPECT_NE(Output(std::string(command) + " --help"), "") << command;
  }
  EXPECT_EQ(Output("--version").rfind("lockstep ", 0), 0u);
}

TEST_F(Commands, TrainWritesTheRunFolderAndPrintsALinePerEpoch) {
  const LockstepResult result = RunLockstep("train " + config_ + " --run-dir " + folder_ + "/second");
  int verdicts = 0;  // below the epochs whose cause is another than the one before
  for (size_t at = 0; (at = result.out.find("\n  ", at)) != std::string::npos; ++at) ++verdicts;
  EXPECT_GT(verdicts, 0) << result.out;
  EXPECT_EQ(CountLines(result.out) - verdicts, 1 + 3 + 2) << result.out;
  EXPECT_EQ(result.out.find('\r'), std::string::npos);
  const json history = ParseFile(folder_ + "/second/history.json");
  for (const char* name :
       {"loss", "accuracy", "val_loss", "val_accuracy", "seconds", "learning_rate"}) {
    EXPECT_EQ(history[name].size(), 3u) << name;
  }
  const json summary = ParseFile(folder_ + "/second/summary.json");
  EXPECT_EQ(summary["parameters"], 20 * 16 + 16 + 16 * 3 + 3);
  EXPECT_EQ(summary["steps"], 12);
  EXPECT_EQ(summary["weights_hash"], WeightsHashOf(result));
  EXPECT_EQ(summary["final"]["loss"], history["loss"][2]);
}

TEST_F(Commands, ARunInAUsedFolderSetsTheOldOneAside) {
  const std::string train = "train " + config_ + " --run-dir " + folder_ + "/used";
  const std::string hash = WeightsHashOf(RunLockstep(train));
  const LockstepResult again = RunLockstep(train + " --set 'seed: 99'");
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_NE(WeightsHashOf(again), hash);
  EXPECT_NE(again.out.find("previous-1"), std::string::npos) << again.out;
  EXPECT_EQ(ParseFile(folder_ + "/used/previous-1/summary.json")["weights_hash"], hash);
  EXPECT_EQ(RunLockstep("evaluate " + folder_ + "/used/previous-1").exit_code, 0);
}

TEST_F(Commands, TheResolvedConfigHasTheMicrobatchesThatRanksMade) {
  const std::string file = folder_ + "/unset.textproto";
  std::ofstream(file)
      << "data { synthetic { shape: 9 classes: 3 samples: 100 } } model { layer { dense { units: 3 "
         "activation: SOFTMAX } } } loss: CATEGORICAL_CROSSENTROPY training { batch_size: 10 }";
  const std::string first = folder_ + "/first", again = folder_ + "/again";
  const LockstepResult made = RunLockstep("train " + file + " --ranks 2 --run-dir " + first);
  EXPECT_EQ(WeightsHashOf(RunLockstep("train " + first + "/config.textproto --ranks 1 --run-dir " +
                                      again)),
            WeightsHashOf(made));
}

TEST_F(Commands, TheResolvedConfigGivesTheSameRunAgain) {
  const std::string again = folder_ + "/again";
  Output("train " + run_ + "/config.textproto --quiet --run-dir " + again);
  EXPECT_EQ(ReadText(again + "/config.textproto"), ReadText(run_ + "/config.textproto"));
  EXPECT_EQ(ParseFile(again + "/summary.json")["weights_hash"],
            ParseFile(run_ + "/summary.json")["weights_hash"]);
}

TEST_F(Commands, TrainSaysThatTopFiveOfFiveClassesIsAlwaysOne) {
  for (const int classes : {5, 6}) {
    const std::string n = std::to_string(classes);
    WriteText(folder_ + "/top.textproto",
              "data { synthetic { shape: 9 classes: " + n + " samples: 99 } } model { layer { dense { " +
                  "units: " + n + " activation: SOFTMAX } } } loss: CATEGORICAL_CROSSENTROPY " +
                  "metric: ACCURACY metric: TOP_5_ACCURACY training { steps: 1 }");
    const std::string text = Output("train " + folder_ + "/top.textproto --run-dir " + folder_ + "/" + n);
    EXPECT_EQ(text.find("note: TOP_5_ACCURACY of 5 classes or fewer, here 5, is always 1; use "
                        "ACCURACY\n") != std::string::npos,
              classes == 5)
        << text;
    EXPECT_EQ(text.find("note: ") != std::string::npos, classes == 5) << text;
  }
}

TEST_F(Commands, QuietPrintsNothing) {
  EXPECT_EQ(Output("train " + config_ + " --quiet --run-dir " + folder_ + "/quiet"), "");
}

TEST_F(Commands, RunsWithoutAFolderOfTheirOwnNeverShareOne) {
  const std::string train = "train " + config_ + " --quiet --set 'training { steps: 1 }'";
  for (int i = 0; i < 3; ++i) Output(train, "cd " + folder_ + "; ");
  EXPECT_EQ(RunCommand("ls " + folder_ + "/runs | wc -l").output, "3\n");
}

TEST_F(Commands, EvaluatePrintsTheTestMetricsAndAddsThemToTheSummary) {
  const std::string text = Output("evaluate " + run_);
  EXPECT_EQ(text.rfind("test samples 50\ntest loss ", 0), 0u) << text;
  const json test = ParseFile(run_ + "/summary.json")["test"];
  char line[64];
  std::snprintf(line, sizeof(line), "test accuracy %.4f\n", test["accuracy"].get<double>());
  EXPECT_NE(text.find(line), std::string::npos) << text;
  WriteText(folder_ + "/more.textproto",
            "data { synthetic { shape: 20 classes: 3 samples: 500 } } model { layer { dense { units: "
            "3 } } } loss: MEAN_SQUARED_ERROR");
  EXPECT_EQ(Output("evaluate " + run_ + " --data " + folder_ + "/more.textproto")
                .rfind("test samples 100\n", 0),
            0u);
  Output("evaluate " + run_ + " --set 'optimizer { l2: 0.5 }'");
  EXPECT_EQ(ParseFile(run_ + "/summary.json")["test"], test);
}

TEST_F(Commands, PredictPrintsALinePerSample) {
  const std::string header = "sample,label,predicted,probability\n";
  const std::string full_header =
      "sample,label,predicted,probability,probability_0,probability_1,probability_2\n";
  EXPECT_EQ(CountLines(Output("predict " + run_)), 1 + 10);
  const std::string three = Output("predict " + run_ + " --count 3");
  EXPECT_EQ(three.rfind(header + "0,", 0), 0u) << three;
  EXPECT_EQ(CountLines(three), 1 + 3);
  Output("predict " + run_ + " --out " + folder_ + "/all.csv");
  const std::string all = ReadText(folder_ + "/all.csv");
  EXPECT_EQ(CountLines(all), 1 + 50);
  EXPECT_EQ(all.rfind(full_header + "0,", 0), 0u) << all;
  const std::string three_full = Output("predict " + run_ + " --count 3 --out /dev/fd/1");
  EXPECT_EQ(CountLines(three_full), 1 + 3);
  EXPECT_EQ(all.rfind(three_full, 0), 0u);
  Output("predict " + run_ + " --count 7 --out " + folder_ + "/seven.csv");
  EXPECT_EQ(CountLines(ReadText(folder_ + "/seven.csv")), 1 + 7);
  EXPECT_EQ(CountLines(Output("predict " + run_ + " --count 1000000")), 1 + 50);
}

TEST_F(Commands, PredictQuotesClassNamesThatCsvWouldCut) {
  const std::string rows = "1,plain\n2,\"a, b\"\n3,say \"c\"\n";
  WriteText(folder_ + "/t.csv", "x,y\n" + rows);
  WriteText(folder_ + "/named.textproto",
            "data { csv { path: \"" + folder_ + "/t.csv\" test_path: \"" + folder_ + "/t.csv\" target: " +
                "\"y\" } } model { layer { dense { units: 3 activation: SOFTMAX } } } " +
                "loss: CATEGORICAL_CROSSENTROPY");
  Output("train " + folder_ + "/named.textproto --quiet --run-dir " + folder_ + "/named");
  std::istringstream lines(Output("predict " + folder_ + "/named"));
  std::string line;
  for (const char* start : {"sample,", "0,plain,", "1,\"a, b\",", "2,\"say \"\"c\"\"\","}) {
    ASSERT_TRUE(std::getline(lines, line));
    EXPECT_TRUE(line.starts_with(start)) << line;
  }
}

// As many of them are right as the accuracy says.
TEST_F(Commands, PredictionsAgreeWithTheAccuracy) {
  Output("evaluate " + run_);
  const std::string right = "awk -F, 'NR > 1 && $2 == $3' " + folder_ + "/p.csv | wc -l";
  Output("predict " + run_ + " --out " + folder_ + "/p.csv");
  const double accuracy = ParseFile(run_ + "/summary.json")["test"]["accuracy"];
  EXPECT_EQ(std::stoi(RunCommand(right).output), static_cast<int>(accuracy * 50 + 0.5));
}

TEST_F(Commands, SummaryIsKerasTableOfTheMnistNetwork) {
  const std::string data = "LOCKSTEP_DATA=" + RunfilePath("tests/core/data/testdata") + " ";
  const std::string text = Output("summary " + RunfilePath("examples/mnist.textproto"), data);
  for (const char* part : {"flatten (flatten)", "(None, 784)", "dense (dense)", "(None, 128)",
                           "100,480", "dense_1 (dense)", "8,256", "dense_2 (dense)", "650",
                           "Total parameters: 109,386 (437,544 bytes)"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  }
}

TEST_F(Commands, SummaryCountsTheBytesOfARankAndOfAStep) {
  const auto bytes = [](const std::string& text, const std::string& row) {
    const size_t at = text.find("  " + row + " ");
    if (at == std::string::npos) return std::string("absent");
    const std::string line = text.substr(at, text.find(" bytes", at) - at);
    return line.substr(line.rfind(' ') + 1);
  };
  const std::string one = Output("summary " + config_);
  const std::string four = Output("summary " + config_ + " --ranks 4");
  // 320, 16, 48 and 3 weights, each tensor on a multiple of 64: 320 + 64 + 64 + 64 floats.
  EXPECT_EQ(bytes(four, "weights"), "2,048");
  EXPECT_EQ(bytes(one, "gradients"), "8,192");   // of 8 micro-batches: 01 23 4567 merge at last
  EXPECT_EQ(bytes(four, "gradients"), "4,096");  // of 2
  EXPECT_EQ(bytes(four, "optimizer"), "4,096");  // Adam's two
  EXPECT_EQ(bytes(one, "gradients reduced per step"), "0");
  EXPECT_EQ(bytes(four, "gradients reduced per step"), "1,548");
  EXPECT_EQ(bytes(four, "sent by each rank per step"), "3,072");  // 2 * 3/4
  EXPECT_NE(four.find("8 micro-batches"), std::string::npos);
}

TEST_F(Commands, CrossvalTrainsOneRunPerFoldAndWritesTheMeanCurve) {
  const std::string crossval = folder_ + "/crossval";
  const std::string text = Output("crossval " + config_ + " --folds 3 --run-dir " + crossval);
  EXPECT_NE(text.find("fold 2 of 3"), std::string::npos) << text;
  EXPECT_NE(text.find("mean over 3 folds: val_accuracy "), std::string::npos) << text;
  const json page = ParseFile(crossval + "/crossval.json");
  EXPECT_EQ(page["folds"], 3);
  for (const char* name : {"loss", "val_loss", "val_accuracy"}) {
    ASSERT_EQ(page["per_fold"][name].size(), 3u) << name;
    ASSERT_EQ(page["mean"][name].size(), 3u) << name;
    for (size_t epoch = 0; epoch < 3; ++epoch) {
      double sum = 0;
      for (const json& fold : page["per_fold"][name]) sum += fold[epoch].get<double>();
      EXPECT_DOUBLE_EQ(page["mean"][name][epoch].get<double>(), sum / 3) << name;
    }
  }
  for (const char* fold : {"0", "1", "2"}) {
    const json history = ParseFile(crossval + "/fold-" + fold + "/history.json");
    EXPECT_EQ(history["val_loss"], page["per_fold"]["val_loss"][std::stoul(fold)]);
  }
}

TEST_F(Commands, CrossvalUnderMpirunGivesTheSameCurves) {
  if (!HasMpirun()) GTEST_SKIP() << "NOT TESTED: mpirun is not installed";
  const std::string crossval = "crossval " + config_ + " --folds 2 --quiet --run-dir " + folder_;
  Output(crossval + "/threads");
  Output(crossval + "/mpi", MpirunCommand(2));
  EXPECT_EQ(ParseFile(folder_ + "/threads/crossval.json"), ParseFile(folder_ + "/mpi/crossval.json"));
}

TEST_F(Commands, ExportWritesKerasNamesAndLayouts) {
  Output("export " + run_ + " --format npz --out " + folder_ + "/w.npz");
  EXPECT_EQ(Output("export " + run_ + " --format npz --out /dev/fd/1"),
            ReadText(folder_ + "/w.npz"));
  const StatusOr<NpzReader> file = NpzReader::Open(folder_ + "/w.npz");
  ASSERT_TRUE(file.ok()) << file.status();
  const std::map<std::string, std::vector<int64_t>> expected = {
      {"dense/kernel", {20, 16}}, {"dense/bias", {16}}, {"dense_1/kernel", {16, 3}},
      {"dense_1/bias", {3}}};
  EXPECT_EQ(file->ArrayNames().size(), expected.size());
  for (const auto& [name, shape] : expected) {
    const StatusOr<NpyArray> array = file->Read(name);
    ASSERT_TRUE(array.ok()) << array.status();
    EXPECT_EQ(array->shape, shape) << name;
    EXPECT_EQ(array->type, NpyType::kFloat32) << name;
  }
}

TEST_F(Commands, ExportedWeightsStartATrainingWhereTheRunEnded) {
  Output("export " + run_ + " --out " + folder_ + "/w.npz");
  Output("train " + config_ + " --quiet --run-dir " + folder_ + "/from --set 'training { " +
         "initial_weights: \"" + folder_ + "/w.npz\" steps: 1 } optimizer { sgd { learning_rate: " +
         "1e-30 } }'");
  Output("export " + folder_ + "/from --out " + folder_ + "/w2.npz");
  EXPECT_EQ(ReadText(folder_ + "/w2.npz"), ReadText(folder_ + "/w.npz"));
}

TEST_F(Commands, ReportWritesOnePageOfOneRunOrSeveral) {
  Output("train " + config_ + " --quiet --run-dir " + folder_ + "/other --set 'seed: 3'");
  EXPECT_NE(Output("report " + run_).find("wrote " + run_ + "/report.html"), std::string::npos);
  const std::string page = ReadText(run_ + "/report.html");
  EXPECT_NE(page.find("<html"), std::string::npos);
  EXPECT_EQ(page.find("src=\"http"), std::string::npos);
  Output("report " + run_ + " " + folder_ + "/other --out " + folder_ + "/both.html");
  EXPECT_GT(ReadText(folder_ + "/both.html").size(), page.size());
}

}  // namespace
}  // namespace lockstep
