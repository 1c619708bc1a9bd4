// The zoo: known networks by name, written out in layers.
//
// alexnet               Krizhevsky, Sutskever and Hinton 2012, as Caffe's reference: groups, LRN
// vgg11 13 16 19, _bn   Simonyan and Zisserman 2014, without and with batch normalisation
// googlenet             Szegedy et al. 2014, with LRN and two auxiliary classifiers
// inception_v3          Szegedy et al. 2015, with one auxiliary classifier
// resnet18 34 50 101 152   He et al. 2015; strides in the 3x3 convolutions ("v1.5")
// resnetN_cifar plainN_cifar   He et al. 2015, section 4.2, with and without shortcuts; N = 6n + 2
#ifndef LOCKSTEP_CORE_NN_ZOO_ZOO_H_
#define LOCKSTEP_CORE_NN_ZOO_ZOO_H_

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "proto/config.pb.h"

namespace lockstep {

constexpr uint32_t kMaxZooClasses = 1 << 24;

// A name and what to know of it before building it.
struct ZooEntry {
  std::string name;  // of the CIFAR family one of each kind
  int64_t side = 0;     // of the square pictures that its authors gave it
  int64_t classes = 0;  // of them
  std::string source;
};

// All of them, family by family.
const std::vector<ZooEntry>& ZooEntries();

// Whether `name` is one. Errors: UsageError with the nearest name and the list.
Status CheckZooName(const std::string& name);

// "[224, 224, 3]": what its authors gave network `name`. REQUIRES: CheckZooName(name) is OK.
std::string ZooPictures(const std::string& name);

// `model` with its zoo's name replaced by layers; a model without one is given back as it is. The
// network has model.classes outputs, or `classes` where that is unset. Outputs that the model names
// stay, and what leads to none of them is left out: an auxiliary classifier is dropped by naming
// the others. Else the network's own outputs are added. Errors: as CheckZooName; UsageError where
// no number of classes is known.
StatusOr<ModelConfig> ExpandModel(const ModelConfig& model, int64_t classes);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_NN_ZOO_ZOO_H_
