#include "distributed/train/rank_places.h"

#include <gtest/gtest.h>
#include <sched.h>

#include "tests/testing/thread_ranks.h"

namespace lockstep {
namespace {

TEST(RankPlaces, ThreadsShareAHostAndEveryCoreThatAnyOfThemMayUse) {
  cpu_set_t allowed;
  ASSERT_EQ(sched_getaffinity(0, sizeof(allowed), &allowed), 0);
  OnThreadRanks(3, {}, [&](Communicator* communicator) {
    const auto places = FindRankPlaces(communicator);
    ASSERT_TRUE(places.ok()) << places.status();
    ASSERT_EQ(places->hosts.size(), 1u);
    EXPECT_EQ(places->hosts[0].ranks, 3);
    EXPECT_GE(places->hosts[0].cores, 1);
    EXPECT_LE(places->hosts[0].cores, CPU_COUNT(&allowed));
    EXPECT_EQ(places->host_of, (std::vector<int>{0, 0, 0}));
  });
}

TEST(RankPlaces, ThreadsThatAreBoundToOneCoreHaveOne) {
  OnThreadRanks(2, {}, [](Communicator* communicator) {
    cpu_set_t allowed, first;
    ASSERT_EQ(sched_getaffinity(0, sizeof(allowed), &allowed), 0);
    CPU_ZERO(&first);
    for (size_t core = 0; core < CPU_SETSIZE && CPU_COUNT(&first) == 0; ++core) {
      if (CPU_ISSET(core, &allowed)) CPU_SET(core, &first);
    }
    ASSERT_EQ(sched_setaffinity(0, sizeof(first), &first), 0);
    const auto places = FindRankPlaces(communicator);
    ASSERT_TRUE(places.ok()) << places.status();
    EXPECT_EQ(places->hosts[0].cores, 1);
  });
}

TEST(RankPlaces, AQuotaIsRoundedUpToCores) {
  EXPECT_EQ(QuotaCores("150000 100000\n"), 2);
  EXPECT_EQ(QuotaCores("200000 100000"), 2);
  for (const char* none : {"max 100000", "", "0 100000", "-1 100000", "7"}) {
    EXPECT_EQ(QuotaCores(none), 0) << none;
  }
}

}  // namespace
}  // namespace lockstep
