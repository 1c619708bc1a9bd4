// Prints docs/config.md: every message, field, default and value of a .proto file with its comment.
//
//   config_reference DESCRIPTORS EXAMPLE
//
// DESCRIPTORS is what protoc --descriptor_set_out --include_source_info writes, EXAMPLE a config
// that is shown at the top. Exit codes are lockstep's: 65 for a name without a comment.
// //docs:config_made runs it; tests/docs/config_reference_test holds docs/config.md to what it
// prints.
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "core/base/file.h"
#include "core/base/status.h"

namespace lockstep {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;
using google::protobuf::OneofDescriptor;
using google::protobuf::SourceLocation;

constexpr const char* kIntroduction = R"(# Config reference

<!-- Made from proto/config.proto, what it imports, and examples/imdb.textproto. Change those, then:
bazel build //docs:config_made && cp bazel-bin/docs/config_made.md docs/config.md -->

A config is one file of
[protobuf text](https://protobuf.dev/reference/protobuf/textformat-spec/): names and values, with
braces around the settings of a part; `#` begins a comment. `lockstep train CONFIG` reads it,
`--set TEXT` merges more of it over the file. What is left out has its default, which is Keras 3's
unless something else is said here.

)";

// The comment above something, as one line. Notes what has none.
class Comments {
 public:
  template <typename T>
  std::string Of(const T& described) {
    SourceLocation place;
    std::string text;
    if (described.GetSourceLocation(&place)) text = place.leading_comments;
    std::replace(text.begin(), text.end(), '\n', ' ');
    while (!text.empty() && text.front() == ' ') text.erase(0, 1);
    while (!text.empty() && text.back() == ' ') text.pop_back();
    for (size_t at; (at = text.find("  ")) != std::string::npos;) text.erase(at, 1);
    for (size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) {
      text.insert(at, "\\");
    }
    if (text.empty()) missing_ += (missing_.empty() ? "" : ", ") + described.full_name();
    return text;
  }

  Status Complete() const {
    return missing_.empty() ? OkStatus() : BadDataError("no comment above " + missing_);
  }

 private:
  std::string missing_;
};

template <typename T>
int LineOf(const T& described) {
  SourceLocation place;
  return described.GetSourceLocation(&place) ? place.start_line : 0;
}

// The heading under which a type is described: its own, or that of the message it is nested in.
std::string Link(const std::string& name) {
  std::string heading = name.substr(0, name.find('.'));
  const std::string shown = heading;
  for (char& c : heading) c = static_cast<char>(std::tolower(c));
  return "[" + shown + "](#" + heading + ")";
}

std::string WithoutPackage(const std::string& full_name, const FileDescriptor& file) {
  return full_name.substr(file.package().empty() ? 0 : file.package().size() + 1);
}

std::string TypeOf(const FieldDescriptor& field) {
  std::string type;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_MESSAGE:
      type = Link(WithoutPackage(field.message_type()->full_name(), *field.file()));
      break;
    case FieldDescriptor::CPPTYPE_ENUM:
      type = Link(WithoutPackage(field.enum_type()->full_name(), *field.file()));
      break;
    case FieldDescriptor::CPPTYPE_BOOL: type = "true or false"; break;
    case FieldDescriptor::CPPTYPE_STRING: type = "text"; break;
    case FieldDescriptor::CPPTYPE_FLOAT:
    case FieldDescriptor::CPPTYPE_DOUBLE: type = "number"; break;
    default: type = "whole number"; break;
  }
  return field.is_repeated() ? type + ", repeatable" : type;
}

// "1e-7" for 1e-07.
std::string NumberText(double value) {
  std::string text = absl::StrFormat("%g", value);
  const size_t at = text.find("e-0");
  return at == std::string::npos ? text : text.erase(at + 2, 1);
}

std::string DefaultOf(const FieldDescriptor& field) {
  if (!field.has_default_value()) return "";
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL: return field.default_value_bool() ? "`true`" : "`false`";
    case FieldDescriptor::CPPTYPE_STRING: return "`\"" + field.default_value_string() + "\"`";
    case FieldDescriptor::CPPTYPE_ENUM: return "`" + field.default_value_enum()->name() + "`";
    case FieldDescriptor::CPPTYPE_FLOAT: return "`" + NumberText(field.default_value_float()) + "`";
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return "`" + NumberText(field.default_value_double()) + "`";
    case FieldDescriptor::CPPTYPE_UINT32:
      return "`" + std::to_string(field.default_value_uint32()) + "`";
    case FieldDescriptor::CPPTYPE_UINT64:
      return "`" + std::to_string(field.default_value_uint64()) + "`";
    case FieldDescriptor::CPPTYPE_INT32:
      return "`" + std::to_string(field.default_value_int32()) + "`";
    default: return "`" + std::to_string(field.default_value_int64()) + "`";
  }
}

