// The tables of the page about scaling, as HTML.
#ifndef LOCKSTEP_DISTRIBUTED_REPORT_SCALING_TABLES_H_
#define LOCKSTEP_DISTRIBUTED_REPORT_SCALING_TABLES_H_

#include <string>

#include "distributed/scaling/scaling_result.h"

namespace lockstep {

// Three digits: "12.3", "0.0123", "1,230"; an en dash for what is not known.
std::string ShortNumber(double value);

// "12.3" and its interval in quieter letters.
std::string EstimateHtml(const Estimate& estimate, double scale = 1);

// Each is empty where there is nothing to show.
std::string MeasuredTable(const ScalingResult& result);
std::string OverlapTable(const ScalingResult& result);    // and the verdicts
std::string PredictedTable(const ScalingResult& result);  // with its error where it was measured
std::string WhatIfTable(const ScalingResult& result);     // below what is so without a change
std::string TermsTable(const ScalingResult& result);
std::string ResidualsTable(const ScalingResult& result);
std::string FailedTable(const ScalingResult& result);
std::string FactsTable(const ScalingResult& result);

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_REPORT_SCALING_TABLES_H_
