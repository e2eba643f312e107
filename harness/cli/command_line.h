// argv to exit code.
#pragma once

namespace assay {

// Exit codes of `assay`: `run` uses all of them, other commands 0, 1 and 2 (and 3).
enum ExitCode : int {
  exit_passed = 0,
  exit_failed = 1,
  exit_usage = 2,    // bad arguments or a bad recipe
  exit_errored = 3,  // infrastructure or harness: nothing can be said
  exit_skipped = 77,
};

int run_command_line(int argc, char** argv);

}  // namespace assay
