#include "distributed/scaling/fit_model.h"

#include <Eigen/Core>
#include <Eigen/Dense>
#include <unsupported/Eigen/NonLinearOptimization>
#include <unsupported/Eigen/NumericalDiff>

#include <algorithm>
#include <array>
#include <cmath>

namespace lockstep {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

enum class Scale { kLog, kLogit, kLinear };

// How a term is fitted and shown.
struct TermForm {
  const char* name;
  const char* unit;
  const char* meaning;
  double per_unit;  // shown = value * per_unit
  Scale scale;
  double spread;  // of its guess, on the scale on which it is fitted
  double* (*of)(ModelTerms* terms);
};

constexpr double kMs = 1e3;

const std::array<TermForm, 13> kTerms = {{
    {"compute_per_sample", "ms", "forward and backward of one more sample", kMs, Scale::kLog, 2,
     [](ModelTerms* t) { return &t->compute_per_sample; }},
    {"compute_fixed", "ms", "forward and backward of no sample", kMs, Scale::kLog, 1.5,
     [](ModelTerms* t) { return &t->compute_fixed; }},
    {"backward_share", "of compute", "what backward is of computing", 1, Scale::kLogit, 1,
     [](ModelTerms* t) { return &t->backward_share; }},
    {"compute_sharing", "per doubling", "by which computing slows as ranks double", 1,
     Scale::kLinear, 0.02, [](ModelTerms* t) { return &t->compute_sharing; }},
    {"input_per_sample", "ms", "waiting for one more sample", kMs, Scale::kLog, 1,
     [](ModelTerms* t) { return &t->input_per_sample; }},
    {"optimizer", "ms", "updating the weights", kMs, Scale::kLog, 1,
     [](ModelTerms* t) { return &t->optimizer; }},
    {"straggler_share", "of compute", "waiting for the slowest, per doubling of ranks", 1,
     Scale::kLog, 1, [](ModelTerms* t) { return &t->straggler_share; }},
    {"inside_bandwidth", "MB/s", "of a rank to ranks of its host", 1e-6, Scale::kLog, 2,
     [](ModelTerms* t) { return &t->links.inside.bytes_per_s; }},
    {"inside_latency", "ms", "of a message inside a host", kMs, Scale::kLog, 1,
     [](ModelTerms* t) { return &t->links.inside.latency_s; }},
    {"network_bandwidth", "MB/s", "of a host to other hosts, each way", 1e-6, Scale::kLog, 2,
     [](ModelTerms* t) { return &t->links.between.bytes_per_s; }},
    {"network_latency", "ms", "of a message between hosts", kMs, Scale::kLog, 1,
     [](ModelTerms* t) { return &t->links.between.latency_s; }},
    {"inside_sharing", "per doubling", "by which transfers in a host slow as its ranks double", 1,
     Scale::kLinear, 0.08, [](ModelTerms* t) { return &t->inside_sharing; }},
    {"network_sharing", "per doubling", "by which transfers between hosts slow as hosts double", 1,
     Scale::kLinear, 0.06, [](ModelTerms* t) { return &t->network_sharing; }},
}};

double ToFitted(Scale scale, double value) {
  switch (scale) {
    case Scale::kLog: return std::log(value);
    case Scale::kLogit: return std::log(value / (1 - value));
    case Scale::kLinear: return value;
  }
  return value;
}

double FromFitted(Scale scale, double value) {
  switch (scale) {
    case Scale::kLog: return std::exp(std::clamp(value, -60.0, 60.0));
    case Scale::kLogit: return 1 / (1 + std::exp(-value));
    case Scale::kLinear: return value;
  }
  return value;
}

double Shown(size_t term, double guess, double offset) {
  return kTerms[term].per_unit *
         FromFitted(kTerms[term].scale, guess + kTerms[term].spread * offset);
}

ModelTerms TermsOf(const std::vector<double>& guesses, const VectorXd& offsets) {
  ModelTerms terms;
  for (size_t i = 0; i < kTerms.size(); ++i) {
    const double fitted = guesses[i] + kTerms[i].spread * offsets[static_cast<Eigen::Index>(i)];
    *kTerms[i].of(&terms) = FromFitted(kTerms[i].scale, fitted);
  }
  return terms;
}

VectorXd OffsetsOf(const FittedModel& model) {
  return Eigen::Map<const VectorXd>(model.offsets.data(),
                                    static_cast<Eigen::Index>(model.offsets.size()));
}

// Where the terms begin: what the parts say without a model.
ModelTerms Guess(const ModelJob& job, const std::vector<RankObservation>& observations) {
  const RankObservation& first = observations.front();
  const double samples = static_cast<double>(job.BatchOf(first.ranks)) / first.ranks;
  const double compute = (first.parts.forward_ms + first.parts.backward_ms) / kMs;
  ModelTerms guess;
  guess.compute_per_sample = std::max(compute, 1e-9) / samples;
  guess.compute_fixed = 0.02 * std::max(compute, 1e-9);
  guess.backward_share =
      std::clamp(first.parts.backward_ms / kMs / std::max(compute, 1e-9), 0.05, 0.95);
  guess.input_per_sample = std::max(first.parts.input_ms / kMs, 1e-9) / samples;
  guess.optimizer = std::max(first.parts.optimizer_ms / kMs, 1e-9);
  guess.straggler_share = 0.01;
  // Streams to one host share its link badly; mean and spread: benchmarks/link_sharing.py.
  guess.network_sharing = 0.085;
  guess.links = {{5e9, 2e-6}, {1e8, 5e-5}};
  for (const RankObservation& seen : observations) {
    if (seen.ranks == 1 || seen.transfers_ms <= 0) continue;
    const RankPlacement placement = job.PlacementOf(seen.ranks);
    double bytes = 0;
    for (const ModelBucket& bucket : job.buckets) bytes += bucket.bytes;
    const double moved = 2 * bytes * (seen.ranks - 1) / seen.ranks;
    Link& link = placement.hosts > 1 ? guess.links.between : guess.links.inside;
    link.bytes_per_s = std::max(moved * kMs / seen.transfers_ms, 1.0);
    if (seen.barrier_ms > 0) link.latency_s = seen.barrier_ms / kMs / 2;
    break;
  }
  return guess;
}

// Residuals of all observations in their errors, then of all guesses in their spreads.
struct ResidualFunction {
  using Scalar = double;
  using InputType = VectorXd;
  using ValueType = VectorXd;
  using JacobianType = MatrixXd;
  enum { InputsAtCompileTime = Eigen::Dynamic, ValuesAtCompileTime = Eigen::Dynamic };

