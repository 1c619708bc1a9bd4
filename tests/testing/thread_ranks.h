// Runs a function on thread ranks.
#ifndef LOCKSTEP_TESTS_TESTING_THREAD_RANKS_H_
#define LOCKSTEP_TESTS_TESTING_THREAD_RANKS_H_

#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "distributed/comm/local_communicator.h"

namespace lockstep {

// Calls `body` on `ranks` threads, each with its communicator, and waits for all of them.
inline void OnThreadRanks(int ranks, const LocalOptions& options,
                          const std::function<void(Communicator*)>& body) {
  std::vector<std::unique_ptr<Communicator>> communicators = MakeLocalCommunicators(ranks, options);
  std::vector<std::thread> threads;
  for (const auto& communicator : communicators) {
    threads.emplace_back([&body, &communicator] { body(communicator.get()); });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace lockstep

#endif  // LOCKSTEP_TESTS_TESTING_THREAD_RANKS_H_
