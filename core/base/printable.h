// Foreign text inside messages: an error stays one line that a terminal can show.
#ifndef LOCKSTEP_CORE_BASE_PRINTABLE_H_
#define LOCKSTEP_CORE_BASE_PRINTABLE_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace lockstep {

// `text` as a message may quote it: control characters and bytes that are no UTF-8 become '?', and
// what is beyond `max_bytes` becomes "...".
std::string Printable(std::string_view text, size_t max_bytes = 60);

// Collects names for a message: "a, b, c and 997 more".
class NameList {
 public:
  void Add(std::string_view name);
  bool empty() const { return count_ == 0; }
  std::string ToString() const;

 private:
  static constexpr size_t kShown = 12;
  std::string shown_;
  size_t count_ = 0;
};

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_BASE_PRINTABLE_H_
