#include "distributed/train/rank_places.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <sstream>

#include "core/base/file.h"

namespace lockstep {
namespace {

constexpr size_t kMaskChars = CPU_SETSIZE;

// One character per core that this thread may use, then the quota, then the host's name.
std::string OwnPlace() {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  sched_getaffinity(0, sizeof(cores), &cores);
  std::string place(kMaskChars, '0');
  for (size_t core = 0; core < kMaskChars; ++core) {
    if (CPU_ISSET(core, &cores)) place[core] = '1';
  }
  const StatusOr<std::string> quota = ReadFile("/sys/fs/cgroup/cpu.max");
  place += std::to_string(quota.ok() ? QuotaCores(*quota) : 0) + " ";
  std::array<char, 256> name{};
  gethostname(name.data(), name.size() - 1);
  return place + name.data();
}

}  // namespace

int QuotaCores(const std::string& text) {
  std::istringstream words(text);
  double quota = 0, period = 0;
  if (!(words >> quota >> period) || quota <= 0 || period <= 0) return 0;
  return static_cast<int>(std::ceil(quota / period));
}

StatusOr<RankPlaces> FindRankPlaces(Communicator* communicator) {
  LOCKSTEP_ASSIGN_OR_RETURN(const std::vector<std::string> all,
                            communicator->AllGather(OwnPlace()));
  RankPlaces places;
  std::vector<std::string> masks;  // of hosts: that of any rank
  std::vector<int> quotas;
  for (const std::string& place : all) {
    std::istringstream rest(place.substr(kMaskChars));
    int quota = 0;
    std::string name;
    rest >> quota >> name;
    const auto found = std::find_if(places.hosts.begin(), places.hosts.end(),
                                    [&](const HostPlace& host) { return host.name == name; });
    const size_t at = static_cast<size_t>(found - places.hosts.begin());
    if (found == places.hosts.end()) {
      places.hosts.push_back({.name = name});
      masks.emplace_back(kMaskChars, '0');
      quotas.push_back(quota);
    }
    for (size_t core = 0; core < kMaskChars; ++core) {
      if (place[core] == '1') masks[at][core] = '1';
    }
    ++places.hosts[at].ranks;
    places.host_of.push_back(static_cast<int>(at));
  }
  for (size_t at = 0; at < masks.size(); ++at) {
    const int allowed = static_cast<int>(std::count(masks[at].begin(), masks[at].end(), '1'));
    places.hosts[at].cores = quotas[at] > 0 ? std::min(allowed, quotas[at]) : allowed;
  }
  return places;
}

}  // namespace lockstep
