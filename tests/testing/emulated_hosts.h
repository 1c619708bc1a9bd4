// Hosts on this machine for tests (emulated_hosts.sh): network namespaces behind one switch.
#ifndef LOCKSTEP_TESTS_TESTING_EMULATED_HOSTS_H_
#define LOCKSTEP_TESTS_TESTING_EMULATED_HOSTS_H_

#include <string>

#include "tests/testing/command.h"

namespace lockstep {

// As long as the object lives. Their names hold this process' id, so that tests may run at once.
class EmulatedHosts {
 public:
  explicit EmulatedHosts(int count);
  ~EmulatedHosts();
  EmulatedHosts(const EmulatedHosts&) = delete;
  EmulatedHosts& operator=(const EmulatedHosts&) = delete;

  // "NOT TESTED: ..." where this machine allows no hosts, else "".
  const std::string& missing() const { return missing_; }
  // What went wrong where it does allow them, else "".
  const std::string& failure() const { return failure_; }

  // Shapes all links to `rate`, such as "50mbit". Fills missing() where the kernel cannot, failure()
  // where it could.
  void SetRate(const std::string& rate);
  // A launcher of `per_host` ranks on each host, and a space.
  std::string Mpirun(int per_host) const;
  // Before a command that starts mpirun by itself, as if on the first host; and a space.
  std::string OnFirst() const;
  // Of host 1, 2 ...
  std::string Name(int host) const { return prefix_ + std::to_string(host); }

 private:
  CommandResult Run(const std::string& words) const;

  int count_;
  std::string prefix_, script_;
  std::string missing_, failure_;
  bool allowed_ = false;
};

}  // namespace lockstep

#endif  // LOCKSTEP_TESTS_TESTING_EMULATED_HOSTS_H_
