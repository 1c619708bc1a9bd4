#include "tests/testing/emulated_hosts.h"

#include <unistd.h>

namespace lockstep {
namespace {

std::string WhyNone() {
  if (!HasMpirun()) return "NOT TESTED: mpirun is not installed";
  if (geteuid() != 0) return "NOT TESTED: emulated hosts need root";
  if (RunCommand("command -v ip").exit_code != 0) return "NOT TESTED: no iproute2";
  const CommandResult allowed = RunCommand("unshare --net --uts --mount true");
  if (allowed.exit_code == 0) return "";
  return "NOT TESTED: no network namespaces: " + allowed.output;
}

}  // namespace

EmulatedHosts::EmulatedHosts(int count)
    : count_(count),
      prefix_("ls" + std::to_string(getpid()) + "h"),
      script_("LOCKSTEP_HOSTS=" + prefix_ + " TMPDIR=/tmp " +
              RunfilePath("tests/testing/emulated_hosts.sh") + " "),
      missing_(WhyNone()) {
  allowed_ = missing_.empty();
  if (!allowed_) return;
  Run("sweep");
  const CommandResult up = Run("up " + std::to_string(count));
  if (up.exit_code != 0) failure_ = "no emulated hosts: " + up.output;
}

EmulatedHosts::~EmulatedHosts() {
  if (allowed_) Run("down");
}

void EmulatedHosts::SetRate(const std::string& rate) {
  for (int host = 1; host <= count_; ++host) {
    const CommandResult shaped =
        Run("rate " + Name(host) + " " + rate);
    if (shaped.exit_code == 0) continue;
    const bool unknown = shaped.output.find("qdisc kind is unknown") != std::string::npos;
    (unknown ? missing_ : failure_) = unknown ? "NOT TESTED: this kernel has no tbf"
                                              : "links are not shaped: " + shaped.output;
    return;
  }
}

std::string EmulatedHosts::Mpirun(int per_host) const {
  return script_ + "mpirun " + std::to_string(per_host) + " " + std::to_string(count_) + " ";
}

std::string EmulatedHosts::OnFirst() const { return script_ + "launch "; }

CommandResult EmulatedHosts::Run(const std::string& words) const {
  return RunCommand(script_ + words);
}

}  // namespace lockstep
