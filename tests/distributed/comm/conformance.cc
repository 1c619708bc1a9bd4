#include "tests/distributed/comm/conformance.h"

#include <array>
#include <cmath>
#include <cstddef>
#include <cstring>

#include "absl/strings/str_format.h"
#include "core/base/summation_tree.h"

namespace lockstep {
namespace {

constexpr std::array<int64_t, 9> kLeaves = {1, 2, 3, 4, 5, 7, 8, 13, 16};
constexpr std::array<int64_t, 9> kElems = {0, 1, 15, 16, 17, 129, 1000, 4099, 20'011};

std::vector<float> SumOfNode(int64_t leaves, TreeNode node, int64_t elems) {
  std::vector<float> sum(static_cast<size_t>(elems));
  if (node.level == 0) {
    for (int64_t i = 0; i < elems; ++i) sum[static_cast<size_t>(i)] = LeafValue(node.index, i);
    return sum;
  }
  const TreeNode right = {node.level - 1, node.index * 2 + 1};
  sum = SumOfNode(leaves, {node.level - 1, node.index * 2}, elems);
  if (LeavesOf(leaves, right).size() <= 0) return sum;
  const std::vector<float> other = SumOfNode(leaves, right, elems);
  for (size_t i = 0; i < sum.size(); ++i) sum[i] += other[i];
  return sum;
}

// One all-reduce under way.
struct Case {
  int64_t leaves = 0;
  std::vector<std::vector<float>> partials;
  std::vector<float> own_out;
  float* out = nullptr;
  int64_t elems = 0;
};

void Start(Communicator* communicator, bool in_place, Case* c) {
  const auto nodes =
      MaximalSubtrees(c->leaves, EvenPart(c->leaves, communicator->size(), communicator->rank()));
  std::vector<float*> pointers;
  for (const TreeNode& node : nodes) {
    pointers.push_back(c->partials.emplace_back(SumOfNode(c->leaves, node, c->elems)).data());
  }
  c->own_out.assign(static_cast<size_t>(c->elems), NAN);
  c->out = in_place && !pointers.empty() ? pointers[0] : c->own_out.data();
  communicator->StartAllReduceSum({c->leaves}, pointers, c->out, c->elems);
}

// Each piece is handed over after the one before and complete after that.
std::string CheckPieceTimes(std::span<const PieceTimes> pieces, size_t started) {
  if (pieces.size() != started) {
    return absl::StrFormat("times of %d all-reduces, %d were started", pieces.size(), started);
  }
  int64_t before = 0;
  for (const PieceTimes& piece : pieces) {
    if (piece.ready < before || piece.done < piece.ready) return "times of all-reduces go back";
    before = piece.ready;
  }
  return "";
}

// All cases of one tree are under way at once.
std::string CheckAllReduces(Communicator* communicator, int64_t leaves) {
  for (const bool in_place : {true, false}) {
    std::array<Case, kElems.size()> cases;
    for (size_t i = 0; i < cases.size(); ++i) {
      cases[i].leaves = leaves;
      cases[i].elems = kElems[i];
      Start(communicator, in_place, &cases[i]);
    }
    const Status status = communicator->Wait();
    if (!status.ok()) return std::string(status.message());
    const std::string times = CheckPieceTimes(communicator->LastPieces(), cases.size());
    if (!times.empty()) return times;
    for (const Case& c : cases) {
      const std::vector<float> expected = NaiveTreeSum(leaves, c.elems);
      if (c.elems == 0) continue;
      if (std::memcmp(c.out, expected.data(), expected.size() * sizeof(float)) == 0) continue;
      return absl::StrFormat("another sum than the naive one: %d leaves, %d elements, in place %d",
                             leaves, c.elems, in_place);
    }
  }
  return "";
}

// One that a link is given in several pieces, between small ones.
std::string CheckLarge(Communicator* communicator) {
  constexpr std::array<int64_t, 3> kLarge = {33, 1'500'007, 70};
  std::array<Case, kLarge.size()> cases;
  for (size_t i = 0; i < cases.size(); ++i) {
    cases[i].leaves = 7;
    cases[i].elems = kLarge[i];
    Start(communicator, true, &cases[i]);
  }
  const Status status = communicator->Wait();
  if (!status.ok()) return std::string(status.message());
  for (const Case& c : cases) {
    const std::vector<float> expected = NaiveTreeSum(7, c.elems);
    for (size_t i = 0; i < expected.size(); ++i) {
      if (std::memcmp(c.out + i, &expected[i], sizeof(float)) == 0) continue;
      return absl::StrFormat("another sum than the naive one at %d of %d", i, c.elems);
    }
  }
  return "";
}

// More all-reduces than any queue holds, all under way at once.
std::string CheckManyAtOnce(Communicator* communicator) {
  std::vector<Case> cases(200);
  for (size_t i = 0; i < cases.size(); ++i) {
    cases[i].leaves = 5;
    cases[i].elems = 40;
    Start(communicator, i % 2 == 0, &cases[i]);
  }
  const Status status = communicator->Wait();
  if (!status.ok()) return std::string(status.message());
  const std::string times = CheckPieceTimes(communicator->LastPieces(), cases.size());
  if (!times.empty()) return times;
  const std::vector<float> expected = NaiveTreeSum(5, 40);
  for (const Case& c : cases) {
    if (std::memcmp(c.out, expected.data(), expected.size() * sizeof(float)) != 0) {
      return "another sum than the naive one with 200 all-reduces at once";
    }
  }
  return "";
}

std::string CheckOtherCalls(Communicator* communicator) {
  const int rank = communicator->rank();
  for (int root = 0; root < communicator->size(); ++root) {
    std::array<std::byte, 100> bytes;
    bytes.fill(static_cast<std::byte>(rank));
    const Status status = communicator->Broadcast(bytes, root);
    if (!status.ok()) return std::string(status.message());
    if (bytes[99] != static_cast<std::byte>(root)) return "broadcast brings another rank's bytes";
  }
  const auto all = communicator->AllGather(std::string(static_cast<size_t>(rank), 'x'));
  if (!all.ok()) return std::string(all.status().message());
  if (all->size() != static_cast<size_t>(communicator->size())) return "all-gather: other size";
  for (size_t r = 0; r < all->size(); ++r) {
    if ((*all)[r] != std::string(r, 'x')) return "all-gather brings other text";
  }
  int looks = 0;
  const Status status = communicator->Await(
      {"transfer", rank}, [&]() -> StatusOr<bool> { return ++looks > 3 * (rank + 1); });
  if (looks != 3 * (rank + 1) + 1) return "a call outside is not waited for";
  return std::string((status.ok() ? communicator->Barrier() : status).message());
}

}  // namespace

float LeafValue(int64_t leaf, int64_t i) {
  const uint32_t mixed = static_cast<uint32_t>(leaf * 7919 + i * 104729 + 1) * 2654435761u;
  const float fraction = static_cast<float>(mixed >> 8) / static_cast<float>(1 << 24);
  return std::ldexp(fraction - 0.5f, static_cast<int>(mixed % 13));
}

std::vector<float> NaiveTreeSum(int64_t leaves, int64_t elems) {
  int level = 0;
  while ((int64_t{1} << level) < leaves) ++level;
  return SumOfNode(leaves, {level, 0}, elems);
}

std::string CheckConformance(Communicator* communicator) {
  for (const int64_t leaves : kLeaves) {
    const std::string failure = CheckAllReduces(communicator, leaves);
    if (!failure.empty()) return failure;
  }
  std::string failure = CheckManyAtOnce(communicator);
  if (failure.empty()) failure = CheckLarge(communicator);
  return failure.empty() ? CheckOtherCalls(communicator) : failure;
}

}  // namespace lockstep