void AppendFields(const std::vector<const FieldDescriptor*>& fields, Comments* comments,
                  std::string* page) {
  page->append("| setting | type | default | meaning |\n| --- | --- | --- | --- |\n");
  for (const FieldDescriptor* field : fields) {
    absl::StrAppendFormat(page, "| `%s` | %s | %s | %s |\n", field->name(), TypeOf(*field),
                          DefaultOf(*field), comments->Of(*field));
  }
  page->append("\n");
}

void AppendEnum(const EnumDescriptor& values, Comments* comments, std::string* page) {
  page->append("| value | meaning |\n| --- | --- |\n");
  for (int i = 0; i < values.value_count(); ++i) {
    absl::StrAppendFormat(page, "| `%s` | %s |\n", values.value(i)->name(),
                          comments->Of(*values.value(i)));
  }
  page->append("\n");
}

void AppendMessage(const Descriptor& message, Comments* comments, std::string* page) {
  absl::StrAppendFormat(page, "## %s\n\n%s\n\n", message.name(), comments->Of(message));
  std::vector<const FieldDescriptor*> plain;
  for (int i = 0; i < message.field_count(); ++i) {
    if (message.field(i)->containing_oneof() == nullptr) plain.push_back(message.field(i));
  }
  for (int i = 0; i < message.oneof_decl_count(); ++i) {
    const OneofDescriptor& choice = *message.oneof_decl(i);
    absl::StrAppendFormat(page, "One %s of:\n\n", choice.name());
    std::vector<const FieldDescriptor*> fields;
    for (int k = 0; k < choice.field_count(); ++k) fields.push_back(choice.field(k));
    AppendFields(fields, comments, page);
    if (!plain.empty()) page->append("And:\n\n");
  }
  if (!plain.empty()) AppendFields(plain, comments, page);
  for (int i = 0; i < message.enum_type_count(); ++i) {
    AppendEnum(*message.enum_type(i), comments, page);
  }
}

// All messages and enums, in the order of the file.
std::string Types(const FileDescriptor& file, Comments* comments) {
  std::vector<std::pair<int, std::string>> parts;
  for (int i = 0; i < file.message_type_count(); ++i) {
    parts.emplace_back(LineOf(*file.message_type(i)), "");
    AppendMessage(*file.message_type(i), comments, &parts.back().second);
  }
  for (int i = 0; i < file.enum_type_count(); ++i) {
    const EnumDescriptor& values = *file.enum_type(i);
    parts.emplace_back(LineOf(values), absl::StrFormat("## %s\n\n%s\n\n", values.name(),
                                                       comments->Of(values)));
    AppendEnum(values, comments, &parts.back().second);
  }
  std::sort(parts.begin(), parts.end());
  std::string page;
  for (const auto& [line, text] : parts) page += text;
  page.pop_back();  // one newline at the end
  return page;
}

StatusOr<std::string> ConfigReference(const std::string& descriptors, const std::string& example) {
  LOCKSTEP_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(descriptors));
  LOCKSTEP_ASSIGN_OR_RETURN(const std::string example_text, ReadFile(example));
  google::protobuf::FileDescriptorSet set;
  if (!set.ParseFromString(bytes) || set.file_size() == 0) {
    return BadDataError(descriptors + ": expected what protoc --descriptor_set_out writes of files");
  }
  google::protobuf::DescriptorPool pool;
  Comments comments;
  std::string imported, types;
  for (const auto& description : set.file()) {  // the main file comes last
    const FileDescriptor* file = pool.BuildFile(description);
    if (file == nullptr) return BadDataError(descriptors + ": not a valid descriptor");
    imported += types.empty() ? "" : types + "\n";
    types = Types(*file, &comments);
  }
  if (!imported.empty()) types += "\n" + imported.substr(0, imported.size() - 1);
  LOCKSTEP_RETURN_IF_ERROR(comments.Complete());
  return kIntroduction + ("```\n" + example_text + "```\n\n") + types;
}

Status Main(int argc, char** argv) {
  if (argc != 3) return UsageError("usage: config_reference DESCRIPTORS EXAMPLE");
  LOCKSTEP_ASSIGN_OR_RETURN(const std::string page, ConfigReference(argv[1], argv[2]));
  std::fputs(page.c_str(), stdout);
  return OkStatus();
}

}  // namespace
}  // namespace lockstep

int main(int argc, char** argv) {
  const lockstep::Status status = lockstep::Main(argc, argv);
  if (!status.ok()) {
    std::fprintf(stderr, "config_reference: %s\n", std::string(status.message()).c_str());
  }
  return static_cast<int>(lockstep::ExitCodeOf(status));
}
