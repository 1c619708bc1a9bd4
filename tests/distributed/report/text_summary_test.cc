#include "distributed/report/text_summary.h"

#include <gtest/gtest.h>

#include <sstream>

namespace lockstep {
namespace {

TEST(TextSummary, ShowsEachRunWithItsNumbers) {
  RunReport run;
  run.name = "imdb";
  run.history = {{"val_accuracy", {0.875, 0.75}}};
  EXPECT_EQ(TextSummary({run}),
            "imdb\n  val_accuracy                       0.7500  best 0.8750 at epoch 1\n");
}

TEST(TextSummary, HasNoLongLineAndNoControlCharacter) {
  RunReport run;
  run.name = "\x1b[31mred\n" + std::string(77, 'a') + "ä" + std::string(50, 'b');
  run.summary = {{"device", std::string(200, 'x'), {}}};
  std::istringstream lines(TextSummary({run}));
  std::string line;
  int count = 0;
  while (std::getline(lines, line)) {
    ++count;
    EXPECT_LE(line.size(), 80u);
    EXPECT_EQ(line.find('\x1b'), std::string::npos);
  }
  EXPECT_EQ(count, 3);
}

TEST(TextSummary, ShowsAWholeVerdictBelowItsName) {
  RunReport run;
  run.name = "imdb";
  run.summary = {{"verdict", std::string(76, 'v'), {}}};
  EXPECT_EQ(TextSummary({run}), "imdb\n  verdict\n    " + std::string(76, 'v') + "\n");
}

TEST(TextSummary, CutsNoCharacterInTwo) {
  RunReport run;
  run.name = std::string(76, 'a') + "ää" + std::string(20, 'b');
  EXPECT_EQ(TextSummary({run}), std::string(76, 'a') + "...\n");
}

}  // namespace
}  // namespace lockstep