  const FittedModel* model;
  VectorXd weights;  // roots, of observations

  static Eigen::Index PerRanks() { return static_cast<Eigen::Index>(kStepParts.size()) + 1; }
  Eigen::Index observed() const {
    return PerRanks() * static_cast<Eigen::Index>(model->observations.size());
  }
  int inputs() const { return static_cast<int>(kTerms.size()); }
  int values() const { return static_cast<int>(observed()) + inputs(); }

  int operator()(const VectorXd& offsets, VectorXd& residuals) const {
    const ModelTerms terms = TermsOf(model->guesses, offsets);
    Eigen::Index at = 0;
    for (const RankObservation& seen : model->observations) {
      const ModelStep step = ModelStepOf(terms, model->job, seen.ranks);
      for (const NamedStepPart& part : kStepParts) {
        residuals[at++] = (step.parts.*part.ms - seen.parts.*part.ms) / (seen.errors.*part.ms);
      }
      residuals[at++] =
          seen.ranks == 1 ? 0 : (step.transfers_ms - seen.transfers_ms) / seen.transfers_error_ms;
    }
    residuals.head(at).array() *= weights.array();
    residuals.tail(inputs()) = offsets;
    return 0;
  }
};

// Roots of Huber's weights.
VectorXd HuberWeights(const VectorXd& residuals) {
  constexpr double kBend = 1.345;
  return residuals.unaryExpr(
      [](double r) { return std::abs(r) <= kBend ? 1.0 : std::sqrt(kBend / std::abs(r)); });
}

// The step's logarithm, against what `against` ranks give in samples/s where that is not 0.
double LogStep(const FittedModel& model, const VectorXd& offsets, int ranks,
               const ModelChange& change) {
  ModelTerms terms = TermsOf(model.guesses, offsets);
  ModelJob job = model.job;
  if (change) change(&terms, &job);
  return std::log(ModelStepOf(terms, job, ranks).total_ms());
}

// Of a function of the offsets that is 0 where nothing is to be told.
template <typename Function>
double Deviation(const FittedModel& model, const Function& function) {
  const auto terms = static_cast<Eigen::Index>(kTerms.size());
  const Eigen::Map<const MatrixXd> covariance(model.covariance.data(), terms, terms);
  const VectorXd at = OffsetsOf(model);
  VectorXd gradient(terms);
  for (Eigen::Index i = 0; i < terms; ++i) {
    constexpr double kStep = 1e-3;
    VectorXd up = at, down = at;
    up[i] += kStep;
    down[i] -= kStep;
    gradient[i] = (function(up) - function(down)) / (2 * kStep);
  }
  return std::sqrt(std::max(0.0, gradient.dot(covariance * gradient)));
}

Estimate Around(double value, double log_deviation, double quantile) {
  const double factor = std::exp(quantile * log_deviation);
  return {value, value / factor, value * factor};
}

// Whether any rank that was observed uses the link of a term.
bool Uses(const FittedModel& model, size_t term, bool measured_only) {
  const std::string name = kTerms[term].name;
  const bool inside = name.starts_with("inside"), between = name.starts_with("network");
  if (!inside && !between) return true;
  for (const RankObservation& seen : model.observations) {
    const RankPlacement placement = model.job.PlacementOf(seen.ranks);
    if (inside && seen.ranks > 1 && placement.per_host() > 1) return true;
    if (between && placement.hosts > 1) return true;
  }
  return !measured_only && between && model.job.ranks_per_host > 0;
}

}  // namespace

