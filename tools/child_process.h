// Runs a program as a child and says how it ended.
#ifndef LOCKSTEP_TOOLS_CHILD_PROCESS_H_
#define LOCKSTEP_TOOLS_CHILD_PROCESS_H_

#include <string>
#include <vector>

#include "core/base/status.h"

namespace lockstep {

// Path of the running binary.
std::string OwnBinary();

// Runs words[0], looked for in PATH, with all words as its arguments and nothing to read; what it
// prints goes into the file `output`. Returns once it has ended. Errors, each with the last line
// that it printed: the child's exit code where that is one of lockstep's, IoError where it was
// ended by a signal or cannot be started.
Status RunChild(const std::vector<std::string>& words, const std::string& output);

}  // namespace lockstep

#endif  // LOCKSTEP_TOOLS_CHILD_PROCESS_H_
