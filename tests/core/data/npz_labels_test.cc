#include "core/data/npz_labels.h"

#include <gtest/gtest.h>

#include "tests/testing/npz_file.h"

namespace lockstep {
namespace {

StatusOr<std::vector<int32_t>> Labels(const std::vector<int64_t>& values, int64_t classes) {
  const auto file = NpzReader::FromBytes(
      NpzBytes({MakeMember<int64_t>("y", {static_cast<int64_t>(values.size())}, values)}), "f.npz");
  if (!file.ok()) return file.status();
  return ReadNpzLabels(*file, "y", classes);
}

TEST(ReadNpzLabels, TakesLabelsOfEveryClass) {
  EXPECT_EQ(*Labels({0, 2, 1}, 3), std::vector<int32_t>({0, 2, 1}));
}

TEST(ReadNpzLabels, NamesTheFirstLabelOutOfRange) {
  for (const int64_t bad : {-1, 3}) {
    const Status status = Labels({0, bad, 7}, 3).status();
    EXPECT_EQ(ExitCodeOf(status), ExitCode::kBadData);
    EXPECT_NE(std::string(status.message())
                  .find("label " + std::to_string(bad) + " of sample 1, expected 0 to 2"),
              std::string::npos)
        << status.message();
  }
}

TEST(ReadNpzLabels, NoLabelsAreNoSet) {
  EXPECT_EQ(ExitCodeOf(Labels({}, 3).status()), ExitCode::kBadData);
}

}  // namespace
}  // namespace lockstep