double StudentQuantile(int freedom) {
  constexpr std::array<double, 15> kQuantiles = {6.314, 2.920, 2.353, 2.132, 2.015,
                                                 1.943, 1.895, 1.860, 1.833, 1.812,
                                                 1.796, 1.782, 1.771, 1.761, 1.753};
  if (freedom <= static_cast<int>(kQuantiles.size())) {
    return kQuantiles[static_cast<size_t>(std::max(freedom, 1) - 1)];
  }
  // Abramowitz and Stegun 26.7.5, first two terms: right to 0.001 from 16 on.
  const double z = 1.644854, z3 = z * z * z, z5 = z3 * z * z;
  return z + (z3 + z) / (4.0 * freedom) + (5 * z5 + 16 * z3 + 3 * z) / (96.0 * freedom * freedom);
}

StatusOr<FittedModel> FitModel(const ModelJob& job,
                               const std::vector<RankObservation>& observations) {
  if (observations.empty()) return UsageError("expected steps of one number of ranks at least");
  FittedModel model;
  model.job = job;
  model.observations = observations;
  ModelTerms guess = Guess(job, observations);
  for (const TermForm& term : kTerms) {
    model.guesses.push_back(ToFitted(term.scale, *term.of(&guess)));
  }
  Eigen::NumericalDiff<ResidualFunction, Eigen::Central> function;
  function.model = &model;
  function.weights = VectorXd::Ones(function.observed());
  VectorXd offsets = VectorXd::Zero(function.inputs());
  VectorXd residuals(function.values());
  for (int round = 0; round < 8; ++round) {
    Eigen::LevenbergMarquardt<decltype(function)> solver(function);
    solver.parameters.maxfev = 4000;
    solver.minimize(offsets);
    if (round == 7) break;
    function.weights.setOnes();
    function(offsets, residuals);
    function.weights = HuberWeights(residuals.head(function.observed()));
  }
  function(offsets, residuals);
  MatrixXd jacobian(function.values(), function.inputs());
  function.df(offsets, jacobian);
  MatrixXd covariance = (jacobian.transpose() * jacobian).inverse();
  // Every guess that the observations replaced takes a degree of freedom.
  const double replaced = function.inputs() - covariance.trace();
  const int freedom = std::max(
      3, static_cast<int>(std::lround(static_cast<double>(function.observed()) - replaced)));
  const double excess = residuals.squaredNorm() / freedom;
  covariance *= std::max(1.0, excess);
  model.terms = TermsOf(model.guesses, offsets);
  model.offsets.assign(offsets.begin(), offsets.end());
  model.covariance.assign(covariance.data(), covariance.data() + covariance.size());
  model.quantile = StudentQuantile(freedom);
  for (const RankObservation& seen : observations) {
    model.noise = std::max(model.noise, seen.step_error);
  }
  return model;
}

