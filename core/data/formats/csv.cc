#include "core/data/formats/csv.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <set>

#include "absl/strings/str_format.h"
#include "core/base/nearest_name.h"
#include "core/base/printable.h"

namespace lockstep {
namespace {

// One line, taken apart at its commas as it is read.
class CsvLine {
 public:
  CsvLine(std::string_view text, const std::string& file, int64_t number)
      : text_(text), file_(file), number_(number) {}

  bool done() const { return done_; }

  // The next field without blanks and quotes around it. Errors: BadDataError for an open quote.
  StatusOr<std::string_view> Next() {
    while (position_ < text_.size() && text_[position_] == ' ') ++position_;
    field_start_ = position_;
    const bool quoted = position_ < text_.size() && text_[position_] == '"';
    size_t end = position_;
    if (quoted) {
      end = text_.find('"', position_ + 1);
      if (end == std::string_view::npos) return Error("the quote that begins here has no end");
    }
    const size_t comma = std::min(text_.find(',', end), text_.size());
    const size_t from = position_ + (quoted ? 1 : 0);
    std::string_view field = text_.substr(from, (quoted ? end : comma) - from);
    if (quoted && text_.substr(end + 1, comma - end - 1).find_first_not_of(' ') !=
                      std::string_view::npos) {
      return Error("text follows the closing quote of this field");
    }
    while (field.starts_with(' ')) field.remove_prefix(1);
    while (field.ends_with(' ')) field.remove_suffix(1);
    done_ = comma == text_.size();
    position_ = comma + 1;
    return field;
  }

  // At the field that Next gave last.
  Status Error(std::string_view what) const {
    return BadDataError(
        absl::StrFormat("%s:%d:%d: %s", file_, number_, field_start_ + 1, what));
  }

 private:
  std::string_view text_;
  const std::string& file_;
  int64_t number_;
  size_t position_ = 0;
  size_t field_start_ = 0;
  bool done_ = false;
};

// Takes the next line that is not empty off `text`; counts lines in `number`.
std::optional<std::string_view> NextLine(std::string_view* text, int64_t* number) {
  while (!text->empty()) {
    const size_t end = std::min(text->find('\n'), text->size());
    std::string_view line = text->substr(0, end);
    text->remove_prefix(std::min(end + 1, text->size()));
    ++*number;
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (!line.empty()) return line;
  }
  return std::nullopt;
}

std::string Quoted(std::string_view text) { return "\"" + Printable(text, 40) + "\""; }

// Without a plus sign, which from_chars does not take.
std::string_view Digits(std::string_view field) {
  return field.substr(field.starts_with('+') && !field.starts_with("+-") ? 1 : 0);
}

// Whether `field` is a number by its form, even if "nan" or 1e999.
bool IsNumber(std::string_view field) {
  double value = 0;
  const std::string_view digits = Digits(field);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return error != std::errc::invalid_argument && end == digits.data() + digits.size();
}

StatusOr<double> ToNumber(const CsvLine& line, std::string_view field, std::string_view column) {
  double value = 0;
  const std::string_view digits = Digits(field);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  // from_chars does not tell too small a number, which is 0, from one too large.
  const bool out_of_range = error == std::errc::result_out_of_range;
  if (out_of_range) value = std::strtod(std::string(digits).c_str(), nullptr);
  if ((error != std::errc() && !out_of_range) || end != digits.data() + digits.size() ||
      !std::isfinite(value)) {
    return line.Error(absl::StrFormat("expected a finite number for %s, found %s", Quoted(column),
                                      Quoted(field)));
  }
  return value;
}

// Adds the target of one row, text or number as the first row's.
Status AddTarget(const CsvLine& line, std::string_view field, std::string_view column,
                 CsvTarget kind, CsvTable* table) {
  const bool first = table->rows == 0;
  const bool text = first ? kind == CsvTarget::kNumberOrText && !IsNumber(field)
                          : !table->y_text.empty();
  if (!text) {
    LOCKSTEP_ASSIGN_OR_RETURN(const double value, ToNumber(line, field, column));
    table->y.push_back(value);
    return OkStatus();
  }
  if (field.empty() || field == "nan" || field == "NaN") {
    return line.Error(absl::StrFormat("expected the name of a class for %s, found %s",
                                      Quoted(column), Quoted(field)));
  }
  table->y_text.emplace_back(field);
  return OkStatus();
}

// One row's fields, as many as there are columns.
Status AddRow(CsvLine row, const std::vector<std::string>& columns, size_t target_at,
              CsvTarget kind, CsvTable* table) {
  for (size_t column = 0; column < columns.size(); ++column) {
    if (row.done()) {
      return row.Error(absl::StrFormat("the row ends after %d fields; the header has %d columns",
                                       column, columns.size()));
    }
    LOCKSTEP_ASSIGN_OR_RETURN(const std::string_view field, row.Next());
    if (column == target_at) {
      LOCKSTEP_RETURN_IF_ERROR(AddTarget(row, field, columns[column], kind, table));
      continue;
    }
    LOCKSTEP_ASSIGN_OR_RETURN(const double value, ToNumber(row, field, columns[column]));
    table->x.push_back(value);
  }
  if (!row.done()) {
    return row.Error(absl::StrFormat("more follows this field; the header has %d columns",
                                     columns.size()));
  }
  ++table->rows;
  return OkStatus();
}

StatusOr<std::vector<std::string>> ReadHeader(CsvLine line) {
  std::vector<std::string> names;
  std::set<std::string_view> seen;
  while (!line.done()) {
    LOCKSTEP_ASSIGN_OR_RETURN(const std::string_view name, line.Next());
    if (name.empty()) return line.Error("a column without a name");
    if (!seen.insert(name).second) return line.Error("two columns are named " + Quoted(name));
    names.emplace_back(name);
  }
  return names;
}

}  // namespace

StatusOr<CsvTable> ParseCsv(std::string_view text, const std::string& target,
                            const std::string& name, CsvTarget kind) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  int64_t number = 0;
  std::optional<std::string_view> line = NextLine(&text, &number);
  if (!line) return BadDataError(name + ": empty; expected a header line and rows of numbers");
  LOCKSTEP_ASSIGN_OR_RETURN(const std::vector<std::string> columns,
                            ReadHeader(CsvLine(*line, name, number)));
  const size_t target_at = static_cast<size_t>(
      std::find(columns.begin(), columns.end(), target) - columns.begin());
  if (target_at == columns.size() || columns.size() < 2) {
    NameList names;
    for (const std::string& column : columns) names.Add(column);
    const std::string nearest = target_at < columns.size() ? "" : NearestName(target, columns);
    return BadDataError(absl::StrFormat(
        "%s:%d:1: expected a column %s and at least one other; the columns are %s%s", name, number,
        Quoted(target), names.ToString(),
        nearest.empty() ? "" : "; did you mean " + Quoted(nearest) + "?"));
  }
  CsvTable table;
  table.features = columns;
  table.features.erase(table.features.begin() + static_cast<int64_t>(target_at));
  while ((line = NextLine(&text, &number))) {
    LOCKSTEP_RETURN_IF_ERROR(
        AddRow(CsvLine(*line, name, number), columns, target_at, kind, &table));
    table.lines.push_back(number);
  }
  if (table.rows == 0) return BadDataError(name + ": no row follows the header line");
  return table;
}

}  // namespace lockstep
