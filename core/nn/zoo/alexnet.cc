#include <string>

#include "core/nn/zoo/families.h"
#include "core/nn/zoo/layer_writer.h"

namespace lockstep {

// Caffe's models/bvlc_alexnet: normalisation before pooling does not differ from the paper, the two
// columns of the paper are groups.
ModelConfig AlexNet(int64_t classes) {
  LayerWriter net;
  std::string x = net.Conv("conv1", "", {.filters = 96, .kernel = {11}, .stride = 4,
                                         .padding = VALID});
  x = net.Lrn("norm1", x);
  x = net.MaxPool("pool1", x, 3, 2, VALID);
  x = net.Conv("conv2", x, {.filters = 256, .kernel = {5}, .groups = 2});
  x = net.Lrn("norm2", x);
  x = net.MaxPool("pool2", x, 3, 2, VALID);
  x = net.Conv("conv3", x, {.filters = 384, .kernel = {3}});
  x = net.Conv("conv4", x, {.filters = 384, .kernel = {3}, .groups = 2});
  x = net.Conv("conv5", x, {.filters = 256, .kernel = {3}, .groups = 2});
  x = net.MaxPool("pool5", x, 3, 2, VALID);
  x = net.Flatten("flatten", x);
  x = net.Dense("fc6", x, 4096, RELU);
  x = net.Dropout("drop6", x, 0.5f);
  x = net.Dense("fc7", x, 4096, RELU);
  x = net.Dropout("drop7", x, 0.5f);
  net.Dense("fc8", x, classes, SOFTMAX);
  return net.Take();
}

}  // namespace lockstep