std::vector<FittedTerm> DescribeTerms(const FittedModel& model) {
  constexpr double kTold = 0.6;  // of the guess's spread
  std::vector<FittedTerm> terms;
  for (size_t i = 0; i < kTerms.size(); ++i) {
    if (!Uses(model, i, /*measured_only=*/false)) continue;
    const double deviation = std::sqrt(model.covariance[i * kTerms.size() + i]);
    const double width = model.quantile * deviation;
    FittedTerm term = {.name = kTerms[i].name,
                       .estimate = {Shown(i, model.guesses[i], model.offsets[i]),
                                    Shown(i, model.guesses[i], model.offsets[i] - width),
                                    Shown(i, model.guesses[i], model.offsets[i] + width)},
                       .unit = kTerms[i].unit,
                       .meaning = kTerms[i].meaning,
                       .fitted = deviation < kTold};
    terms.push_back(term);
  }
  return terms;
}

std::vector<Residual> ResidualsOf(const FittedModel& model) {
  std::vector<Residual> residuals;
  for (const RankObservation& seen : model.observations) {
    const ModelStep step = ModelStepOf(model.terms, model.job, seen.ranks);
    for (const NamedStepPart& part : kStepParts) {
      residuals.push_back({seen.ranks, part.name, seen.parts.*part.ms, step.parts.*part.ms});
    }
    if (seen.ranks == 1) continue;
    residuals.push_back({seen.ranks, "all transfers", seen.transfers_ms, step.transfers_ms});
  }
  return residuals;
}

PredictedRanks Predict(const FittedModel& model, int ranks, const ModelChange& change) {
  ModelTerms terms = model.terms;
  ModelJob job = model.job;
  if (change) change(&terms, &job);
  const ModelStep step = ModelStepOf(terms, job, ranks);
  const int base = model.job.base_ranks;
  const double base_rate = static_cast<double>(model.job.BatchOf(base)) /
                           ModelStepOf(model.terms, model.job, base).total_ms();
  PredictedRanks out;
  out.ranks = ranks;
  out.hosts = job.PlacementOf(ranks).hosts;
  out.batch = job.BatchOf(ranks);
  out.parts = step.parts;
  out.dominant = step.Dominant();
  const auto log_step = [&](const VectorXd& at) { return LogStep(model, at, ranks, change); };
  const auto log_gain = [&](const VectorXd& at) {
    return LogStep(model, at, base, {}) - LogStep(model, at, ranks, change);
  };
  const double own = std::hypot(Deviation(model, log_step), model.noise);
  const bool is_base = ranks == base && !change;
  const double gain =
      is_base ? 0 : std::hypot(Deviation(model, log_gain), std::sqrt(2.0) * model.noise);
  const double rate = static_cast<double>(out.batch) / step.total_ms();
  out.step_ms = Around(step.total_ms(), own, model.quantile);
  out.samples_per_second = Around(kMs * rate, own, model.quantile);
  out.speedup = Around(rate / base_rate, gain, model.quantile);
  out.efficiency = Around(rate / base_rate * base / ranks, gain, model.quantile);
  for (const RankObservation& seen : model.observations) out.measured |= seen.ranks == ranks;
  return out;
}

}  // namespace lockstep
