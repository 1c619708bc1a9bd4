// Whether somebody watches, and how much fits in a line.
#ifndef LOCKSTEP_DISTRIBUTED_TRAIN_TERMINAL_H_
#define LOCKSTEP_DISTRIBUTED_TRAIN_TERMINAL_H_

namespace lockstep {

// Columns of the terminal where stdout is shown, or 0 if it goes into a file or a pipe. mpirun
// gives its ranks terminals of its own whatever becomes of their output: there mpirun's stdout
// counts.
int TerminalColumns();

// The same of one file descriptor.
int TerminalColumns(int file_descriptor);

}  // namespace lockstep

#endif  // LOCKSTEP_DISTRIBUTED_TRAIN_TERMINAL_H_
