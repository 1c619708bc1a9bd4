#include "core/config/parse_text.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/text_format.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "core/base/nearest_name.h"
#include "core/base/printable.h"

namespace lockstep {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;
using google::protobuf::TextFormat;

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
  return "; expected one of " + Joined(names) + DidYouMean(word, names);
}

// protobuf says `Message type "lockstep.X" has no field named "y".`
std::optional<std::string> ExplainUnknownField(const std::string& message) {
  if (message.find("has no field named") == std::string::npos) return std::nullopt;
  const Descriptor* type = Config::descriptor()->file()->pool()->FindMessageTypeByName(
      Quoted(message, 0));
  if (type == nullptr) return std::nullopt;
  std::vector<std::string> names;
  for (int i = 0; i < type->field_count(); ++i) names.push_back(type->field(i)->name());
  const std::string word = Printable(Quoted(message, 1));
  if (names.empty()) return "found \"" + word + "\", but this block has no settings: use { }";
  return "found \"" + word + "\"" + Suggest(word, names);
}

// The enum of the first field of this name in the config's files; nullptr if there is none.
const EnumDescriptor* EnumOfField(const std::string& field_name) {
  const FileDescriptor* main = Config::descriptor()->file();
  std::vector<const FileDescriptor*> files = {main};
  for (int i = 0; i < main->dependency_count(); ++i) files.push_back(main->dependency(i));
  for (const FileDescriptor* file : files) {
    for (int i = 0; i < file->message_type_count(); ++i) {
      const FieldDescriptor* field = file->message_type(i)->FindFieldByName(field_name);
      if (field != nullptr && field->enum_type() != nullptr) return field->enum_type();
    }
  }
  return nullptr;
}

// protobuf says `Unknown enumeration value of "X" for field "activation".`
std::optional<std::string> ExplainUnknownEnum(const std::string& message) {
  if (message.find("nknown enumeration value") == std::string::npos) return std::nullopt;
  const std::string word = Printable(Quoted(message, 0)), field_name = Quoted(message, 1);
  const EnumDescriptor* type = EnumOfField(field_name);
  if (type == nullptr) return std::nullopt;
  std::vector<std::string> names;
  for (int k = 0; k < type->value_count(); ++k) {
    const std::string& name = type->value(k)->name();
    if (name != "UNSET") names.push_back(name);
  }
  return field_name + ": found " + word + Suggest(word, names);
}

// Keeps the first error; lines and columns count from 0.
class FirstError : public google::protobuf::io::ErrorCollector {
 public:
  void AddError(int line, google::protobuf::io::ColumnNumber column,
                const std::string& message) override {
    if (!message_.empty()) return;
    line_ = line;
    column_ = column;
    message_ = message;
  }
  void AddWarning(int, google::protobuf::io::ColumnNumber, const std::string&) override {}

  const std::string& message() const { return message_; }

  // What is right of the place where it was found.
  std::string_view Rest(std::string_view text) const {
    for (int i = 0; i < line_; ++i) text.remove_prefix(std::min(text.find('\n') + 1, text.size()));
    return text.substr(std::min(static_cast<size_t>(column_), text.size()));
  }

  Status ToStatus(const std::string& file, const std::string& text) const {
    constexpr size_t kMaxBytes = 1000;
    return UsageError(absl::StrFormat("%s:%d:%d: %s", file, line_ + 1, column_ + 1,
                                      Printable(text, kMaxBytes)));
  }

 private:
  int line_ = 0;
  int column_ = 0;
  std::string message_;
};

// The error of a text that is not the message it should be.
Status Explain(const FirstError& error, const std::string& file) {
  if (error.message().empty()) return UsageError(file + ": not a config in protobuf text format");
  std::string text = error.message();
  if (auto unknown = ExplainUnknownField(error.message())) text = *unknown;
  if (auto unknown = ExplainUnknownEnum(error.message())) text = *unknown;
  return error.ToStatus(file, text);
}

// Finds settings of which merging silently takes the last: it reads `text` once more, strictly. A
// block in pieces ends that search, as its error is the parser's last.
Status CheckWrittenOnce(const std::string& text, const std::string& file) {
  FirstError error;
  TextFormat::Parser parser;
  parser.RecordErrorsTo(&error);
  Config scratch;
  if (parser.ParseFromString(text, &scratch)) return OkStatus();
  const std::string word = Quoted(error.message(), 0);
  if (error.message().find("is specified along with field") != std::string::npos) {
    return error.ToStatus(file, "found \"" + word + "\" beside \"" + Quoted(error.message(), 1) +
                                    "\": only one " + Quoted(error.message(), 2) + " can be used");
  }
  if (error.message().find("specified multiple times") == std::string::npos) return OkStatus();
  const std::string_view rest = error.Rest(text);  // ": 3" or "{ ... }"
  const size_t value = rest.find_first_not_of(": \t\r\n");
  if (value != std::string_view::npos && (rest[value] == '{' || rest[value] == '<')) {
    return OkStatus();
  }
  return error.ToStatus(file, "found \"" + word + "\" a second time; write it once");
}

}  // namespace

Status MergeText(std::string_view text, const std::string& file, Config* config) {
  if (text.size() > kMaxConfigBytes) {
    return UsageError(file + ": a config of more than 1 MiB; is this the right file?");
  }
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);  // byte order mark
  const std::string whole(text);
  FirstError error;
  TextFormat::Parser parser;
  parser.RecordErrorsTo(&error);
  Config merged = *config;
  if (!parser.MergeFromString(whole, &merged)) return Explain(error, file);
  LOCKSTEP_RETURN_IF_ERROR(CheckWrittenOnce(whole, file));
  *config = std::move(merged);
  return OkStatus();
}

}  // namespace lockstep
