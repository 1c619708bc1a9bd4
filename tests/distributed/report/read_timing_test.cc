#include "distributed/report/read_timing.h"

#include <gtest/gtest.h>

#include "core/base/file.h"

namespace lockstep {
namespace {

std::string Rank(int forward_ms) {
  return "{\"input_ms\":1,\"forward_ms\":" + std::to_string(forward_ms) +
         ",\"backward_ms\":5,\"exposed_communication_ms\":7,\"optimizer_ms\":2,\"wait_ms\":4,"
         "\"transfer_ms\":3}";
}

std::string Epochs(const std::string& ranks) {
  return "{\"epochs\":[{\"epoch\":3,\"verdict\":\"rank 1 late\",\"ranks\":[" + ranks + "]}]}";
}

StatusOr<std::vector<EpochTime>> Read(const std::string& text) {
  const std::string path = JoinPath(::testing::TempDir(), "timing.json");
  EXPECT_TRUE(WriteFileAtomically(path, text).ok());
  return ReadTiming(path);
}

TEST(ReadTiming, GivesVerdictAndPartsOfEachRank) {
  const auto epochs = Read(Epochs(Rank(10) + "," + Rank(30)));
  ASSERT_TRUE(epochs.ok()) << epochs.status();
  ASSERT_EQ(epochs->size(), 1u);
  EXPECT_EQ(epochs->front().epoch, 3);
  EXPECT_EQ(epochs->front().verdict, "rank 1 late");
  ASSERT_EQ(epochs->front().ranks_ms.size(), 2u);
  // Exposed communication as its two parts, and not beside them.
  EXPECT_EQ(epochs->front().ranks_ms[1],
            (PartsMs{{"input", 1}, {"forward", 30}, {"backward", 5},
                       {"waiting for late ranks", 4}, {"exposed transfer", 3}, {"optimizer", 2}}));
}

TEST(ReadTiming, NamesThePlaceOfWhatIsWrong) {
  for (const std::string& text :
       {std::string("{"), std::string("[]"), std::string("{\"epochs\":[3]}"), Epochs("7"),
        Epochs(Rank(10) + ",{}"), std::string("{\"epochs\":[{\"epoch\":1,\"ranks\":[]}]}")}) {
    const Status status = Read(text).status();
    EXPECT_EQ(ExitCodeOf(status), ExitCode::kBadData) << text;
    EXPECT_NE(status.message().find("timing.json: "), std::string::npos) << status;
  }
  EXPECT_EQ(ExitCodeOf(ReadTiming("absent").status()), ExitCode::kMissingInput);
}

TEST(MeanOverRanks, IsTheMeanOfEachPart) {
  const auto epochs = Read(Epochs(Rank(10) + "," + Rank(30)));
  ASSERT_TRUE(epochs.ok());
  const PartsMs mean = MeanOverRanks(epochs->front());
  EXPECT_EQ(mean[1].first, "forward");
  EXPECT_DOUBLE_EQ(mean[1].second, 20);
  EXPECT_DOUBLE_EQ(mean[2].second, 5);
  EXPECT_TRUE(MeanOverRanks(EpochTime{}).empty());
}

}  // namespace
}  // namespace lockstep
