#include "distributed/scaling/cluster.h"

#include <gtest/gtest.h>

#include "distributed/scaling/shipped_data.h"

namespace lockstep {
namespace {

TEST(ParseCluster, TakesEverySheetThatShips) {
  EXPECT_EQ(ShippedClusters().size(), 14u);
  for (const ShippedFile& file : ShippedClusters()) {
    const auto cluster = ParseCluster(file.text, std::string(file.name));
    ASSERT_TRUE(cluster.ok()) << cluster.status();
    EXPECT_EQ("clusters/" + cluster->name() + ".textproto", file.name);
  }
}

TEST(ParseCluster, ErrorsNameThePlaceOrTheField) {
  const std::pair<const char*, const char*> cases[] = {
      {"name: \"x\"\ngpus: 3\n", "c:2:"},
      {"gpus_per_host: 0", "c: gpus_per_host: expected 1 to 1024"},
      {"gpus_per_host: 8 max_hosts: 1", "c: inside.gb_s: expected a number above 0"},
      {"inside { gb_s: -1 }", "c: inside: expected rates above 0"},
      {"inside { island: 4 }", "c: inside.island: expected 0 or more, and host_link_gb_s"},
      {"max_hosts: 1 exchange { server_gb_s: 0 }", "c: exchange.server_gb_s: expected a number"},
      {"nic { gbit_s: 10 count: 0 }", "c: nic: expected rates above 0"},
      {"max_hosts: 4", "c: nic: expected gbit_s or practical_gb_s"},
      {"max_hosts: 1 exchange { servers: 0 }", "c: exchange.servers: expected 1"},
  };
  for (const auto& [text, message] : cases) {
    const auto cluster = ParseCluster(text, "c");
    EXPECT_EQ(cluster.status().message().substr(0, std::string(message).size()), message) << text;
  }
}

TEST(MergeCluster, ChangesTheFieldsThatAreNamed) {
  Cluster cluster = *ParseCluster("name: 'x' nic { gbit_s: 10 count: 2 }", "c");
  ASSERT_TRUE(MergeCluster("nic { gbit_s: 40 }", "change", &cluster).ok());
  EXPECT_EQ(cluster.nic().gbit_s(), 40);
  EXPECT_EQ(cluster.nic().count(), 2);
  EXPECT_FALSE(MergeCluster("nic { count: 0 }", "change", &cluster).ok());
}

TEST(NetworkGbS, IsTheSheetsPracticalRateOrMostOfAllCards) {
  EXPECT_DOUBLE_EQ(NetworkGbS(*ParseCluster("nic { gbit_s: 10 count: 2 }", "c")), 2.25);
  EXPECT_DOUBLE_EQ(NetworkGbS(*ParseCluster("nic { gbit_s: 10 practical_gb_s: 1 }", "c")), 1);
}

TEST(ReadClusterTable, TakesTheColumnsThatArePublished) {
  const auto clusters = ReadClusterTable(
      "system,gpus_per_host,intra_gb_s,host_link_gb_s,nic_practical_gb_s\nx,8,60,6,9\n", "c.csv");
  ASSERT_TRUE(clusters.ok()) << clusters.status();
  EXPECT_EQ(clusters->front().name(), "x");
  EXPECT_EQ(NetworkGbS(clusters->front()), 9);
  EXPECT_EQ(HostsFor(clusters->front(), 9), 2);
}

}  // namespace
}  // namespace lockstep
