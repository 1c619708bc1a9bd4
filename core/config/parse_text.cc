#include "core/config/parse_text.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/text_format.h>

#include <algorithm>
#include <numeric>
#include <optional>

#include "absl/strings/str_format.h"

namespace lockstep {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::TextFormat;

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

std::string Joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

// What stands between the k-th pair of quotes in a protobuf message.
std::string Quoted(const std::string& message, int k) {
  size_t at = 0;
  for (int i = 0; i < 2 * k; ++i) at = message.find('"', at) + 1;
  const size_t begin = message.find('"', at);
  if (begin == std::string::npos) return "";
  const size_t end = message.find('"', begin + 1);
  return end == std::string::npos ? "" : message.substr(begin + 1, end - begin - 1);
}

std::string Suggest(const std::string& word, const std::vector<std::string>& names) {
  const std::string nearest = NearestName(word, names);
  return "; expected one of " + Joined(names) +
         (nearest.empty() ? "" : "; did you mean \"" + nearest + "\"?");
}

// protobuf says `Message type "lockstep.X" has no field named "y".`
std::optional<std::string> ExplainUnknownField(const std::string& message) {
  if (message.find("has no field named") == std::string::npos) return std::nullopt;
  const Descriptor* type = Config::descriptor()->file()->pool()->FindMessageTypeByName(
      Quoted(message, 0));
  if (type == nullptr) return std::nullopt;
  std::vector<std::string> names;
  for (int i = 0; i < type->field_count(); ++i) names.push_back(type->field(i)->name());
  const std::string word = Quoted(message, 1);
  if (names.empty()) return "found \"" + word + "\", but this block has no settings: use { }";
  return "found \"" + word + "\"" + Suggest(word, names);
}

// protobuf says `Unknown enumeration value of "X" for field "activation".`
std::optional<std::string> ExplainUnknownEnum(const std::string& message) {
  if (message.find("nknown enumeration value") == std::string::npos) return std::nullopt;
  const std::string word = Quoted(message, 0), field_name = Quoted(message, 1);
  const auto* file = Config::descriptor()->file();
  for (int i = 0; i < file->message_type_count(); ++i) {
    const FieldDescriptor* field = file->message_type(i)->FindFieldByName(field_name);
    if (field == nullptr || field->enum_type() == nullptr) continue;
    std::vector<std::string> names;
    for (int k = 0; k < field->enum_type()->value_count(); ++k) {
      const std::string& name = field->enum_type()->value(k)->name();
      if (name != "UNSET") names.push_back(name);
    }
    return field_name + ": found " + word + Suggest(word, names);
  }
  return std::nullopt;
}

// Keeps the first error.
class FirstError : public google::protobuf::io::ErrorCollector {
 public:
  explicit FirstError(std::string file) : file_(std::move(file)) {}

  void AddError(int line, google::protobuf::io::ColumnNumber column,
                const std::string& message) override {
    if (!message_.empty()) return;
    std::string text = message;
    if (auto unknown = ExplainUnknownField(message)) text = *unknown;
    if (auto unknown = ExplainUnknownEnum(message)) text = *unknown;
    for (char& c : text) c = c == '\n' ? ' ' : c;
    message_ = absl::StrFormat("%s:%d:%d: %s", file_, line + 1, column + 1, text);
  }
  void AddWarning(int, google::protobuf::io::ColumnNumber, const std::string&) override {}

  const std::string& message() const { return message_; }

 private:
  std::string file_;
  std::string message_;
};

}  // namespace

std::string NearestName(std::string_view word, const std::vector<std::string>& names) {
  std::string nearest;
  size_t best = std::max<size_t>(2, word.size() / 2) + 1;  // further away is no misspelling
  for (const std::string& name : names) {
    const size_t distance = EditDistance(word, name);
    if (distance < best) best = distance, nearest = name;
  }
  return nearest;
}

Status MergeText(std::string_view text, const std::string& file, Config* config) {
  constexpr size_t kMaxBytes = 1 << 20;
  if (text.size() > kMaxBytes) {
    return UsageError(file + ": a config of more than 1 MiB; is this the right file?");
  }
  FirstError errors(file);
  TextFormat::Parser parser;
  parser.RecordErrorsTo(&errors);
  parser.SetRecursionLimit(64);
  if (parser.MergeFromString(std::string(text), config)) return OkStatus();
  return UsageError(errors.message().empty() ? file + ": not a config in protobuf text format"
                                             : errors.message());
}

}  // namespace lockstep
