#include "distributed/scaling/fit_constants.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <unsupported/Eigen/NonLinearOptimization>
#include <unsupported/Eigen/NumericalDiff>
#include <utility>

#include "absl/strings/str_format.h"
#include "distributed/scaling/curve_prediction.h"
#include "distributed/scaling/measurements.h"

namespace lockstep {
namespace {

constexpr size_t kConstants = kFittedConstants.size();
constexpr double kRepeats = 0.025;     // two groups measuring the same differ by that much
constexpr double kPriorDeviation = 1;  // of a constant's logarithm

// By the order of magnitude, before any measurement: what the constants' names say.
constexpr std::array<double, kConstants> kFirstGuess = {0.01, 0.02,  50,  1,  10,
                                                        0.2,  0.003, 0.7, 0.5};

bool Counts(const ReplayedPoint& at) {
  return at.point->use == PointUse::kScore || at.point->use == PointUse::kSheet;
}

Eigen::VectorXd FirstGuess() {
  Eigen::VectorXd logs(static_cast<Eigen::Index>(kConstants));
  for (size_t i = 0; i < kConstants; ++i) {
    logs[static_cast<Eigen::Index>(i)] = std::log(kFirstGuess[i]);
  }
  return logs;
}

ScalingConstants FromLogs(const Eigen::VectorXd& logs) {
  ScalingConstants constants;
  for (size_t i = 0; i < kConstants; ++i) {
    constants.*kFittedConstants[i].value = std::exp(logs[static_cast<Eigen::Index>(i)]);
  }
  return constants;
}

// Its square grows like a residual's square near 0 and like its size far off.
double Robust(double residual) {
  const double cost = 2 * (std::sqrt(1 + residual * residual) - 1);
  return std::copysign(std::sqrt(cost), residual);
}

// What Levenberg-Marquardt minimises: points, then the prior. Eigen asks for these names.
struct Residuals {
  using Scalar = double;
  using InputType = Eigen::VectorXd;
  using ValueType = Eigen::VectorXd;
  using JacobianType = Eigen::MatrixXd;
  enum { InputsAtCompileTime = Eigen::Dynamic, ValuesAtCompileTime = Eigen::Dynamic };

  int inputs() const { return static_cast<int>(kConstants); }
  int values() const { return static_cast<int>(points + kConstants); }

  int operator()(const Eigen::VectorXd& logs, Eigen::VectorXd& residuals) const {
    const auto replayed = Replay(*data, FromLogs(logs), Bands::kOff);
    Eigen::Index at = 0;
    for (const ReplayedPoint& point : *replayed) {
      if (!Counts(point)) continue;
      residuals[at++] = Robust(std::log1p(point.Error(Predictor::kModel)) / kRepeats);
    }
    for (size_t i = 0; i < kConstants; ++i) {
      const auto term = static_cast<Eigen::Index>(i);
      residuals[at++] = (logs[term] - guess[term]) / kPriorDeviation;
    }
    return 0;
  }

