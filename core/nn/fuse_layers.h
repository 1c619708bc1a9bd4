// Lets one layer do the work of several where that saves passes over memory.
//
//   conv2d or dense -> activation           the product's layer applies the activation
//   batch_normalization or add -> relu      likewise
//   batch_normalization \                   the normalisation adds the other side and applies
//   anything           -> add (-> relu)     what the add would have: the end of a residual block
//
// The layer whose work is done elsewhere becomes a view of the one that does it. Names, places and
// parameters stay, so initial weights, dropout's masks, files and summaries are those of the
// config. The results are the same up to rounding; tests/core/nn/fuse_layers_test.cc compares them.
//
// In evaluation a linear convolution and the batch normalisation behind it are one convolution, its
// kernel scaled by the moving statistics (ConvPlan::Infer).
#ifndef LOCKSTEP_CORE_NN_FUSE_LAYERS_H_
#define LOCKSTEP_CORE_NN_FUSE_LAYERS_H_

#include <vector>

#include "core/nn/model_nodes.h"

namespace lockstep {

// `outputs` are the nodes at the loss; nothing is fused across them. Nodes stay in topological
// order.
void FuseLayers(const std::vector<int>& outputs, std::vector<ModelNode>* nodes);

// A convolution that evaluation runs together with the batch normalisation behind it.
struct Folding {
  int convolution = 0;
  int normalization = 0;
};

// What can be folded, after FuseLayers.
std::vector<Folding> FindFoldings(const std::vector<int>& outputs,
                                  const std::vector<ModelNode>& nodes);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_NN_FUSE_LAYERS_H_
