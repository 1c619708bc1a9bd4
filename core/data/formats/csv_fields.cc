#include "core/data/formats/csv_fields.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_format.h"
#include "core/base/check.h"

namespace lockstep {
namespace {

std::string_view WithoutBlanks(std::string_view field) {
  while (field.starts_with(' ')) field.remove_prefix(1);
  while (field.ends_with(' ')) field.remove_suffix(1);
  return field;
}

}  // namespace

CsvFields::CsvFields(std::string_view text, std::string name)
    : rest_(text), name_(std::move(name)) {
  if (rest_.starts_with("\xEF\xBB\xBF")) rest_.remove_prefix(3);  // byte order mark
}

bool CsvFields::NextLine() {
  while (!rest_.empty()) {
    const size_t end = std::min(rest_.find('\n'), rest_.size());
    line_ = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    ++line_number_;
    if (line_.ends_with('\r')) line_.remove_suffix(1);
    if (line_.empty()) continue;
    position_ = field_start_ = 0;
    line_done_ = false;
    return true;
  }
  line_done_ = true;
  return false;
}

StatusOr<std::string_view> CsvFields::NextField() {
  LOCKSTEP_CHECK(!line_done_, "line %lld has no further field", (long long)line_number_);
  while (position_ < line_.size() && line_[position_] == ' ') ++position_;
  field_start_ = position_;
  std::string_view field;
  size_t end = position_;
  if (position_ < line_.size() && line_[position_] == '"') {
    LOCKSTEP_ASSIGN_OR_RETURN(field, QuotedField(&end));
  }
  const size_t comma = std::min(line_.find(',', end), line_.size());
  if (end == position_) {
    field = line_.substr(position_, comma - position_);
  } else if (line_.substr(end, comma - end).find_first_not_of(' ') != std::string_view::npos) {
    return Error("text follows the closing quote of this field");
  }
  line_done_ = comma == line_.size();
  position_ = comma + 1;
  return WithoutBlanks(field);
}

StatusOr<std::string_view> CsvFields::QuotedField(size_t* end) {
  unquoted_.clear();
  bool doubled = false;
  for (size_t begin = position_ + 1;; doubled = true) {
    const size_t quote = line_.find('"', begin);
    if (quote == std::string_view::npos) return Error("the quote that begins here has no end");
    const std::string_view part = line_.substr(begin, quote - begin);
    *end = quote + 1;
    const bool last = *end == line_.size() || line_[*end] != '"';
    if (last && !doubled) return part;
    unquoted_.append(part);
    if (last) return std::string_view(unquoted_);
    unquoted_ += '"';
    begin = quote + 2;
  }
}

Status CsvFields::Error(std::string_view what) const {
  return BadDataError(absl::StrFormat("%s:%d:%d: %s", name_, line_number_, field_start_ + 1,
                                      std::string(what)));
}

}  // namespace lockstep
