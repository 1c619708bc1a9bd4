#include "core/nn/planned_pass.h"

namespace lockstep {

PlannedPass::PlannedPass(Schedule schedule, MemoryPlan plan)
    : schedule_(std::move(schedule)), plan_(std::move(plan)) {}

void PlannedPass::Bind(const GraphParts& parts, const std::vector<NodeParameters>& parameters,
                       Ops* ops, float* arena) {
  parts_ = &parts;
  parameters_ = &parameters;
  ops_ = ops;
  arena_ = arena;
  steps_.clear();
  for (const ScheduleStep& step : schedule_.steps) steps_.push_back(BindStep(step));
}

float* PlannedPass::Place(int tensor) const {
  if (tensor == kNoTensor) return nullptr;
  const int place = schedule_.places[static_cast<size_t>(tensor)];
  return arena_ + plan_.offsets[static_cast<size_t>(place)];
}

const GraphNode& PlannedPass::NodeOf(const Step& step) const {
  const int at = step.kind == StepKind::kLoss
                     ? parts_->outputs[static_cast<size_t>(step.node)].node
                     : step.node;
  return parts_->nodes[static_cast<size_t>(at)];
}

PlannedPass::Step PlannedPass::BindStep(const ScheduleStep& from) const {
  Step step;
  step.kind = from.kind;
  step.node = from.node;
  step.again = from.again;
  const GraphNode& node = NodeOf(step);
  LayerContext& context = step.context;
  const int64_t cols = node.declaration.output.elems();
  context.output = {Place(from.output), 0, cols};
  context.output_gradient = {Place(from.output_gradient), 0, cols};
  context.kept = Place(from.kept);
  context.kept_batch = Place(from.kept_batch);
  if (step.kind != StepKind::kLoss) {
    BindLayer(&step);
    BindInputs(from, &step);
  }
  BindGradients(from, &step);
  return step;
}

void PlannedPass::BindLayer(Step* step) const {
  const GraphNode& node = NodeOf(*step);
  const bool folded = !schedule_.training && node.folded != nullptr;
  step->layer = folded ? node.folded.get() : node.layer.get();
  if (folded) step->offsets = (*parameters_)[static_cast<size_t>(node.folds)].offsets;
  const auto& own = (*parameters_)[static_cast<size_t>(step->node)].offsets;
  step->offsets.insert(step->offsets.end(), own.begin(), own.end());
  step->context.parameters.resize(step->offsets.size());
  if (step->kind == StepKind::kBackward) step->context.parameter_gradients.resize(own.size());
}

void PlannedPass::BindInputs(const ScheduleStep& from, Step* step) const {
  const GraphNode& node = NodeOf(*step);
  // A folded node takes what the node that it folds takes.
  const bool folded = step->layer == node.folded.get();
  const GraphNode& taker = folded ? parts_->nodes[static_cast<size_t>(node.folds)] : node;
  for (size_t k = 0; k < taker.inputs.size(); ++k) {
    const int input = taker.inputs[k];
    const Shape& shape = input == kNetworkInput
                             ? parts_->input
                             : parts_->nodes[static_cast<size_t>(input)].declaration.output;
    step->context.inputs.push_back({Place(from.inputs[k]), 0, shape.elems()});
    const bool read = step->kind == StepKind::kForward || node.declaration.inputs_saved;
    if (read && from.inputs[k] == kNoTensor) step->network_inputs.push_back(k);
  }
}

void PlannedPass::BindGradients(const ScheduleStep& from, Step* step) const {
  const GraphNode& node = NodeOf(*step);
  for (size_t k = 0; k < from.gradients.size(); ++k) {
    const auto& gradient = from.gradients[k];
    const int64_t cols = step->kind == StepKind::kLoss ? node.declaration.output.elems()
                                                       : step->context.inputs[k].cols;
    step->context.input_gradients.push_back(Place(gradient.tensor));
    if (gradient.added_to == kNoTensor) continue;
    step->additions.push_back({Place(gradient.tensor), Place(gradient.added_to), cols});
  }
}

void PlannedPass::Begin(const PassInfo& info, const Batch& batch, const float* weights,
                        int64_t batch_samples) {
  batch_ = batch;
  if (parts_->bytes) {
    batch_.dense.data = Place(schedule_.input);
    ops_->BytesToFloat(batch.bytes, batch.scale, batch_.dense.data,
                       batch.rows * parts_->input.elems());
  }
  for (Step& step : steps_) {
    step.context.batch_samples = batch_samples;
    FillIn(info, batch_, &step);
    for (size_t k = 0; k < step.offsets.size(); ++k) {
      step.context.parameters[k] = weights + step.offsets[k];
    }
  }
}

void PlannedPass::FillIn(const PassInfo& info, const Batch& batch, Step* step) const {
  LayerContext& context = step->context;
  context.rows = batch.rows;
  context.training = info.training;
  context.seed = info.seed;
  context.step = info.step;
  context.sample_ids = batch.sample_ids;
  // A step after the first Forward sees the weights that that one saw.
  context.same_weights = info.same_weights || step->again || step->kind == StepKind::kBackward;
  context.output.rows = batch.rows;
  context.output_gradient.rows = batch.rows;
  for (Matrix& input : context.inputs) input.rows = batch.rows;
  for (const size_t k : step->network_inputs) {
    context.inputs[k].data = batch.dense.data;
    context.sparse = parts_->sparse ? &batch.sparse_rows : nullptr;
  }
}

LossSums PlannedPass::Forward(float* predictions) {
  LossSums sums;
  double loss = 0;
  for (size_t i = 0; i < static_cast<size_t>(schedule_.forward_steps); ++i) {
    const Step& step = steps_[i];
    if (step.kind == StepKind::kForward) {
      step.layer->Forward(step.context);
      continue;
    }
    const LossSums of = RunLoss(step, step.node == 0 ? predictions : nullptr);
    loss += parts_->outputs[static_cast<size_t>(step.node)].weight * of.loss;
    if (step.node == 0) sums = of;
  }
  sums.loss = loss;
  return sums;
}

LossSums PlannedPass::RunLoss(const Step& step, float* predictions) {
  const GraphOutput& output = parts_->outputs[static_cast<size_t>(step.node)];
  const auto& gradients = step.context.input_gradients;
  Matrix read = step.context.output;
  if (read.data == nullptr) read.data = batch_.dense.data;  // the network's input
  const LossSums sums =
      ops_->Loss(output.loss, {.output = read,
                               .labels = batch_.labels,
                               .targets = batch_.targets,
                               .predictions = predictions,
                               .doutput = gradients.empty() ? nullptr : gradients[0],
                               .batch_samples = step.context.batch_samples,
                               .weight = output.weight});
  AddGradients(step);
  return sums;
}

void PlannedPass::AddGradients(const Step& step) {
  for (const Addition& addition : step.additions) {
    ops_->Add(addition.from, addition.to, step.context.rows * addition.cols);
  }
}

void PlannedPass::RunBackward(Step* step, float* gradients) {
  for (size_t k = 0; k < step->offsets.size(); ++k) {
    step->context.parameter_gradients[k] = gradients + step->offsets[k];
  }
  step->layer->Backward(step->context);
  AddGradients(*step);
}

void PlannedPass::Backward(float* gradients, GradientListener* listener) {
  for (size_t i = static_cast<size_t>(schedule_.forward_steps); i < steps_.size(); ++i) {
    Step& step = steps_[i];
    if (step.kind == StepKind::kForward) {
      step.layer->Forward(step.context);
      continue;
    }
    RunBackward(&step, gradients);
    if (listener != nullptr && !step.offsets.empty()) {
      listener->OnFinal((*parameters_)[static_cast<size_t>(step.node)].final_step);
    }
  }
}

}  // namespace lockstep
