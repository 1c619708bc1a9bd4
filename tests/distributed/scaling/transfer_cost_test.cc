#include "distributed/scaling/transfer_cost.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace lockstep {
namespace {

constexpr Link kLink = {1e9, 1e-5};

// Messages one after the other, as the algorithms send them.
double Send(double bytes) { return kLink.latency_s + bytes / kLink.bytes_per_s; }

TEST(TransferCost, OneRankSendsNothing) {
  EXPECT_EQ(TreeSeconds(1e6, 1, kLink), 0);
  EXPECT_EQ(RingSeconds(1e6, 1, kLink), 0);
  EXPECT_EQ(HalvingSeconds(1e6, 1, kLink), 0);
}

TEST(TransferCost, RingSendsItsPiecesTwiceAround) {
  for (const int ranks : {2, 3, 8, 100}) {
    double seconds = 0;
    for (int message = 0; message < 2 * (ranks - 1); ++message) seconds += Send(1e6 / ranks);
    EXPECT_NEAR(RingSeconds(1e6, ranks, kLink), seconds, 1e-9 * seconds) << ranks;
  }
}

TEST(TransferCost, HalvingSendsHalvesThenGathersThem) {
  for (const int ranks : {2, 4, 64}) {
    double seconds = 0, piece = 1e6;
    for (int left = ranks; left > 1; left /= 2) seconds += 2 * Send(piece /= 2);
    EXPECT_NEAR(HalvingSeconds(1e6, ranks, kLink), seconds, 1e-9 * seconds) << ranks;
  }
  // Three ranks: the third sends all to another first, and gets all back.
  EXPECT_NEAR(HalvingSeconds(1e6, 3, kLink), HalvingSeconds(1e6, 2, kLink) + 2 * Send(1e6), 1e-12);
}

TEST(TransferCost, TreeGoesUpAndDownAllLevels) {
  EXPECT_NEAR(TreeSeconds(1e6, 8, kLink), 6 * Send(1e6), 1e-12);
  EXPECT_NEAR(TreeSeconds(1e6, 9, kLink), 8 * Send(1e6), 1e-12);
}

TEST(TransferCost, RingWinsForLargeAndHalvingForSmallPieces) {
  EXPECT_LT(RingSeconds(1e9, 64, kLink), TreeSeconds(1e9, 64, kLink));
  EXPECT_LT(HalvingSeconds(1e3, 64, kLink), RingSeconds(1e3, 64, kLink));
}

TEST(PlaceTensors, LeastLoadedBalancesAllButALargeTensor) {
  const std::vector<double> bytes = {100, 1, 1, 1, 1, 1, 1};
  const std::vector<int> servers = PlaceTensors(bytes, 3, Exchange::LEAST_LOADED);
  std::vector<double> load(3, 0);
  for (size_t i = 0; i < bytes.size(); ++i) load[static_cast<size_t>(servers[i])] += bytes[i];
  std::sort(load.begin(), load.end());
  EXPECT_EQ(load, (std::vector<double>{3, 3, 100}));  // the hot server
}

TEST(PlaceTensors, RoundRobinTakesServersInTurn) {
  EXPECT_EQ(PlaceTensors({1, 1, 1, 1}, 3, Exchange::ROUND_ROBIN), (std::vector<int>{0, 1, 2, 0}));
}

}  // namespace
}  // namespace lockstep
