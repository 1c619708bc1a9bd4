#include <map>
#include <string>
#include <vector>

#include "core/nn/zoo/families.h"
#include "core/nn/zoo/layer_writer.h"

namespace lockstep {

ModelConfig Vgg(int depth, bool batch_norm, int64_t classes) {
  // Table 1 of the paper: convolutions per stage.
  static const std::map<int, std::vector<int>> kStages = {{11, {1, 1, 2, 2, 2}},
                                                          {13, {2, 2, 2, 2, 2}},
                                                          {16, {2, 2, 3, 3, 3}},
                                                          {19, {2, 2, 4, 4, 4}}};
  constexpr int64_t kFilters[] = {64, 128, 256, 512, 512};
  LayerWriter net;
  std::string x;
  for (int stage = 0; stage < 5; ++stage) {
    for (int i = 1; i <= kStages.at(depth)[static_cast<size_t>(stage)]; ++i) {
      const std::string name = "conv" + std::to_string(stage + 1) + "_" + std::to_string(i);
      const ConvSettings settings = {.filters = kFilters[stage], .kernel = {3}, .norm_bias = true};
      x = batch_norm ? net.ConvNorm(name, x, settings) : net.Conv(name, x, settings);
    }
    x = net.MaxPool("pool" + std::to_string(stage + 1), x, 2, 2, VALID);
  }
  x = net.Flatten("flatten", x);
  x = net.Dense("fc6", x, 4096, RELU);
  x = net.Dropout("drop6", x, 0.5f);
  x = net.Dense("fc7", x, 4096, RELU);
  x = net.Dropout("drop7", x, 0.5f);
  net.Dense("fc8", x, classes, SOFTMAX);
  return net.Take();
}

}  // namespace lockstep
