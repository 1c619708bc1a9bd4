#include "core/nn/zoo/zoo.h"

#include <algorithm>
#include <charconv>
#include <functional>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "core/base/nearest_name.h"
#include "core/base/printable.h"
#include "core/nn/zoo/families.h"

namespace lockstep {
namespace {

constexpr std::string_view kCifarSuffix = "_cifar";
constexpr int kDeepestCifarNet = 1202;  // the paper's

using Make = std::function<ModelConfig(int64_t classes)>;

const std::map<std::string, Make>& FixedNetworks() {
  static const std::map<std::string, Make> networks = [] {
    std::map<std::string, Make> made = {
        {"alexnet", AlexNet}, {"googlenet", GoogLeNet}, {"inception_v3", InceptionV3}};
    for (const int depth : {11, 13, 16, 19}) {
      const std::string name = "vgg" + std::to_string(depth);
      made[name] = [depth](int64_t classes) { return Vgg(depth, false, classes); };
      made[name + "_bn"] = [depth](int64_t classes) { return Vgg(depth, true, classes); };
    }
    for (const int depth : {18, 34, 50, 101, 152}) {
      made["resnet" + std::to_string(depth)] = [depth](int64_t classes) {
        return ResNet(depth, classes);
      };
    }
    return made;
  }();
  return networks;
}

// The depth of "STEM20_cifar"; 0 if `name` is none of that family.
int CifarDepth(std::string_view name, std::string_view stem) {
  if (!name.starts_with(stem) || !name.ends_with(kCifarSuffix)) return 0;
  const std::string_view digits =
      name.substr(stem.size(), name.size() - stem.size() - kCifarSuffix.size());
  int depth = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), depth);
  const bool whole = read.ec == std::errc() && read.ptr == digits.data() + digits.size();
  const bool fits = depth >= 8 && depth <= kDeepestCifarNet && depth % 6 == 2;
  return whole && fits ? depth : 0;
}

Make FindNetwork(const std::string& name) {
  if (const auto found = FixedNetworks().find(name); found != FixedNetworks().end()) {
    return found->second;
  }
  for (const bool shortcuts : {true, false}) {
    const int depth = CifarDepth(name, shortcuts ? "resnet" : "plain");
    if (depth == 0) continue;
    return [depth, shortcuts](int64_t classes) { return CifarNet(depth, shortcuts, classes); };
  }
  return nullptr;
}

std::vector<std::string> Names() {
  std::vector<std::string> names;
  for (const ZooEntry& entry : ZooEntries()) names.push_back(entry.name);
  return names;
}

// Removes the layers that do not lead to an output. REQUIRES: a layer takes only ones before it;
// without `input` the one before it.
void LeaveOutUnused(ModelConfig* model) {
  std::set<std::string> used;
  for (const OutputConfig& output : model->output()) used.insert(output.layer());
  std::vector<LayerConfig> kept;
  for (int i = model->layer_size() - 1; i >= 0; --i) {
    LayerConfig& layer = *model->mutable_layer(i);
    if (!used.contains(layer.name())) continue;
    if (layer.input().empty() && i > 0) layer.add_input(model->layer(i - 1).name());
    used.insert(layer.input().begin(), layer.input().end());
    kept.push_back(layer);
  }
  if (kept.empty()) return;  // no output is a layer: CheckConfig says so
  model->clear_layer();
  for (auto layer = kept.rbegin(); layer != kept.rend(); ++layer) *model->add_layer() = *layer;
}

}  // namespace

const std::vector<ZooEntry>& ZooEntries() {
  static const std::vector<ZooEntry> entries = [] {
    std::vector<ZooEntry> made = {{"alexnet", 227, 1000, "Krizhevsky et al. 2012"}};
    for (const char* norm : {"", "_bn"}) {
      for (const char* depth : {"11", "13", "16", "19"}) {
        made.push_back({std::string("vgg") + depth + norm, 224, 1000, "Simonyan, Zisserman 2014"});
      }
    }
    made.push_back({"googlenet", 224, 1000, "Szegedy et al. 2014"});
    made.push_back({"inception_v3", 299, 1000, "Szegedy et al. 2015"});
    for (const char* depth : {"18", "34", "50", "101", "152"}) {
      made.push_back({std::string("resnet") + depth, 224, 1000, "He et al. 2015"});
    }
    for (const char* kind : {"resnet", "plain"}) {
      for (const char* depth : {"20", "32", "44", "56", "110"}) {
        made.push_back({std::string(kind) + depth + "_cifar", 32, 10, "He et al. 2015, 4.2"});
      }
    }
    return made;
  }();
  return entries;
}

Status CheckZooName(const std::string& name) {
  if (FindNetwork(name) != nullptr) return OkStatus();
  if (name.ends_with(kCifarSuffix)) {
    return UsageError("model.zoo: \"" + Printable(name) +
                      "\" is no network: expected resnetN_cifar or plainN_cifar with N = 6n + 2, "
                      "such as resnet20_cifar");
  }
  return UsageError("model.zoo: \"" + Printable(name) + "\" is no network" +
                    DidYouMean(name, Names()) + "; `lockstep summary --zoo` lists them");
}

std::string ZooPictures(const std::string& name) {
  constexpr int64_t kCifarSide = 32;  // of any depth
  const auto& entries = ZooEntries();
  const auto found = std::find_if(entries.begin(), entries.end(),
                                  [&](const ZooEntry& entry) { return entry.name == name; });
  const std::string side = std::to_string(found == entries.end() ? kCifarSide : found->side);
  return "[" + side + ", " + side + ", 3]";
}

StatusOr<ModelConfig> ExpandModel(const ModelConfig& model, int64_t classes) {
  if (!model.has_zoo()) return model;
  LOCKSTEP_RETURN_IF_ERROR(CheckZooName(model.zoo()));
  const int64_t outputs = model.has_classes() ? int64_t{model.classes()} : classes;
  if (outputs < 1) {
    return UsageError("model.zoo: the data has no classes; write classes: N beside zoo");
  }
  ModelConfig expanded = FindNetwork(model.zoo())(outputs);
  if (model.output_size() == 0) return expanded;
  *expanded.mutable_output() = model.output();
  LeaveOutUnused(&expanded);
  return expanded;
}

}  // namespace lockstep
