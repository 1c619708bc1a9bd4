#include "distributed/train/replica_check.h"

#include <algorithm>
#include <sstream>

#include "absl/strings/str_format.h"
#include "core/base/hash.h"
#include "core/config/load_config.h"
#include "core/data/picture_reader.h"
#include "core/params/weights_hash.h"
#include "distributed/train/build_info.h"

namespace lockstep {
namespace {

template <typename T>
uint64_t HashVector(const std::vector<T>& values, uint64_t seed) {
  return HashBytes(values.data(), values.size() * sizeof(T), seed);
}

std::string DatasetHash(const Dataset& data) {
  uint64_t hash = HashVector(data.format.shape, static_cast<uint64_t>(data.size));
  hash = HashVector(data.dense, hash);
  hash = HashVector(data.bytes, hash);
  if (data.reader != nullptr) {  // the files' names and sizes: they are not read for this
    hash = HashVector(data.pictures, hash ^ data.reader->fingerprint());
  }
  hash = HashVector(data.row_offsets, hash);
  hash = HashVector(data.indices, hash);
  hash = HashVector(data.labels, hash);
  return HashText(HashVector(data.targets, hash));
}

// The ranks whose value is not the reference: the value that most ranks have; of equally many,
// that of the lowest rank.
struct Odd {
  size_t reference = 0;  // a rank that has the reference value
  std::vector<size_t> ranks;
};

Odd FindOdd(const std::vector<std::string>& values) {
  Odd odd;
  ptrdiff_t most = 0;
  for (size_t rank = 0; rank < values.size(); ++rank) {
    const auto same = std::count(values.begin(), values.end(), values[rank]);
    if (same > most) {
      most = same;
      odd.reference = rank;
    }
  }
  for (size_t rank = 0; rank < values.size(); ++rank) {
    if (values[rank] != values[odd.reference]) odd.ranks.push_back(rank);
  }
  return odd;
}

std::string RankList(const std::vector<size_t>& ranks) {
  std::string text = ranks.size() == 1 ? "rank " : "ranks ";
  for (size_t i = 0; i < ranks.size(); ++i) {
    text += (i == 0 ? "" : ", ") + std::to_string(ranks[i]);
  }
  return text;
}

// The first line in which `a` and `b` differ, of each.
std::pair<std::string, std::string> FirstDifference(const std::string& a, const std::string& b) {
  std::istringstream lines_a(a), lines_b(b);
  std::string line_a, line_b;
  for (;;) {
    const bool more_a = static_cast<bool>(std::getline(lines_a, line_a));
    const bool more_b = static_cast<bool>(std::getline(lines_b, line_b));
    if (!more_a) line_a = "(end)";
    if (!more_b) line_b = "(end)";
    if (line_a != line_b || (!more_a && !more_b)) return {line_a, line_b};
  }
}

}  // namespace

std::vector<ReplicaFact> DescribeReplica(const Config& config, const DatasetSplits& data,
                                         const ParameterLayout& layout, const Ops& ops,
                                         const float* weights) {
  std::string versions;
  for (const auto& [name, version] : BuildVersions()) {
    versions.append(name).append(" ").append(version).append("\n");
  }
  return {
      {"versions", versions},
      {"config", ConfigText(config)},
      {"training data", DatasetHash(data.train)},
      {"validation data", DatasetHash(data.validation)},
      {"test data", DatasetHash(data.test)},
      {"parameter layout", HashText(layout.fingerprint())},
      {"ops", ops.name()},
      {"initial weights", HashText(WeightsHash(layout, weights))},
  };
}

Status CheckReplicasAtStart(Communicator* communicator, const std::vector<ReplicaFact>& facts) {
  for (const ReplicaFact& fact : facts) {
    LOCKSTEP_ASSIGN_OR_RETURN(const std::vector<std::string> values,
                              communicator->AllGather(fact.value));
    const Odd odd = FindOdd(values);
    if (odd.ranks.empty()) continue;
    const auto [found, expected] = FirstDifference(values[odd.ranks[0]], values[odd.reference]);
    return MismatchError(absl::StrFormat(
        "all ranks must have the same %s: %s has '%s' where rank %d has '%s'; start every rank "
        "with the same binary, config, --set texts and data",
        fact.name, RankList(odd.ranks), found, odd.reference, expected));
  }
  return OkStatus();
}

Status CheckWeightsAgree(Communicator* communicator, uint64_t weights_hash, int64_t step) {
  LOCKSTEP_ASSIGN_OR_RETURN(const std::vector<std::string> values,
                            communicator->AllGather(HashText(weights_hash)));
  const Odd odd = FindOdd(values);
  if (odd.ranks.empty()) return OkStatus();
  return ReplicasDifferError(absl::StrFormat(
      "after step %d the weights of %s have hash %s, those of rank %d have %s; a fault of memory "
      "or of the machine, or a bug: go on from a checkpoint of before",
      step, RankList(odd.ranks), values[odd.ranks[0]], odd.reference, values[odd.reference]));
}

}  // namespace lockstep
