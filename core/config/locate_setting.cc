#include "core/config/locate_setting.h"

#include <google/protobuf/text_format.h>

#include <algorithm>

#include "absl/strings/str_format.h"
#include "core/config/layer_names.h"
#include "proto/config.pb.h"

namespace lockstep {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::TextFormat;

// A field and, if it is repeated, which one.
struct Step {
  std::string field;
  int index = -1;
};

// "optimizer.adam.beta_1" of "optimizer.adam.beta_1: found 2 ...".
std::vector<Step> PathOf(std::string_view message) {
  constexpr const char* kPath = "abcdefghijklmnopqrstuvwxyz0123456789_.";
  const size_t path_end = std::min(message.find_first_not_of(kPath), message.size());
  std::string_view path = message.substr(0, path_end);
  std::vector<Step> steps;
  while (!path.empty()) {
    const size_t end = std::min(path.find('.'), path.size());
    steps.push_back({std::string(path.substr(0, end))});
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return steps;
}

std::vector<Step> PathOfLayer(std::string_view message, const Config& config) {
  constexpr std::string_view kLayer = "layer ";
  const std::vector<std::string> names = DefaultLayerNames(config.model());
  for (size_t i = 0; i < names.size(); ++i) {
    if (!message.substr(kLayer.size()).starts_with(names[i] + ":")) continue;
    return {{"model"}, {"layer", static_cast<int>(i)}};
  }
  return {};
}

// The place of the innermost block or setting of `path` that was written; line -1 if none.
TextFormat::ParseLocation Follow(const std::vector<Step>& path,
                                 const TextFormat::ParseInfoTree* tree) {
  TextFormat::ParseLocation place;
  const Descriptor* type = Config::descriptor();
  for (const Step& step : path) {
    const FieldDescriptor* field = type == nullptr ? nullptr : type->FindFieldByName(step.field);
    if (field == nullptr || tree == nullptr) break;
    const int index = field->is_repeated() ? std::max(step.index, 0) : -1;
    const TextFormat::ParseLocation found = tree->GetLocation(field, index);
    if (found.line < 0) break;
    place = found;
    type = field->message_type();
    tree = type == nullptr ? nullptr : tree->GetTreeForNested(field, index);
  }
  return place;
}

}  // namespace

std::string LocateSetting(std::string_view message, const std::vector<SettingText>& texts) {
  const bool is_layer = message.starts_with("layer ");
  for (auto text = texts.rbegin(); text != texts.rend(); ++text) {
    TextFormat::Parser parser;
    TextFormat::ParseInfoTree tree;
    parser.WriteLocationsTo(&tree);
    Config config;
    if (!parser.MergeFromString(text->text, &config)) continue;
    const auto path = is_layer ? PathOfLayer(message, config) : PathOf(message);
    const TextFormat::ParseLocation place = Follow(path, &tree);
    if (place.line < 0) continue;
    return absl::StrFormat("%s:%d:%d", text->name, place.line + 1, place.column + 1);
  }
  return "";
}

}  // namespace lockstep
