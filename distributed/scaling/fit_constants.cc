#include "distributed/scaling/fit_constants.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <set>
#include <unsupported/Eigen/NonLinearOptimization>
#include <unsupported/Eigen/NumericalDiff>
#include <utility>

#include "absl/strings/str_format.h"
#include "distributed/scaling/curve_prediction.h"
#include "distributed/scaling/measurements.h"

namespace lockstep {
namespace {

constexpr size_t kConstants = kFittedConstants.size();
constexpr double kRepeats = 0.025;       // two groups measuring the same differ by that much
constexpr double kAlone = 3 * kRepeats;  // what a prediction from the sheet alone misses
constexpr double kPriorDeviation = 0.5;  // of a constant's logarithm

// By the order of magnitude, before any measurement: what the constants' names say.
constexpr std::array<double, kConstants> kFirstGuess = {0.01, 0.02, 50, 0.2, 0.003, 0.8};

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

// What Levenberg-Marquardt minimises: points with and without further ones, then the prior. Eigen
// asks for these names.
struct Residuals {
  using Scalar = double;
  using InputType = Eigen::VectorXd;
  using ValueType = Eigen::VectorXd;
  using JacobianType = Eigen::MatrixXd;
  enum { InputsAtCompileTime = Eigen::Dynamic, ValuesAtCompileTime = Eigen::Dynamic };

  int inputs() const { return static_cast<int>(kConstants); }
  int values() const { return static_cast<int>(points + points_alone + kConstants); }

  int operator()(const Eigen::VectorXd& logs, Eigen::VectorXd& residuals) const {
    Eigen::Index at = 0;
    const auto add = [&](const ReplayData& curves, double usual) {
      const auto replayed = Replay(curves, FromLogs(logs), Bands::kOff);
      for (const ReplayedPoint& point : *replayed) {
        if (!Counts(point)) continue;
        residuals[at++] = Robust(std::log1p(point.Error(Predictor::kModel)) / usual);
      }
    };
    add(data, kRepeats);
    add(data_alone, kAlone);
    for (size_t i = 0; i < kConstants; ++i) {
      const auto term = static_cast<Eigen::Index>(i);
      residuals[at++] = (logs[term] - guess[term]) / kPriorDeviation;
    }
    return 0;
  }

  ReplayData data, data_alone;
  size_t points = 0, points_alone = 0;
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

const std::string& GroupOf(const MeasuredCurve& curve, LeaveOut leave_out) {
  return leave_out == LeaveOut::kSystem ? curve.system : curve.framework;
}

// The curves of one group, or those of all others.
ReplayData Part(const ReplayData& data, LeaveOut leave_out, const std::string& name,
                bool of_group) {
  ReplayData part = data;
  std::erase_if(part.curves, [&](const MeasuredCurve& curve) {
    return (GroupOf(curve, leave_out) == name) != of_group;
  });
  return part;
}

StatusOr<std::vector<double>> ErrorsWith(const ReplayData& data,
                                         const ScalingConstants& constants) {
  LOCKSTEP_ASSIGN_OR_RETURN(const std::vector<ReplayedPoint> points,
                            Replay(data, constants, Bands::kOff));
  return ErrorsOf(points);
}

// Adds to `all` as well.
ErrorSummary Collect(const std::vector<double>& errors, std::vector<double>* all) {
  all->insert(all->end(), errors.begin(), errors.end());
  return Summarise(errors);
}

Eigen::VectorXd LogsOf(const ScalingConstants& constants) {
  Eigen::VectorXd logs(static_cast<Eigen::Index>(kConstants));
  for (size_t i = 0; i < kConstants; ++i) {
    logs[static_cast<Eigen::Index>(i)] = std::log(constants.*kFittedConstants[i].value);
  }
  return logs;
}

size_t CountPoints(const std::vector<ReplayedPoint>& points) {
  return static_cast<size_t>(std::count_if(points.begin(), points.end(), Counts));
}

StatusOr<ConstantsFit> FitFrom(const ReplayData& data, Eigen::VectorXd logs) {
  Residuals residuals;
  residuals.data = data;
  residuals.data_alone = WithoutFurtherPoints(data);
  LOCKSTEP_ASSIGN_OR_RETURN(const std::vector<ReplayedPoint> points, Replay(data, {}, Bands::kOff));
  LOCKSTEP_ASSIGN_OR_RETURN(const std::vector<ReplayedPoint> points_alone,
                            Replay(residuals.data_alone, {}, Bands::kOff));
  residuals.points = CountPoints(points);
  residuals.points_alone = CountPoints(points_alone);
  ConstantsFit fit;
  fit.points = residuals.points;
  if (fit.points < kConstants) {
    return BadDataError(absl::StrFormat(
        "expected at least %d points with use \"score\" or \"sheet\" to fit %d constants, found %d",
        kConstants, kConstants, fit.points));
  }
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

ReplayData WithoutFurtherPoints(ReplayData data) {
  for (MeasuredCurve& curve : data.curves) {
    for (MeasuredPoint& point : curve.points) {
      if (point.use == PointUse::kCalib) point.use = PointUse::kScore;
    }
  }
  return data;
}

StatusOr<ConstantsFit> FitConstants(const ReplayData& data) { return FitFrom(data, FirstGuess()); }

StatusOr<CrossValidation> CrossValidate(const ReplayData& data, LeaveOut leave_out) {
  LOCKSTEP_ASSIGN_OR_RETURN(const ConstantsFit all, FitConstants(data));
  const Eigen::VectorXd start = LogsOf(all.constants);  // near, so that a fit is quick
  std::set<std::string> names;
  for (const MeasuredCurve& curve : data.curves) names.insert(GroupOf(curve, leave_out));
  CrossValidation result;
  std::vector<double> all_unseen, all_alone, all_fitted;
  for (const std::string& name : names) {
    const ReplayData own = Part(data, leave_out, name, true);
    LOCKSTEP_ASSIGN_OR_RETURN(const std::vector<double> fitted, ErrorsWith(own, all.constants));
    if (fitted.empty()) continue;
    LOCKSTEP_ASSIGN_OR_RETURN(const ConstantsFit without,
                              FitFrom(Part(data, leave_out, name, false), start));
    LOCKSTEP_ASSIGN_OR_RETURN(const std::vector<double> unseen, ErrorsWith(own, without.constants));
    LOCKSTEP_ASSIGN_OR_RETURN(const std::vector<double> alone,
                              ErrorsWith(WithoutFurtherPoints(own), without.constants));
    result.groups.push_back({name, Collect(unseen, &all_unseen), Collect(alone, &all_alone),
                             Collect(fitted, &all_fitted)});
  }
  result.unseen = Summarise(std::move(all_unseen));
  result.alone = Summarise(std::move(all_alone));
  result.fitted = Summarise(std::move(all_fitted));
  return result;
}

}  // namespace lockstep
