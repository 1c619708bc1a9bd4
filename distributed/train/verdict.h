// Verdict: what kept an epoch's steps from being faster, in words, and what would help.
#ifndef LOCKSTEP_DISTRIBUTED_TRAIN_VERDICT_H_
#define LOCKSTEP_DISTRIBUTED_TRAIN_VERDICT_H_

#include <string>

#include "distributed/train/epoch_timing.h"

namespace lockstep {

enum class Cause {
  kNothing,        // ranks compute
  kTooFewSteps,    // to tell
  kTooManyRanks,   // for the cores of a host
  kInput,          // ranks wait for samples
  kLateRank,       // the others wait for one rank, in most steps
  kStall,          // the others waited for one rank that stood still now and then
  kCommunication,  // gradients take longer than backward hides
  kSmallBatch,     // what does not grow with the batch takes most of a step
};

// "input", "late_rank" ...: as timing.json has it.
const char* CauseName(Cause cause);

struct Verdict {
  Cause cause = Cause::kNothing;
  double share = 0;      // of the step's time
  int rank = -1;         // whom it blames, if it blames a rank
  int bucket = -1;       // the one that is exposed the longest
  std::string sentence = "";  // one line of at most 76 characters
};

// A pure function. Accuses nobody of what noise may have done: a rank has to come last in most
// steps, or to stand still for long several times.
Verdict Judge(const EpochTiming& timing);

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_TRAIN_VERDICT_H_
