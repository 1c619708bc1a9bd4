#include "core/io/onnx_builder.h"

#include <algorithm>

namespace lockstep {
namespace {

onnx::AttributeProto* AddAttribute(const std::string& name,
                                   onnx::AttributeProto::AttributeType type,
                                   onnx::NodeProto* node) {
  onnx::AttributeProto* attribute = node->add_attribute();
  attribute->set_name(name);
  attribute->set_type(type);
  return attribute;
}

}  // namespace

OnnxNode OnnxNode::Int(const std::string& name, int64_t value) {
  AddAttribute(name, onnx::AttributeProto::INT, node_)->set_i(value);
  return *this;
}

OnnxNode OnnxNode::Ints(const std::string& name, std::span<const int64_t> values) {
  AddAttribute(name, onnx::AttributeProto::INTS, node_)
      ->mutable_ints()
      ->Add(values.begin(), values.end());
  return *this;
}

OnnxNode OnnxNode::Float(const std::string& name, float value) {
  AddAttribute(name, onnx::AttributeProto::FLOAT, node_)->set_f(value);
  return *this;
}

OnnxNode OnnxBuilder::Node(const std::string& op, const std::vector<std::string>& inputs,
                           const std::string& output) {
  onnx::NodeProto* node = graph_->add_node();
  node->set_op_type(op);
  node->set_name(output);
  for (const std::string& input : inputs) node->add_input(input);
  node->add_output(output);
  return OnnxNode(node);
}

bool OnnxBuilder::Has(const std::string& constant) const {
  return std::any_of(graph_->initializer().begin(), graph_->initializer().end(),
                     [&](const onnx::TensorProto& tensor) { return tensor.name() == constant; });
}

std::string OnnxBuilder::Floats(const std::string& name, const std::vector<int64_t>& shape,
                                std::span<const float> values) {
  if (Has(name)) return name;
  onnx::TensorProto* tensor = graph_->add_initializer();
  tensor->set_name(name);
  tensor->set_data_type(onnx::TensorProto::FLOAT);
  tensor->mutable_dims()->Add(shape.begin(), shape.end());
  tensor->set_raw_data(values.data(), values.size_bytes());
  return name;
}

std::string OnnxBuilder::Ints(const std::string& name, std::span<const int64_t> values) {
  if (Has(name)) return name;
  onnx::TensorProto* tensor = graph_->add_initializer();
  tensor->set_name(name);
  tensor->set_data_type(onnx::TensorProto::INT64);
  tensor->add_dims(static_cast<int64_t>(values.size()));
  tensor->set_raw_data(values.data(), values.size_bytes());
  return name;
}

void DescribeValue(const std::string& name, const Shape& sample, onnx::ValueInfoProto* value) {
  value->set_name(name);
  onnx::TypeProto::Tensor* type = value->mutable_type()->mutable_tensor_type();
  type->set_elem_type(onnx::TensorProto::FLOAT);
  type->mutable_shape()->add_dim()->set_dim_param("N");
  for (int axis = 0; axis < sample.rank(); ++axis) {
    type->mutable_shape()->add_dim()->set_dim_value(sample[axis]);
  }
}

}  // namespace lockstep
