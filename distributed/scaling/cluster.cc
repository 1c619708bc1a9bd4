#include "distributed/scaling/cluster.h"

#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/text_format.h>

#include "absl/strings/str_format.h"
#include "core/base/printable.h"
#include "distributed/scaling/text_table.h"

namespace lockstep {
namespace {

class FirstError : public google::protobuf::io::ErrorCollector {
 public:
  explicit FirstError(std::string file) : file_(std::move(file)) {}
  void AddError(int line, google::protobuf::io::ColumnNumber column,
                const std::string& message) override {
    if (!text_.empty()) return;
    text_ = absl::StrFormat("%s:%d:%d: %s; docs/scaling.md shows a sheet", file_, line + 1,
                            column + 1, Printable(message, 300));
  }
  void AddWarning(int, google::protobuf::io::ColumnNumber, const std::string&) override {}
  const std::string& text() const { return text_; }

 private:
  std::string file_;
  std::string text_;
};

Status Range(bool holds, const std::string& file, const char* field, const char* expected) {
  if (holds) return OkStatus();
  return UsageError(file + ": " + field + ": expected " + expected);
}

bool Positive(bool has, double value) { return !has || (value > 0 && value < 1e9); }

// A host of several GPUs needs a link inside, and several hosts a network.
Status CheckCluster(const Cluster& cluster, const std::string& file) {
  const InsideLink& inside = cluster.inside();
  const Nic& nic = cluster.nic();
  LOCKSTEP_RETURN_IF_ERROR(Range(cluster.gpus_per_host() >= 1 && cluster.gpus_per_host() <= 1024,
                                 file, "gpus_per_host", "1 to 1024"));
  LOCKSTEP_RETURN_IF_ERROR(
      Range(cluster.max_hosts() >= 0, file, "max_hosts", "0 (not known) or more"));
  LOCKSTEP_RETURN_IF_ERROR(Range(cluster.gpus_per_host() == 1 || inside.gb_s() > 0, file,
                                 "inside.gb_s", "a number above 0, as a host has several GPUs"));
  LOCKSTEP_RETURN_IF_ERROR(Range(Positive(inside.has_gb_s(), inside.gb_s()) &&
                                     Positive(inside.has_host_link_gb_s(), inside.host_link_gb_s()),
                                 file, "inside", "rates above 0"));
  LOCKSTEP_RETURN_IF_ERROR(
      Range(inside.island() == 0 || (inside.island() > 0 && inside.has_host_link_gb_s()), file,
            "inside.island", "0 or more, and host_link_gb_s beside it"));
  LOCKSTEP_RETURN_IF_ERROR(Range(Positive(nic.has_gbit_s(), nic.gbit_s()) &&
                                     Positive(nic.has_practical_gb_s(), nic.practical_gb_s()) &&
                                     nic.count() >= 1,
                                 file, "nic", "rates above 0 and at least one card"));
  LOCKSTEP_RETURN_IF_ERROR(Range(nic.latency_us() >= 0, file, "nic.latency_us", "0 or more"));
  LOCKSTEP_RETURN_IF_ERROR(Range(Positive(cluster.has_peak_tflops(), cluster.peak_tflops()) &&
                                     Positive(cluster.has_gpu_memory_gb(), cluster.gpu_memory_gb()),
                                 file, "peak_tflops and gpu_memory_gb", "numbers above 0"));
  LOCKSTEP_RETURN_IF_ERROR(Range(cluster.dispatch_us() >= 0 && cluster.dispatch_us() < 1e6, file,
                                 "dispatch_us", "0 to 1e6"));
  LOCKSTEP_RETURN_IF_ERROR(
      Range(cluster.exchange().servers() >= 1, file, "exchange.servers", "1 or more"));
  LOCKSTEP_RETURN_IF_ERROR(
      Range(Positive(cluster.exchange().has_server_gb_s(), cluster.exchange().server_gb_s()), file,
            "exchange.server_gb_s", "a number above 0"));
  return Range(cluster.max_hosts() == 1 || NetworkGbS(cluster) > 0, file, "nic",
               "gbit_s or practical_gb_s, or max_hosts: 1");
}

}  // namespace

StatusOr<Cluster> ParseCluster(std::string_view text, const std::string& file) {
  Cluster cluster;
  LOCKSTEP_RETURN_IF_ERROR(MergeCluster(text, file, &cluster));
  return cluster;
}

Status MergeCluster(std::string_view text, const std::string& name, Cluster* cluster) {
  FirstError error(name);
  google::protobuf::TextFormat::Parser parser;
  parser.RecordErrorsTo(&error);
  if (!parser.MergeFromString(std::string(text), cluster)) return UsageError(error.text());
  return CheckCluster(*cluster, name);
}

StatusOr<std::vector<Cluster>> ReadClusterTable(std::string_view text, const std::string& file) {
  LOCKSTEP_ASSIGN_OR_RETURN(
      const TextTable table,
      TextTable::Parse(
          text, file, {"system", "gpus_per_host", "intra_gb_s", "host_link_gb_s"},
          {"max_hosts", "gpu", "intra_link", "nic_gbit_s", "nics_per_host", "nic_practical_gb_s",
           "inter_latency_us", "update", "servers", "software", "year", "source", "assumed"}));
  std::vector<Cluster> clusters;
  for (size_t row = 0; row < table.rows(); ++row) {
    Cluster cluster;
    cluster.set_name(table.Text(row, "system"));
    cluster.set_gpu(table.Text(row, "gpu"));
    LOCKSTEP_ASSIGN_OR_RETURN(const int gpus, table.Count(row, "gpus_per_host"));
    cluster.set_gpus_per_host(gpus);
    LOCKSTEP_ASSIGN_OR_RETURN(const double inside, table.Number(row, "intra_gb_s", 0));
    if (inside > 0) cluster.mutable_inside()->set_gb_s(inside);
    LOCKSTEP_ASSIGN_OR_RETURN(const double host_link, table.Number(row, "host_link_gb_s", 0));
    if (host_link > 0) cluster.mutable_inside()->set_host_link_gb_s(host_link);
    LOCKSTEP_ASSIGN_OR_RETURN(const double nominal, table.Number(row, "nic_gbit_s", 0));
    if (nominal > 0) cluster.mutable_nic()->set_gbit_s(nominal);  // of the whole host
    LOCKSTEP_ASSIGN_OR_RETURN(const double practical, table.Number(row, "nic_practical_gb_s", 0));
    if (practical > 0) cluster.mutable_nic()->set_practical_gb_s(practical);
    LOCKSTEP_ASSIGN_OR_RETURN(const double latency, table.Number(row, "inter_latency_us", 20));
    cluster.mutable_nic()->set_latency_us(latency);
    clusters.push_back(cluster);
  }
  return clusters;
}

double NetworkGbS(const Cluster& cluster) {
  const Nic& nic = cluster.nic();
  if (nic.has_practical_gb_s()) return nic.practical_gb_s();
  constexpr double kReached = 0.9;
  return kReached * nic.gbit_s() * nic.count() / 8;
}

bool HasServers(const Exchange& exchange) {
  return exchange.algorithm() == Exchange::PARAMETER_SERVERS ||
         exchange.algorithm() == Exchange::PARAMETER_SERVERS_PER_HOST;
}

int HostsFor(const Cluster& cluster, int gpus) {
  return (gpus + cluster.gpus_per_host() - 1) / cluster.gpus_per_host();
}

}  // namespace lockstep
