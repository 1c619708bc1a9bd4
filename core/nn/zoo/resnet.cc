#include <map>
#include <string>
#include <vector>

#include "core/nn/zoo/families.h"
#include "core/nn/zoo/layer_writer.h"

namespace lockstep {
namespace {

struct Block {
  std::string name;
  int64_t filters = 0;  // of its 3x3 convolutions
  int64_t stride = 1;
  bool project = false;  // the shortcut changes its shape
  bool shortcut = true;
};

// Ends a block: adds the shortcut, then relu.
std::string Close(const Block& block, const std::string& x, const std::string& y, int64_t filters,
                  LayerWriter* net) {
  if (!block.shortcut) return net->Relu(block.name + "_relu", y);
  std::string shortcut = x;
  if (block.project) {
    shortcut = net->ConvNorm(block.name + "_shortcut", x,
                             {.filters = filters, .kernel = {1}, .stride = block.stride}, false);
  }
  return net->Relu(block.name + "_relu", net->Add(block.name + "_add", y, shortcut));
}

// Padding is that of PyTorch, one pixel on each side, at any stride.
ConvSettings Three(int64_t filters, int64_t stride) {
  return {.filters = filters, .kernel = {3}, .stride = stride, .explicit_padding = {1}};
}

std::string Basic(const Block& block, const std::string& x, LayerWriter* net) {
  std::string y = net->ConvNorm(block.name + "_conv1", x, Three(block.filters, block.stride));
  y = net->ConvNorm(block.name + "_conv2", y, Three(block.filters, 1), false);
  return Close(block, x, y, block.filters, net);
}

std::string Bottleneck(const Block& block, const std::string& x, LayerWriter* net) {
  const int64_t wide = 4 * block.filters;
  const ConvSettings narrow = {.filters = block.filters, .kernel = {1}};
  std::string y = net->ConvNorm(block.name + "_conv1", x, narrow);
  y = net->ConvNorm(block.name + "_conv2", y, Three(block.filters, block.stride));
  y = net->ConvNorm(block.name + "_conv3", y, {.filters = wide, .kernel = {1}}, false);
  return Close(block, x, y, wide, net);
}

}  // namespace

ModelConfig ResNet(int depth, int64_t classes) {
  // Table 1 of the paper: blocks per stage.
  static const std::map<int, std::vector<int>> kStages = {{18, {2, 2, 2, 2}},
                                                          {34, {3, 4, 6, 3}},
                                                          {50, {3, 4, 6, 3}},
                                                          {101, {3, 4, 23, 3}},
                                                          {152, {3, 8, 36, 3}}};
  const bool bottleneck = depth >= 50;
  LayerWriter net;
  std::string x = net.ConvNorm("conv1", "", {.filters = 64, .kernel = {7}, .stride = 2,
                                             .explicit_padding = {3}});
  x = net.MaxPoolPadded("pool1", x, 3, 2, 1);
  for (int stage = 0; stage < 4; ++stage) {
    for (int i = 0; i < kStages.at(depth)[static_cast<size_t>(stage)]; ++i) {
      const Block block = {
          .name = "stage" + std::to_string(stage + 2) + "_block" + std::to_string(i + 1),
          .filters = int64_t{64} << stage,
          .stride = stage > 0 && i == 0 ? 2 : 1,
          .project = i == 0 && (stage > 0 || bottleneck)};
      x = bottleneck ? Bottleneck(block, x, &net) : Basic(block, x, &net);
    }
  }
  x = net.GlobalAverage("average", x);
  net.Dense("classifier", x, classes, SOFTMAX);
  return net.Take();
}

// Shortcuts between stages are 1x1 convolutions (the paper's option B; its option A, zeros for the
// new channels, saves 0.003 M parameters).
ModelConfig CifarNet(int depth, bool shortcuts, int64_t classes) {
  LayerWriter net;
  std::string x = net.ConvNorm("conv1", "", {.filters = 16, .kernel = {3}});
  const int blocks = (depth - 2) / 6;
  for (int stage = 0; stage < 3; ++stage) {
    for (int i = 0; i < blocks; ++i) {
      x = Basic({.name = "stage" + std::to_string(stage + 1) + "_block" + std::to_string(i + 1),
                 .filters = int64_t{16} << stage,
                 .stride = stage > 0 && i == 0 ? 2 : 1,
                 .project = stage > 0 && i == 0,
                 .shortcut = shortcuts},
                x, &net);
    }
  }
  x = net.GlobalAverage("average", x);
  net.Dense("classifier", x, classes, SOFTMAX);
  return net.Take();
}

}  // namespace lockstep
