#include "core/config/layer_names.h"

#include <map>

namespace lockstep {

std::string LayerKind(const LayerConfig& layer) {
  const auto* oneof = LayerConfig::descriptor()->FindOneofByName("kind");
  const auto* field = layer.GetReflection()->GetOneofFieldDescriptor(layer, oneof);
  return field == nullptr ? "" : field->name();
}

std::vector<std::string> DefaultLayerNames(const ModelConfig& model) {
  std::vector<std::string> names;
  std::map<std::string, int> count;
  for (const LayerConfig& layer : model.layer()) {
    if (layer.has_name()) {
      names.push_back(layer.name());
      continue;
    }
    const std::string kind = LayerKind(layer);
    const int k = count[kind]++;
    names.push_back(k == 0 ? kind : kind + "_" + std::to_string(k));
  }
  return names;
}

}  // namespace lockstep