  const ReplayData* data = nullptr;
  size_t points = 0;
  Eigen::VectorXd guess = FirstGuess();
};

// The spread of the solution: of the residuals, through the inverse of J'J.
std::array<double, kConstants> Deviations(const Eigen::NumericalDiff<Residuals>& residuals,
                                          const Eigen::VectorXd& logs) {
  Eigen::MatrixXd jacobian(residuals.values(), residuals.inputs());
  Eigen::VectorXd values(residuals.values());
  residuals.df(logs, jacobian);
  residuals(logs, values);
  const double variance =
      values.squaredNorm() / static_cast<double>(residuals.values() - residuals.inputs());
  const Eigen::MatrixXd inverse =
      (jacobian.transpose() * jacobian)
          .ldlt()
          .solve(Eigen::MatrixXd::Identity(residuals.inputs(), residuals.inputs()));
  std::array<double, kConstants> deviations = {};
  for (size_t i = 0; i < kConstants; ++i) {
    const auto at = static_cast<Eigen::Index>(i);
    deviations[i] = std::sqrt(std::max(0.0, variance * inverse(at, at)));
  }
  return deviations;
}

// Percent, of the scored points.
std::vector<double> ErrorsOf(const std::vector<ReplayedPoint>& points) {
  std::vector<double> errors;
  for (const ReplayedPoint& point : points) {
    if (point.point->use == PointUse::kScore) {
      errors.push_back(100 * point.Error(Predictor::kModel));
    }
  }
  return errors;
}

// The curves of one system, or those of all others.
ReplayData Part(const ReplayData& data, const std::string& system, bool of_system) {
  ReplayData part = data;
  std::erase_if(part.curves,
                [&](const MeasuredCurve& curve) { return (curve.system == system) != of_system; });
  return part;
}

Eigen::VectorXd LogsOf(const ScalingConstants& constants) {
  Eigen::VectorXd logs(static_cast<Eigen::Index>(kConstants));
  for (size_t i = 0; i < kConstants; ++i) {
    logs[static_cast<Eigen::Index>(i)] = std::log(constants.*kFittedConstants[i].value);
  }
  return logs;
}

StatusOr<ConstantsFit> FitFrom(const ReplayData& data, Eigen::VectorXd logs) {
  LOCKSTEP_ASSIGN_OR_RETURN(const std::vector<ReplayedPoint> points, Replay(data, {}, Bands::kOff));
  ConstantsFit fit;
  fit.points = static_cast<size_t>(std::count_if(points.begin(), points.end(), Counts));
  if (fit.points < kConstants) {
    return BadDataError(absl::StrFormat(
        "expected at least %d points with use \"score\" or \"sheet\" to fit %d constants, found %d",
        kConstants, kConstants, fit.points));
  }
  Residuals residuals;
  residuals.data = &data;
  residuals.points = fit.points;
  // Steps that are well above the rounding of a replay.
  constexpr double kDifference = 1e-8;
  Eigen::NumericalDiff<Residuals> differences(residuals, kDifference);
  Eigen::LevenbergMarquardt<Eigen::NumericalDiff<Residuals>> solver(differences);
  solver.parameters.xtol = solver.parameters.ftol = 1e-6;
  solver.parameters.maxfev = 1000;
  solver.minimize(logs);
  fit.constants = FromLogs(logs);
  fit.log_deviations = Deviations(differences, logs);
  return fit;
}

}  // namespace

StatusOr<ConstantsFit> FitConstants(const ReplayData& data) { return FitFrom(data, FirstGuess()); }

StatusOr<CrossValidation> CrossValidate(const ReplayData& data) {
  LOCKSTEP_ASSIGN_OR_RETURN(const ConstantsFit all, FitConstants(data));
  const Eigen::VectorXd start = LogsOf(all.constants);  // near, so that a fit is quick
  CrossValidation result;
  std::vector<double> unseen, fitted;
  for (const Cluster& cluster : data.clusters) {
    const ReplayData own = Part(data, cluster.name(), true);
    LOCKSTEP_ASSIGN_OR_RETURN(const std::vector<ReplayedPoint> seen,
                              Replay(own, all.constants, Bands::kOff));
    const std::vector<double> seen_errors = ErrorsOf(seen);
    if (seen_errors.empty()) continue;
    LOCKSTEP_ASSIGN_OR_RETURN(const ConstantsFit without,
                              FitFrom(Part(data, cluster.name(), false), start));
    LOCKSTEP_ASSIGN_OR_RETURN(const std::vector<ReplayedPoint> left_out,
                              Replay(own, without.constants, Bands::kOff));
    const std::vector<double> errors = ErrorsOf(left_out);
    result.systems.push_back({cluster.name(), Summarise(errors), Summarise(seen_errors)});
    unseen.insert(unseen.end(), errors.begin(), errors.end());
    fitted.insert(fitted.end(), seen_errors.begin(), seen_errors.end());
  }
  result.unseen = Summarise(std::move(unseen));
  result.fitted = Summarise(std::move(fitted));
  return result;
}

}  // namespace lockstep
