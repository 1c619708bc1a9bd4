#include <string>

#include "core/nn/zoo/families.h"
#include "core/nn/zoo/layer_writer.h"

namespace lockstep {
namespace {

// Filters of a module's branches, as table 1 of the paper has them.
struct Module {
  const char* name;
  int64_t one, reduce_three, three, reduce_five, five, pool;
};

std::string AddModule(const Module& module, const std::string& x, LayerWriter* net) {
  const std::string name = std::string("inception_") + module.name;
  const std::string one = net->Conv(name + "_1x1", x, {.filters = module.one, .kernel = {1}});
  std::string three =
      net->Conv(name + "_3x3_reduce", x, {.filters = module.reduce_three, .kernel = {1}});
  three = net->Conv(name + "_3x3", three, {.filters = module.three, .kernel = {3}});
  std::string five =
      net->Conv(name + "_5x5_reduce", x, {.filters = module.reduce_five, .kernel = {1}});
  five = net->Conv(name + "_5x5", five, {.filters = module.five, .kernel = {5}});
  std::string pool = net->MaxPool(name + "_pool", x, 3, 1, SAME);
  pool = net->Conv(name + "_pool_proj", pool, {.filters = module.pool, .kernel = {1}});
  return net->Concatenate(name, {one, three, five, pool});
}

// An auxiliary classifier; its loss counts 0.3.
std::string AddClassifier(const std::string& name, const std::string& x, int64_t classes,
                          LayerWriter* net) {
  std::string y = net->AveragePool(name + "_pool", x, 5, 3, VALID);
  y = net->Conv(name + "_conv", y, {.filters = 128, .kernel = {1}});
  y = net->Flatten(name + "_flatten", y);
  y = net->Dense(name + "_fc", y, 1024, RELU);
  y = net->Dropout(name + "_drop", y, 0.7f);
  return net->Dense(name + "_classifier", y, classes, SOFTMAX);
}

}  // namespace

// Windows that Caffe lets run over the end are SAME padding here: the same windows.
ModelConfig GoogLeNet(int64_t classes) {
  LayerWriter net;
  std::string x = net.Conv("conv1", "", {.filters = 64, .kernel = {7}, .stride = 2,
                                         .explicit_padding = {3}});
  x = net.MaxPool("pool1", x, 3, 2, SAME);
  x = net.Lrn("norm1", x);
  x = net.Conv("conv2_reduce", x, {.filters = 64, .kernel = {1}});
  x = net.Conv("conv2", x, {.filters = 192, .kernel = {3}});
  x = net.Lrn("norm2", x);
  x = net.MaxPool("pool2", x, 3, 2, SAME);
  x = AddModule({"3a", 64, 96, 128, 16, 32, 32}, x, &net);
  x = AddModule({"3b", 128, 128, 192, 32, 96, 64}, x, &net);
  x = net.MaxPool("pool3", x, 3, 2, SAME);
  x = AddModule({"4a", 192, 96, 208, 16, 48, 64}, x, &net);
  const std::string first = AddClassifier("loss1", x, classes, &net);
  x = AddModule({"4b", 160, 112, 224, 24, 64, 64}, x, &net);
  x = AddModule({"4c", 128, 128, 256, 24, 64, 64}, x, &net);
  x = AddModule({"4d", 112, 144, 288, 32, 64, 64}, x, &net);
  const std::string second = AddClassifier("loss2", x, classes, &net);
  x = AddModule({"4e", 256, 160, 320, 32, 128, 128}, x, &net);
  x = net.MaxPool("pool4", x, 3, 2, SAME);
  x = AddModule({"5a", 256, 160, 320, 32, 128, 128}, x, &net);
  x = AddModule({"5b", 384, 192, 384, 48, 128, 128}, x, &net);
  x = net.GlobalAverage("pool5", x);
  x = net.Dropout("drop5", x, 0.4f);
  x = net.Dense("classifier", x, classes, SOFTMAX);
  net.Output(x, 1);
  net.Output(first, 0.3f);
  net.Output(second, 0.3f);
  return net.Take();
}

}  // namespace lockstep
