#include "distributed/scaling/workload.h"

#include <algorithm>
#include <map>
#include <utility>

#include "distributed/scaling/text_table.h"

namespace lockstep {
namespace {

// From tensors in backward order, each with its share of the work.
Workload InBackwardOrder(std::string name, std::vector<LayerTensor> tensors) {
  Workload workload;
  workload.name = std::move(name);
  for (const LayerTensor& tensor : tensors) workload.forward_macs += tensor.forward_macs;
  double done = 0;
  for (LayerTensor& tensor : tensors) {
    done += tensor.forward_macs;
    const double ready = workload.forward_macs > 0 ? done / workload.forward_macs : 1;
    workload.tensors.push_back({std::move(tensor.name), tensor.elements, std::min(ready, 1.0)});
  }
  return workload;
}

// Places of a layer's output at which its kernel is applied: height and width, no channels.
double OutputPlaces(const Shape& output) {
  double places = 1;
  for (int i = 0; i + 1 < output.rank(); ++i) places *= static_cast<double>(output[i]);
  return places;
}

}  // namespace

double Workload::elements() const {
  double sum = 0;
  for (const GradientTensor& tensor : tensors) sum += tensor.elements;
  return sum;
}

Workload WorkloadFromLayers(std::string name, const std::vector<LayerTensor>& tensors) {
  return InBackwardOrder(std::move(name), {tensors.rbegin(), tensors.rend()});
}

Workload WorkloadFromGraph(std::string name, const Graph& graph) {
  std::map<std::string, double> places;
  for (const LayerSummary& layer : graph.layers()) places[layer.name] = OutputPlaces(layer.output);
  std::vector<LayerTensor> tensors;
  for (const ParameterEntry& entry : graph.layout().entries()) {
    const auto elements = static_cast<double>(entry.shape.elems());
    const bool kernel = entry.group == ParameterGroup::kKernel && entry.shape.rank() > 1;
    const auto layer = places.find(entry.name.substr(0, entry.name.rfind('/')));
    const double macs = kernel && layer != places.end() ? elements * layer->second : 0;
    tensors.push_back({entry.name, elements, macs});
  }
  return InBackwardOrder(std::move(name), std::move(tensors));
}

StatusOr<std::vector<Workload>> ReadNets(std::string_view text, const std::string& file) {
  LOCKSTEP_ASSIGN_OR_RETURN(
      const TextTable table,
      TextTable::Parse(text, file, {"net", "tensor", "elements", "fwd_macs"}, {}));
  std::vector<std::pair<std::string, std::vector<LayerTensor>>> nets;
  for (size_t row = 0; row < table.rows(); ++row) {
    LOCKSTEP_ASSIGN_OR_RETURN(const int elements, table.Count(row, "elements"));
    LOCKSTEP_ASSIGN_OR_RETURN(const double macs, table.Number(row, "fwd_macs", 0));
    const std::string& net = table.Text(row, "net");
    if (nets.empty() || nets.back().first != net) nets.push_back({net, {}});
    nets.back().second.push_back({table.Text(row, "tensor"), static_cast<double>(elements), macs});
  }
  std::vector<Workload> workloads;
  for (const auto& [name, tensors] : nets) workloads.push_back(WorkloadFromLayers(name, tensors));
  return workloads;
}

}  // namespace lockstep
