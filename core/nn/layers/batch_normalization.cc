#include "core/nn/layers/batch_normalization.h"

#include "absl/strings/str_format.h"

namespace lockstep {
namespace {

enum Parameter { kGamma, kBeta, kMovingMean, kMovingVariance };

}  // namespace

BatchNormalizationLayer::BatchNormalizationLayer(const BatchNormalizationConfig& config,
                                                 ActivationKind activation, bool has_addend)
    : config_(config) {
  spec_.epsilon = config.epsilon();
  spec_.activation = activation;
  spec_.has_addend = has_addend;
}

StatusOr<LayerDeclaration> BatchNormalizationLayer::Declare(const std::vector<Shape>& inputs) {
  const size_t wanted = spec_.has_addend ? 2 : 1;
  if (inputs.size() != wanted || inputs[0].rank() == 0) {
    return UsageError(absl::StrFormat("batch_normalization takes one input, found %d",
                                      inputs.size()));
  }
  if (spec_.has_addend && !(inputs[1] == inputs[0])) {
    return UsageError("its input is " + inputs[0].ToString() + " and what is added to it " +
                      inputs[1].ToString() + ": expected one shape");
  }
  const int64_t channels = inputs[0][inputs[0].rank() - 1];
  spec_.channels = channels;
  spec_.pixels = inputs[0].elems() / channels;
  LayerDeclaration declaration;
  declaration.output = inputs[0];
  const auto add = [&](const char* name, ParameterGroup group, Initializer initializer) {
    declaration.parameters.push_back({.name = name,
                                      .shape = Shape{channels},
                                      .group = group,
                                      .initializer = initializer,
                                      .fan_in = channels,
                                      .fan_out = channels});
    if (group == ParameterGroup::kMovingStatistic) {
      declaration.parameters.back().momentum = config_.momentum();
    }
  };
  add("gamma", ParameterGroup::kBias, config_.gamma_initializer());
  add("beta", ParameterGroup::kBias, ZEROS);
  add("moving_mean", ParameterGroup::kMovingStatistic, ZEROS);
  add("moving_variance", ParameterGroup::kMovingStatistic, ONES);
  declaration.kept_batch_elems = 2 * channels;
  declaration.output_saved = spec_.activation != ActivationKind::kLinear;
  declaration.inputs_saved = true;
  declaration.gradient_in_place = true;
  return declaration;
}

void BatchNormalizationLayer::Plan(Ops* ops, int64_t max_rows, bool /*sparse*/,
                                   int /*layer_index*/) {
  ops_ = ops;
  spec_.max_rows = max_rows;
  plan_ = ops->PlanBatchNorm(spec_);
}

BatchNormParameters BatchNormalizationLayer::OfBatch(const LayerContext& context) const {
  return {.gamma = context.parameters[kGamma],
          .beta = context.parameters[kBeta],
          .mean = context.kept_batch,
          .variance = context.kept_batch + spec_.channels};
}

void BatchNormalizationLayer::Forward(const LayerContext& context) {
  if (context.rows == 0) return;  // nothing has no mean
  const float* addend = spec_.has_addend ? context.inputs[1].data : nullptr;
  if (context.training) {
    plan_->Forward(context.inputs[0], addend, OfBatch(context), context.output);
    return;
  }
  BatchNormParameters moving = OfBatch(context);
  moving.mean = const_cast<float*>(context.parameters[kMovingMean]);  // Infer reads them only
  moving.variance = const_cast<float*>(context.parameters[kMovingVariance]);
  plan_->Infer(context.inputs[0], addend, moving, context.output);
}

void BatchNormalizationLayer::Backward(const LayerContext& context) {
  const std::vector<float*>& gradients = context.parameter_gradients;
  const BatchNormParameters batch = OfBatch(context);
  // The statistics' part of the batch's mean. MovingAverage rounds the share to 2^-25, which is
  // below what adding up the parts does.
  const float share =
      static_cast<float>(context.rows) / static_cast<float>(context.batch_samples);
  ops_->Fill(gradients[kMovingMean], spec_.channels, 0);
  ops_->Fill(gradients[kMovingVariance], spec_.channels, 0);
  if (context.rows == 0) {
    ops_->Fill(gradients[kGamma], spec_.channels, 0);
    ops_->Fill(gradients[kBeta], spec_.channels, 0);
    return;
  }
  ops_->MovingAverage(batch.mean, 1 - share, gradients[kMovingMean], spec_.channels);
  ops_->MovingAverage(batch.variance, 1 - share, gradients[kMovingVariance], spec_.channels);
  plan_->Backward(context.inputs[0], batch,
                  {.y = context.output,
                   .dy = context.output_gradient,
                   .dx = context.input_gradients[0],
                   .daddend = spec_.has_addend ? context.input_gradients[1] : nullptr,
                   .dgamma = gradients[kGamma],
                   .dbeta = gradients[kBeta]});
}

}  // namespace lockstep
