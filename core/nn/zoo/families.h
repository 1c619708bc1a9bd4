// The zoo's families, one source file each. `classes` >= 1 outputs with softmax.
#ifndef LOCKSTEP_CORE_NN_ZOO_FAMILIES_H_
#define LOCKSTEP_CORE_NN_ZOO_FAMILIES_H_

#include <cstdint>

#include "proto/config.pb.h"

namespace lockstep {

ModelConfig AlexNet(int64_t classes);
// REQUIRES: depth is 11, 13, 16 or 19.
ModelConfig Vgg(int depth, bool batch_norm, int64_t classes);
ModelConfig GoogLeNet(int64_t classes);
ModelConfig InceptionV3(int64_t classes);
// REQUIRES: depth is 18, 34, 50, 101 or 152.
ModelConfig ResNet(int depth, int64_t classes);
// REQUIRES: depth is 6n + 2, n >= 1.
ModelConfig CifarNet(int depth, bool shortcuts, int64_t classes);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_NN_ZOO_FAMILIES_H_
