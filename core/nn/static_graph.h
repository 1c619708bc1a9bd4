// The Graph that BuildGraph makes: layers in topological order with their memory.
#ifndef LOCKSTEP_CORE_NN_STATIC_GRAPH_H_
#define LOCKSTEP_CORE_NN_STATIC_GRAPH_H_

#include <memory>
#include <string>
#include <vector>

#include "core/device/buffer.h"
#include "core/nn/graph.h"

namespace lockstep {

// A layer and its place in the network.
struct GraphNode {
  std::string name;
  std::string kind;
  std::unique_ptr<Layer> layer;  // nullptr: a view of its input under another shape (flatten)
  std::vector<int> inputs;       // positions of earlier nodes; -1 is the network's input
  LayerDeclaration declaration;
};

// A node whose output the loss looks at.
struct GraphOutput {
  int node = 0;
  LossKind loss = LossKind::kMeanSquaredError;
  float weight = 1;  // of its loss in the sum
};

// What a graph is made of.
struct GraphParts {
  std::vector<GraphNode> nodes;      // topological order
  std::vector<GraphOutput> outputs;  // the first one is the prediction
  Shape input;                   // of one sample
  bool sparse = false;           // the network's input is multi-hot
  bool bytes = false;            // the network's input comes as bytes
  int64_t max_rows = 1;
};

class StaticGraph final : public Graph {
 public:
  // Plans every layer and all memory. `ops` is borrowed.
  StaticGraph(GraphParts parts, Ops* ops);

  const ParameterLayout& layout() const override { return layout_; }
  const std::vector<LayerSummary>& layers() const override { return summaries_; }
  int64_t outputs() const override { return parts_.nodes.back().declaration.output.elems(); }
  int64_t arena_bytes() const override {
    return static_cast<int64_t>(arena_.size() * sizeof(float));
  }
  void InitialWeights(uint64_t seed, float* weights) const override;
  LossSums Forward(const PassInfo& info, const Batch& batch, const float* weights,
                   int64_t batch_samples, float* predictions) override;
  void Backward(const PassInfo& info, const Batch& batch, const float* weights, float* gradients,
                GradientListener* listener) override;

 private:
  // Per node: where its output and its output's gradient lie, and its ready-made context.
  struct NodeState {
    int source = 0;               // the node (or -1) whose memory this one's output is
    float* output = nullptr;
    float* gradient = nullptr;
    bool needs_gradient = false;  // some parameter lies at or before this node
    int final_step = 0;
    std::vector<int64_t> offsets;       // of its parameters
    std::vector<bool> adds_gradient;    // per input: an other consumer wrote there before
    LayerContext context;
  };

  void MakeLayout();
  void PlaceMemory();
  void PrepareContexts();
  void Summarise();
  void SetPass(const PassInfo& info, const Batch& batch);
  void RunBackward(size_t node, float* gradients);
  // Where a layer writes its input k's gradient if another consumer of that input came before.
  float* Scratch(size_t k) { return scratch_ + static_cast<int64_t>(k) * scratch_elems_; }

  GraphParts parts_;
  Ops* ops_;
  ParameterLayout layout_;
  std::vector<LayerSummary> summaries_;
  std::vector<NodeState> states_;
  Buffer<float> arena_;
  float* input_ = nullptr;    // [max_rows, input] where the input comes as bytes
  float* scratch_ = nullptr;  // gradients of inputs that have several consumers
  int64_t scratch_elems_ = 0;
};

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_NN_STATIC_GRAPH_H_
