#include "tools/scale_text.h"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "absl/strings/str_format.h"
#include "core/base/number_text.h"
#include "distributed/scaling/model_miss.h"

namespace lockstep {
namespace {

// "1.87 +-0.03".
std::string WithWidth(const Estimate& estimate) {
  const double half = (estimate.high - estimate.low) / 2;
  std::string text = absl::StrFormat("%.2f", estimate.value);
  if (std::isfinite(half) && half > 0) text += absl::StrFormat(" +-%.2f", half);
  return text;
}

std::string Short(double value) {
  if (!std::isfinite(value)) return "-";
  if (std::abs(value) >= 1000) return NumberText(std::round(value));
  return absl::StrFormat("%.4g", value);
}

// In at most six columns.
std::string Brief(double value) {
  if (value < 0.1) return absl::StrFormat("%.4f", value);
  return value >= 100 ? absl::StrFormat("%.0f", value) : absl::StrFormat("%.3g", value);
}

std::string MeasuredText(const ScalingResult& result) {
  std::string text = absl::StrFormat(
      "%5s %7s %12s  %-13s %10s %12s %13s\n", "ranks", "batch", "samples/s", "speed-up",
      "efficiency", "rank-seconds", "overlap, ms");
  text += absl::StrFormat("%5s %7s %12s  %-13s %10s %12s %13s\n", "", "", "", "", "",
                          "/1000 samp.", "bound/reached");
  for (const MeasuredRanks& m : result.measured) {
    const std::string overlap =
        std::isfinite(m.overlap_bound_ms)
            ? Brief(m.overlap_bound_ms) + "/" + Brief(m.overlap_reached_ms)
            : "-";
    text += absl::StrFormat("%5d %7d %12s  %-13s %8.1f %% %12.4g %13s\n", m.ranks, m.batch,
                            NumberText(std::round(m.samples_per_second.value)),
                            WithWidth(m.speedup), 100 * m.efficiency.value, m.cost.value, overlap);
  }
  if (std::ranges::any_of(result.measured, [](const MeasuredRanks& m) {
        return std::isfinite(m.overlap_bound_ms);
      })) {
    text += "overlap: from the first gradients' readiness until all are summed; bound: the\n"
            "least that these transfers need\n";
  }
  if (result.interval_level > 0 && result.repeats > 1) {
    text += absl::StrFormat("+-: half of the interval that holds the median with %.0f %%\n",
                            100 * result.interval_level);
  }
  return text;
}

std::string BreakdownText(const ScalingResult& result) {
  std::string text = absl::StrFormat("\n%5s %10s   %s\n", "ranks", "step, ms", "of it, %");
  text += absl::StrFormat("%16s", "");
  for (const char* name : {"input", "forward", "backward", "transfer", "waiting", "optimizer"}) {
    text += absl::StrFormat(" %9s", name);
  }
  text += "\n";
  for (const MeasuredRanks& m : result.measured) {
    text += absl::StrFormat("%5d %10s", m.ranks, Short(m.step_ms.value));
    for (const NamedStepPart& part : kStepParts) {
      text += absl::StrFormat(" %9.1f", 100 * (m.parts.*part.ms) / m.parts.total_ms());
    }
    text += "\n";
  }
  for (const MeasuredRanks& m : result.measured) {
    text += absl::StrFormat("%d: %s\n", m.ranks, m.verdict);
  }
  return text;
}

std::string TermsText(const ScalingResult& result) {
  if (result.terms.empty()) return "";
  std::string text = absl::StrFormat("\nFitted, with %.0f %% intervals; gradients summed by %s\n",
                                     100 * result.model_level, result.model_form);
  for (const FittedTerm& term : result.terms) {
    text += absl::StrFormat("  %-19s %9s %-12s  %s to %s%s\n", term.name,
                            Short(term.estimate.value), term.unit, Short(term.estimate.low),
                            Short(term.estimate.high), term.fitted ? "" : ", assumed");
  }
  const Residual* largest = nullptr;
  double most = -1;
  for (const Residual& residual : result.residuals) {
    const auto measured = std::ranges::find(result.measured, residual.ranks, &MeasuredRanks::ranks);
    if (measured == result.measured.end() || residual.part == "all transfers") continue;
    const double share =
        std::abs(residual.fitted_ms - residual.measured_ms) / measured->step_ms.value;
    if (share <= most) continue;
    most = share;
    largest = &residual;
  }
  if (largest != nullptr) {
    text += absl::StrFormat("Largest residual: %s of %d rank%s, %.1f %% of a step\n", largest->part,
                            largest->ranks, largest->ranks == 1 ? "" : "s", 100 * most);
  }
  return text;
}

std::string PredictedText(const ScalingResult& result) {
  if (result.predicted.empty()) return "";
  std::string text = absl::StrFormat("\n%5s %6s %12s  %-22s %10s  %s\n", "ranks", "hosts",
                                     "step, ms", "predicted speed-up", "efficiency",
                                     "takes most");
  for (const PredictedRanks& p : result.predicted) {
    std::string speedup = Brief(p.speedup.value);
    if (p.speedup.high > p.speedup.low) {
      speedup += " (" + Brief(p.speedup.low) + " to " + Brief(p.speedup.high) + ")";
    }
    text += absl::StrFormat("%5d%s %5d %12s  %-22s %8.1f %%  %s\n", p.ranks,
                            p.measured ? "*" : " ", p.hosts, Short(p.step_ms.value), speedup,
                            100 * p.efficiency.value, p.dominant);
  }
  return text + "* fitted on\n";
}

std::string WhatIfText(const ScalingResult& result) {
  if (result.what_ifs.empty()) return "";
  const int ranks = result.what_ifs.front().ranks;
  std::string text = absl::StrFormat("\nWhat would change with %d ranks", ranks);
  const auto now = std::ranges::find(result.predicted, ranks, &PredictedRanks::ranks);
  if (now != result.predicted.end()) {
    text += absl::StrFormat(", %s times as fast as %d now", Brief(now->speedup.value),
                            result.base_ranks);
  }
  text += "\n";
  for (const ScalingWhatIf& what_if : result.what_ifs) {
    text += absl::StrFormat("  %-46s %8s times  %s\n", what_if.change, Short(what_if.speedup),
                            what_if.dominant);
  }
  return text;
}

// In lines of 80 columns.
std::string Wrapped(const std::string& text) {
  std::string out;
  size_t column = 0;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    if (column > 0 && column + 1 + word.size() > 80) {
      out += "\n";
      column = 0;
    }
    out += (column > 0 ? " " : "") + word;
    column += (column > 0 ? 1 : 0) + word.size();
  }
  return out + "\n";
}

}  // namespace

std::string ScaleText(const ScalingResult& result) {
  std::string text = MeasuredText(result) + BreakdownText(result) + TermsText(result) +
                     PredictedText(result) + WhatIfText(result) + "\n";
  for (const FailedRun& failed : result.failed) {
    text += Wrapped(absl::StrFormat("failed: %d ranks, repeat %d: %s", failed.ranks, failed.repeat,
                                    failed.why));
  }
  if (const std::string miss = ModelMiss(result); !miss.empty()) text += Wrapped("note: " + miss);
  return text + Wrapped(result.conclusion);
}

}  // namespace lockstep
