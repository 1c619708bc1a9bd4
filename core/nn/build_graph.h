// From the config's model to a Graph.
#ifndef LOCKSTEP_CORE_NN_BUILD_GRAPH_H_
#define LOCKSTEP_CORE_NN_BUILD_GRAPH_H_

#include <memory>

#include "core/base/status.h"
#include "core/data/dataset.h"
#include "core/nn/graph.h"
#include "core/nn/graph_parts.h"
#include "core/ops/ops.h"
#include "proto/config.pb.h"

namespace lockstep {

// Whether layers that can do each other's work do (core/nn/fuse_layers.h); tests compare both.
enum class Fusion { kOff, kOn };

// Builds config.model for samples of `format` and the config's loss. The graph borrows `ops`.
// Errors: UsageError naming the layer: a cycle, shapes that do not fit, an output that no layer
// takes, no weights, a loss that does not fit the last layer or the labels.
// REQUIRES: CheckConfig(config) is OK, so that names are known and distinct.
StatusOr<std::unique_ptr<Graph>> BuildGraph(const Config& config, const SampleFormat& format,
                                            Ops* ops, int64_t max_rows,
                                            Fusion fusion = Fusion::kOn);

// What BuildGraph makes its graph of.
StatusOr<GraphParts> MakeGraphParts(const Config& config, const SampleFormat& format,
                                    int64_t max_rows, Fusion fusion = Fusion::kOn);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_NN_BUILD_GRAPH_H_
