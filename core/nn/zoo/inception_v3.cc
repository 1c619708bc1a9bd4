#include <string>
#include <vector>

#include "core/nn/zoo/families.h"
#include "core/nn/zoo/layer_writer.h"

namespace lockstep {
namespace {

// A branch: convolutions one after another, called NAME_1, NAME_2 ...
std::string Chain(const std::string& name, std::string x, const std::vector<ConvSettings>& convs,
                  LayerWriter* net) {
  for (size_t i = 0; i < convs.size(); ++i) {
    x = net->ConvNorm(name + "_" + std::to_string(i + 1), x, convs[i]);
  }
  return x;
}

std::string PoolBranch(const std::string& name, const std::string& x, int64_t filters,
                       LayerWriter* net) {
  const std::string pool = net->AveragePool(name + "_pool", x, 3, 1, SAME);
  return net->ConvNorm(name + "_pool_1x1", pool, {.filters = filters, .kernel = {1}});
}

// Figure 5 of the paper.
std::string ModuleA(const std::string& name, const std::string& x, int64_t pool_filters,
                    LayerWriter* net) {
  const std::string one = net->ConvNorm(name + "_1x1", x, {.filters = 64, .kernel = {1}});
  const std::string five = Chain(name + "_5x5", x, {{.filters = 48, .kernel = {1}},
                                                    {.filters = 64, .kernel = {5}}}, net);
  const std::string three = Chain(name + "_3x3", x, {{.filters = 64, .kernel = {1}},
                                                     {.filters = 96, .kernel = {3}},
                                                     {.filters = 96, .kernel = {3}}}, net);
  return net->Concatenate(name, {one, five, three, PoolBranch(name, x, pool_filters, net)});
}

// To a smaller grid, as figure 10.
std::string ReduceA(const std::string& name, const std::string& x, LayerWriter* net) {
  const std::string three = net->ConvNorm(
      name + "_3x3", x, {.filters = 384, .kernel = {3}, .stride = 2, .padding = VALID});
  const std::string twice =
      Chain(name + "_3x3x3", x,
            {{.filters = 64, .kernel = {1}},
             {.filters = 96, .kernel = {3}},
             {.filters = 96, .kernel = {3}, .stride = 2, .padding = VALID}}, net);
  return net->Concatenate(name, {three, twice, net->MaxPool(name + "_pool", x, 3, 2, VALID)});
}

// Figure 6 with windows of 1x7 and 7x1.
std::string ModuleB(const std::string& name, const std::string& x, int64_t inner,
                    LayerWriter* net) {
  const std::string one = net->ConvNorm(name + "_1x1", x, {.filters = 192, .kernel = {1}});
  const std::string seven = Chain(name + "_7x7", x, {{.filters = inner, .kernel = {1}},
                                                     {.filters = inner, .kernel = {1, 7}},
                                                     {.filters = 192, .kernel = {7, 1}}}, net);
  const std::string twice = Chain(name + "_7x7x7", x, {{.filters = inner, .kernel = {1}},
                                                       {.filters = inner, .kernel = {7, 1}},
                                                       {.filters = inner, .kernel = {1, 7}},
                                                       {.filters = inner, .kernel = {7, 1}},
                                                       {.filters = 192, .kernel = {1, 7}}}, net);
  return net->Concatenate(name, {one, seven, twice, PoolBranch(name, x, 192, net)});
}

std::string ReduceB(const std::string& name, const std::string& x, LayerWriter* net) {
  const std::string three =
      Chain(name + "_3x3", x, {{.filters = 192, .kernel = {1}},
                               {.filters = 320, .kernel = {3}, .stride = 2, .padding = VALID}},
            net);
  const std::string seven =
      Chain(name + "_7x7", x, {{.filters = 192, .kernel = {1}},
                               {.filters = 192, .kernel = {1, 7}},
                               {.filters = 192, .kernel = {7, 1}},
                               {.filters = 192, .kernel = {3}, .stride = 2, .padding = VALID}},
            net);
  return net->Concatenate(name, {three, seven, net->MaxPool(name + "_pool", x, 3, 2, VALID)});
}

// Figure 7: branches that fork at their end.
std::string ModuleC(const std::string& name, const std::string& x, LayerWriter* net) {
  const auto fork = [&](const std::string& branch, const std::string& y) {
    return std::vector<std::string>{
        net->ConvNorm(branch + "_1x3", y, {.filters = 384, .kernel = {1, 3}}),
        net->ConvNorm(branch + "_3x1", y, {.filters = 384, .kernel = {3, 1}})};
  };
  const std::string one = net->ConvNorm(name + "_1x1", x, {.filters = 320, .kernel = {1}});
  const auto three =
      fork(name + "_3x3", Chain(name + "_3x3", x, {{.filters = 384, .kernel = {1}}}, net));
  const auto twice = fork(name + "_3x3x3", Chain(name + "_3x3x3", x,
                                                 {{.filters = 448, .kernel = {1}},
                                                  {.filters = 384, .kernel = {3}}}, net));
  return net->Concatenate(name, {one, three[0], three[1], twice[0], twice[1],
                                 PoolBranch(name, x, 192, net)});
}

std::string Stem(LayerWriter* net) {
  std::string x = net->ConvNorm("stem1", "", {.filters = 32, .kernel = {3}, .stride = 2,
                                              .padding = VALID});
  x = net->ConvNorm("stem2", x, {.filters = 32, .kernel = {3}, .padding = VALID});
  x = net->ConvNorm("stem3", x, {.filters = 64, .kernel = {3}});
  x = net->MaxPool("stem_pool1", x, 3, 2, VALID);
  x = net->ConvNorm("stem4", x, {.filters = 80, .kernel = {1}});
  x = net->ConvNorm("stem5", x, {.filters = 192, .kernel = {3}, .padding = VALID});
  return net->MaxPool("stem_pool2", x, 3, 2, VALID);
}

}  // namespace

// The edition of TensorFlow and torchvision: batch normalisation in the auxiliary classifier too,
// whose loss counts 0.4.
ModelConfig InceptionV3(int64_t classes) {
  LayerWriter net(1e-3f);
  std::string x = Stem(&net);
  x = ModuleA("mixed5b", x, 32, &net);
  x = ModuleA("mixed5c", x, 64, &net);
  x = ModuleA("mixed5d", x, 64, &net);
  x = ReduceA("mixed6a", x, &net);
  x = ModuleB("mixed6b", x, 128, &net);
  x = ModuleB("mixed6c", x, 160, &net);
  x = ModuleB("mixed6d", x, 160, &net);
  x = ModuleB("mixed6e", x, 192, &net);
  std::string side = net.AveragePool("side_pool", x, 5, 3, VALID);
  side = net.ConvNorm("side1", side, {.filters = 128, .kernel = {1}});
  side = net.ConvNorm("side2", side, {.filters = 768, .kernel = {5}, .padding = VALID});
  side = net.GlobalAverage("side_average", side);
  side = net.Dense("side_classifier", side, classes, SOFTMAX);
  x = ReduceB("mixed7a", x, &net);
  x = ModuleC("mixed7b", x, &net);
  x = ModuleC("mixed7c", x, &net);
  x = net.GlobalAverage("average", x);
  x = net.Dropout("drop", x, 0.5f);
  x = net.Dense("classifier", x, classes, SOFTMAX);
  net.Output(x, 1);
  net.Output(side, 0.4f);
  return net.Take();
}

}  // namespace lockstep
