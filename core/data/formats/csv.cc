#include "core/data/formats/csv.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <set>

#include "absl/strings/str_format.h"
#include "core/base/nearest_name.h"
#include "core/base/printable.h"
#include "core/data/formats/csv_fields.h"

namespace lockstep {
namespace {

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

StatusOr<double> ToNumber(const CsvFields& line, std::string_view field, std::string_view column) {
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
Status AddTarget(const CsvFields& line, std::string_view field, std::string_view column,
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
Status AddRow(CsvFields* row, const std::vector<std::string>& columns, size_t target_at,
              CsvTarget kind, CsvTable* table) {
  for (size_t column = 0; column < columns.size(); ++column) {
    if (row->line_done()) {
      return row->Error(absl::StrFormat("the row ends after %d fields; the header has %d columns",
                                       column, columns.size()));
    }
    LOCKSTEP_ASSIGN_OR_RETURN(const std::string_view field, row->NextField());
    if (column == target_at) {
      LOCKSTEP_RETURN_IF_ERROR(AddTarget(*row, field, columns[column], kind, table));
      continue;
    }
    LOCKSTEP_ASSIGN_OR_RETURN(const double value, ToNumber(*row, field, columns[column]));
    table->x.push_back(value);
  }
  if (!row->line_done()) {
    return row->Error(absl::StrFormat("more follows this field; the header has %d columns",
                                     columns.size()));
  }
  ++table->rows;
  return OkStatus();
}

StatusOr<std::vector<std::string>> ReadHeader(CsvFields* line) {
  std::vector<std::string> names;
  std::set<std::string> seen;
  while (!line->line_done()) {
    LOCKSTEP_ASSIGN_OR_RETURN(const std::string_view name, line->NextField());
    if (name.empty()) return line->Error("a column without a name");
    names.emplace_back(name);
    if (!seen.insert(names.back()).second) {
      return line->Error("two columns are named " + Quoted(name));
    }
  }
  return names;
}

}  // namespace

StatusOr<CsvTable> ParseCsv(std::string_view text, const std::string& target,
                            const std::string& name, CsvTarget kind) {
  CsvFields fields(text, name);
  if (!fields.NextLine()) {
    return BadDataError(name + ": empty; expected a header line and rows of numbers");
  }
  LOCKSTEP_ASSIGN_OR_RETURN(const std::vector<std::string> columns, ReadHeader(&fields));
  const size_t target_at = static_cast<size_t>(
      std::find(columns.begin(), columns.end(), target) - columns.begin());
  if (target_at == columns.size() || columns.size() < 2) {
    NameList names;
    for (const std::string& column : columns) names.Add(column);
    const std::string nearest = target_at < columns.size() ? "" : NearestName(target, columns);
    return BadDataError(absl::StrFormat(
        "%s:%d:1: expected a column %s and at least one other; the columns are %s%s", name,
        fields.line(), Quoted(target), names.ToString(),
        nearest.empty() ? "" : "; did you mean " + Quoted(nearest) + "?"));
  }
  CsvTable table;
  table.features = columns;
  table.features.erase(table.features.begin() + static_cast<int64_t>(target_at));
  while (fields.NextLine()) {
    LOCKSTEP_RETURN_IF_ERROR(AddRow(&fields, columns, target_at, kind, &table));
    table.lines.push_back(fields.line());
  }
  if (table.rows == 0) return BadDataError(name + ": no row follows the header line");
  return table;
}

}  // namespace lockstep
