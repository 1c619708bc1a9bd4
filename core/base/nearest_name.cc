#include "core/base/nearest_name.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace lockstep {
namespace {

size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i);
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, change}));
    }
  }
  return row.back();
}

}  // namespace

std::string NearestName(std::string_view word, const std::vector<std::string>& names) {
  constexpr size_t kMaxWord = 100;  // no name is that long, and the distance takes its time
  if (word.size() > kMaxWord) return "";
  std::string nearest;
  size_t best = std::max<size_t>(2, word.size() / 2) + 1;  // further away is no misspelling
  for (const std::string& name : names) {
    const size_t distance = EditDistance(word, name);
    if (distance < best) best = distance, nearest = name;
  }
  return nearest;
}

std::string DidYouMean(std::string_view word, const std::vector<std::string>& names) {
  const std::string nearest = NearestName(word, names);
  return nearest.empty() ? "" : "; did you mean \"" + nearest + "\"?";
}

}  // namespace lockstep
