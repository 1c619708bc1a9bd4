#include "core/config/check_model.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_format.h"
#include "core/base/nearest_name.h"
#include "core/base/printable.h"
#include "core/config/check_layer.h"
#include "core/config/check_value.h"
#include "core/config/layer_names.h"
#include "core/nn/zoo/zoo.h"

namespace lockstep {
namespace {

Status CheckInputs(const std::string& name, const LayerConfig& layer,
                   const std::vector<std::string>& names, const std::set<std::string>& known) {
  for (const std::string& input : layer.input()) {
    if (known.contains(input) || input == kInputName) continue;
    return UsageError("layer " + name + ": input \"" + Printable(input) + "\" is no layer" +
                      DidYouMean(input, names));
  }
  return OkStatus();
}

Status CheckLayers(const ModelConfig& model) {
  constexpr int kMaxLayers = 10000;
  if (model.layer_size() == 0) {
    return UsageError(
        "model has no layer: write model { layer { dense { units: 1 } } }, or zoo: \"resnet50\"");
  }
  if (model.layer_size() > kMaxLayers) {
    return Wrong("model", absl::StrFormat("%d layers", model.layer_size()),
                 absl::StrFormat("at most %d", kMaxLayers));
  }
  for (int i = 0; i < model.layer_size(); ++i) {
    if (model.layer(i).kind_case() != LayerConfig::KIND_NOT_SET) continue;
    return UsageError(absl::StrFormat(
        "model.layer number %d has no kind: write one, such as layer { dense { units: 1 } }",
        i + 1));
  }
  const std::vector<std::string> names = DefaultLayerNames(model);
  std::set<std::string> known;
  for (size_t i = 0; i < names.size(); ++i) {
    const std::string where = absl::StrFormat("name of layer number %d", i + 1);
    LOCKSTEP_RETURN_IF_ERROR(CheckName(where, names[i]));
    if (names[i] == kInputName) {
      return UsageError("layer input: this name is the network's own input; give it another");
    }
    if (known.insert(names[i]).second) continue;
    return UsageError("layer " + names[i] + ": two layers have this name; give one another");
  }
  for (int i = 0; i < model.layer_size(); ++i) {
    const std::string& name = names[static_cast<size_t>(i)];
    LOCKSTEP_RETURN_IF_ERROR(CheckInputs(name, model.layer(i), names, known));
    LOCKSTEP_RETURN_IF_ERROR(CheckLayer(name, model.layer(i)));
  }
  return OkStatus();
}

// The outputs name layers, each once.
Status CheckOutputs(const ModelConfig& model) {
  const std::vector<std::string> names = DefaultLayerNames(model);
  std::set<std::string> seen;
  for (const OutputConfig& output : model.output()) {
    const std::string& name = output.layer();
    if (name.empty()) return UsageError("model.output: write output { layer: \"NAME\" }");
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      return UsageError("model.output: \"" + Printable(name) + "\" is no layer" +
                        DidYouMean(name, names));
    }
    if (!seen.insert(name).second) {
      return UsageError("model.output: " + name + " is named twice; drop one of them");
    }
    LOCKSTEP_RETURN_IF_ERROR(
        NotNegative("model.output: weight of " + name, static_cast<double>(output.weight())));
  }
  return OkStatus();
}

Status CheckZoo(const ModelConfig& model) {
  LOCKSTEP_RETURN_IF_ERROR(CheckZooName(model.zoo()));
  if (model.layer_size() > 0) {
    return UsageError("model: zoo: \"" + model.zoo() + "\" and layer are both there; drop one, or "
                      "take the layers of `lockstep summary --expand`");
  }
  if (model.has_classes() && (model.classes() == 0 || model.classes() > kMaxZooClasses)) {
    return Wrong("model.classes", std::to_string(model.classes()), "1 to 16777216");
  }
  const auto expanded = ExpandModel(model, 2);  // with any number of classes
  return expanded.ok() ? CheckOutputs(*expanded) : expanded.status();
}

}  // namespace

Status CheckName(const std::string& where, const std::string& name) {
  const bool good = !name.empty() && name.size() <= kMaxNameBytes &&
                    Printable(name, name.size()) == name && name.find('/') == std::string::npos;
  return good ? OkStatus()
              : Wrong(where, "\"" + Printable(name) + "\"",
                      "1 to 100 bytes of printable text without '/'");
}

Status CheckModel(const ModelConfig& model) {
  if (model.has_zoo()) return CheckZoo(model);
  if (model.has_classes()) {
    return UsageError("model.classes: it belongs to zoo; the last layer says how many outputs this "
                      "network has");
  }
  LOCKSTEP_RETURN_IF_ERROR(CheckLayers(model));
  return CheckOutputs(model);
}

}  // namespace lockstep
