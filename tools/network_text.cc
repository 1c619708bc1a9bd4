#include "tools/network_text.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_format.h"
#include "core/base/number_text.h"
#include "core/nn/build_graph.h"
#include "core/nn/zoo/zoo.h"
#include "proto/config.pb.h"

namespace lockstep {
namespace {

constexpr size_t kColumns = 80;

std::string CountText(int64_t count) { return NumberText(static_cast<double>(count)); }

// "(None, 28, 28, 1)": with the batch in front.
std::string BatchShape(const Shape& sample) {
  const std::string text = sample.ToString();  // "[28, 28, 1]"
  return "(None, " + text.substr(1, text.size() - 2) + ")";
}

// Kinds that do not fit beside a name.
std::string ShortKind(const std::string& kind) {
  if (kind == "batch_normalization") return "batch_norm";
  if (kind == "local_response_normalization") return "lrn";
  if (kind == "global_average_pooling2d") return "global_average";
  return kind;
}

// One layer; `width` columns for its name. What does not fit goes on in a line below.
std::string Row(const LayerSummary& layer, size_t width, bool follows) {
  std::string row = layer.name + " (" + ShortKind(layer.kind) + ")";
  if (row.size() > width) row += "\n" + std::string(width, ' ');
  row.resize(std::max(row.size(), width), ' ');
  absl::StrAppendFormat(&row, " %-22s %11s", BatchShape(layer.output),
                        CountText(layer.parameter_count));
  if (follows) return row + "\n";  // takes the output of the layer before
  for (size_t k = 0; k < layer.inputs.size(); ++k) {
    if (k > 0) row += ",\n" + std::string(4, ' ') + "and ";
    row += (k == 0 ? "\n    of " : "") + layer.inputs[k];
  }
  return row + "\n";
}

std::string Totals(const Graph& graph) {
  int64_t multiply_adds = 0;
  for (const LayerSummary& layer : graph.layers()) multiply_adds += layer.multiply_adds;
  const int64_t parameters = graph.layout().parameter_count();
  const int64_t trainable = graph.layout().trainable_count();
  std::string text = absl::StrFormat("Total parameters: %s (%s bytes)\n", CountText(parameters),
                                     CountText(parameters * 4));
  if (trainable != parameters) {
    absl::StrAppendFormat(&text, "Trainable: %s, moving statistics: %s\n", CountText(trainable),
                          CountText(parameters - trainable));
  }
  if (multiply_adds > 0) {
    absl::StrAppendFormat(&text, "Multiply-adds of a sample, forward: %s\n",
                          CountText(multiply_adds));
  }
  return text;
}

// Within quotes of Graphviz.
std::string Escaped(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '"' || c == '\\') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

std::string Quoted(const std::string& text) { return "\"" + Escaped(text) + "\""; }

}  // namespace

std::string LayerTable(const Graph& graph, const std::string& name) {
  constexpr size_t kRest = 1 + 22 + 1 + 11;  // the other columns
  const size_t width = kColumns - kRest;
  const std::string line = std::string(kColumns, '-') + "\n";
  std::string header = "Layer (type)";
  header.resize(width, ' ');
  std::string text = absl::StrFormat("Model: %s\n%s %-22s %11s\n", name, header, "Output shape",
                                     "Parameters");
  text += line;
  for (const LayerSummary& layer : graph.layers()) {
    const size_t at = static_cast<size_t>(&layer - graph.layers().data());
    const std::string before = at == 0 ? "input" : graph.layers()[at - 1].name;
    text += Row(layer, width, layer.inputs == std::vector<std::string>{before});
  }
  return text + line + Totals(graph);
}

std::string LayersAsDot(const Graph& graph, const std::string& name) {
  std::string text = "digraph " + Quoted(name) + " {\n  rankdir=TB;\n  node [shape=box];\n" +
                     "  \"input\" [shape=ellipse];\n";
  for (const LayerSummary& layer : graph.layers()) {
    absl::StrAppendFormat(&text, "  %s [label=\"%s\\n%s %s\"];\n", Quoted(layer.name),
                          Escaped(layer.name), layer.kind, layer.output.ToString());
    for (const std::string& input : layer.inputs) {
      absl::StrAppendFormat(&text, "  %s -> %s;\n", Quoted(input), Quoted(layer.name));
    }
  }
  return text + "}\n";
}

StatusOr<std::string> ZooTable() {
  std::string text = absl::StrFormat("%-16s %4s %11s %14s  %s\n", "zoo", "side", "trainable",
                                     "multiply-adds", "source");
  for (const ZooEntry& entry : ZooEntries()) {
    Config config;
    config.set_loss(LossFunction::CATEGORICAL_CROSSENTROPY);
    config.mutable_model()->set_zoo(entry.name);
    const SampleFormat format = {.shape = {entry.side, entry.side, 3}, .classes = entry.classes};
    LOCKSTEP_ASSIGN_OR_RETURN(const GraphParts parts, MakeGraphParts(config, format, 1));
    int64_t trainable = 0, multiply_adds = 0;
    for (const GraphNode& node : parts.nodes) {
      multiply_adds += node.declaration.multiply_adds;
      for (const LayerParameter& parameter : node.declaration.parameters) {
        const bool learnt = parameter.group != ParameterGroup::kMovingStatistic;
        trainable += learnt ? parameter.shape.elems() : 0;
      }
    }
    absl::StrAppendFormat(&text, "%-16s %4d %11s %14s  %s\n", entry.name, entry.side,
                          CountText(trainable), CountText(multiply_adds), entry.source);
  }
  return text + "\nFor square colour pictures of that side and 1000 classes (_cifar: 10).\n"
                "The _cifar networks have any depth of 6n + 2.\n";
}

}  // namespace lockstep
