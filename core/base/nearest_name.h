// What a misspelt name was meant to be, for error messages.
#ifndef LOCKSTEP_CORE_BASE_NEAREST_NAME_H_
#define LOCKSTEP_CORE_BASE_NEAREST_NAME_H_

#include <string>
#include <string_view>
#include <vector>

namespace lockstep {

// The name nearest to `word` by edit distance, "" if none is near enough to be meant.
std::string NearestName(std::string_view word, const std::vector<std::string>& names);

// `; did you mean "imdb"?`, or "" if none is near enough.
std::string DidYouMean(std::string_view word, const std::vector<std::string>& names);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_BASE_NEAREST_NAME_H_
