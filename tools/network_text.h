// A network's layers as `summary` shows them.
#ifndef LOCKSTEP_TOOLS_NETWORK_TEXT_H_
#define LOCKSTEP_TOOLS_NETWORK_TEXT_H_

#include <string>

#include "core/base/status.h"
#include "core/nn/graph.h"

namespace lockstep {

// A table of at most 80 columns, and totals. What a layer takes stands below it where that is not
// just the output of the layer before.
std::string LayerTable(const Graph& graph, const std::string& name);

// The graph in Graphviz' language: `dot -Tsvg`.
std::string LayersAsDot(const Graph& graph, const std::string& name);

// The zoo's networks with what they learn and compute for pictures of their authors' size.
StatusOr<std::string> ZooTable();

}  // namespace lockstep

#endif  // LOCKSTEP_TOOLS_NETWORK_TEXT_H_
