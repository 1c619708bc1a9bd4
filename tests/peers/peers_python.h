// Where benchmarks/setup.sh puts the Python that has the peers' packages.
#ifndef LOCKSTEP_TESTS_PEERS_PEERS_PYTHON_H_
#define LOCKSTEP_TESTS_PEERS_PEERS_PYTHON_H_

#include <cstdlib>
#include <string>

#include "tests/testing/command.h"

namespace lockstep {

inline std::string PeersPython() {
  if (const char* peers = std::getenv("LOCKSTEP_PEERS")) return std::string(peers) + "/bin/python";
  const char* home = std::getenv("HOME");
  return std::string(home == nullptr ? "" : home) + "/.cache/lockstep-peers/bin/python";
}

// Whether that Python is there and has `modules`, such as "torch, numpy".
inline bool HasModules(const std::string& modules) {
  return RunCommand(PeersPython() + " -c 'import " + modules + "'").exit_code == 0;
}

}  // namespace lockstep

#endif  // LOCKSTEP_TESTS_PEERS_PEERS_PYTHON_H_
