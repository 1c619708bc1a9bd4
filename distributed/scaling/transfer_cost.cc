#include "distributed/scaling/transfer_cost.h"

#include <algorithm>
#include <bit>

#include "core/base/check.h"

namespace lockstep {
namespace {

// ceil(log2 ranks)
int Rounds(int ranks) { return std::bit_width(static_cast<unsigned>(ranks - 1)); }

}  // namespace

double TreeSeconds(double bytes, int ranks, const Link& link) {
  return 2 * Rounds(ranks) * (link.latency_s + bytes / link.bytes_per_s);
}

double RingSeconds(double bytes, int ranks, const Link& link) {
  return 2 * (ranks - 1) * (link.latency_s + bytes / ranks / link.bytes_per_s);
}

double HalvingSeconds(double bytes, int ranks, const Link& link) {
  const int core = static_cast<int>(std::bit_floor(static_cast<unsigned>(ranks)));
  const double moved = 2 * bytes * (core - 1) / core;
  const double inner = 2 * Rounds(core) * link.latency_s + moved / link.bytes_per_s;
  const double outer = core == ranks ? 0 : 2 * (link.latency_s + bytes / link.bytes_per_s);
  return inner + outer;
}

double ServerSeconds(double bytes, double workers, double remote, const Link& link) {
  return 2 * (link.latency_s + bytes * workers * remote / link.bytes_per_s);
}

std::vector<int> PlaceTensors(const std::vector<double>& bytes, int servers,
                              Exchange::Placement placement) {
  LOCKSTEP_CHECK(servers >= 1 && placement != Exchange::SHARDED, "%d servers", servers);
  std::vector<double> load(static_cast<size_t>(servers), 0);
  std::vector<int> server_of;
  for (size_t i = 0; i < bytes.size(); ++i) {
    const size_t server =
        placement == Exchange::ROUND_ROBIN
            ? i % load.size()
            : static_cast<size_t>(std::min_element(load.begin(), load.end()) - load.begin());
    load[server] += bytes[i];
    server_of.push_back(static_cast<int>(server));
  }
  return server_of;
}

}  // namespace lockstep
