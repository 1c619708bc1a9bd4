// Nodes and constants of an ONNX graph (proto/onnx.proto), one call each.
#ifndef LOCKSTEP_CORE_IO_ONNX_BUILDER_H_
#define LOCKSTEP_CORE_IO_ONNX_BUILDER_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/device/tensor.h"
#include "proto/onnx.pb.h"

namespace lockstep {

// A node that was added, for its settings.
class OnnxNode {
 public:
  explicit OnnxNode(onnx::NodeProto* node) : node_(node) {}
  OnnxNode Int(const std::string& name, int64_t value);
  OnnxNode Ints(const std::string& name, std::span<const int64_t> values);
  OnnxNode Float(const std::string& name, float value);

 private:
  onnx::NodeProto* node_;
};

// Borrows the graph. One thread at a time.
class OnnxBuilder {
 public:
  explicit OnnxBuilder(onnx::GraphProto* graph) : graph_(graph) {}

  // `output` = op(inputs). The node is called as its output.
  OnnxNode Node(const std::string& op, const std::vector<std::string>& inputs,
                const std::string& output);
  // A constant, copied; gives `name` back. A name is added once: later calls change nothing.
  std::string Floats(const std::string& name, const std::vector<int64_t>& shape,
                     std::span<const float> values);
  std::string Ints(const std::string& name, std::span<const int64_t> values);

 private:
  bool Has(const std::string& constant) const;

  onnx::GraphProto* graph_;
};

// float32 [N, sample...], N being any number.
void DescribeValue(const std::string& name, const Shape& sample, onnx::ValueInfoProto* value);

}  // namespace lockstep

#endif  // LOCKSTEP_CORE_IO_ONNX_BUILDER_H_
