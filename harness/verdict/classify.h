// Why an attempt did not pass: the infrastructure (`infra`), something that comes and goes by the
// recipe's own word (`flaky`), or the code under test (`real`); and whether another attempt is due.
//
// What is infrastructure is decided narrowly. The first rule that applies decides:
//   1. A failed baseline (the job exited as expected, a check failed) is real. Only a rule of the
//      recipe that names such an end (`exit_code: 0`, `state: exited`) says otherwise.
//   2. The recipe's own `retry` rules, in their order.
//   3. How the job ended: cancelled and deadline are infra and never repeated; node-failed,
//      preempted, launch-failed and lost are infra.
//   4. Broken hardware in the logs (ECC, Xid errors of the GPU itself): infra.
//   5. A crash or a job out of memory, by its end or in the logs, and errors of the code (NaN,
//      illegal memory access, a Python AssertionError, ...): real. They come before 6 because the
//      ranks that survive a crash complain about the network.
//   6. Network, storage and launch errors in the logs: infra.
//   7. Anything else is real.
// An infra attempt is repeated once unless a rule of the recipe says how often; a real one never.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/check.h"
#include "model/job.h"
#include "model/product.h"

namespace assay {

enum class AttemptClass { none, infra, flaky, real };  // none: it passed

// "" for none, "infra", "flaky", "real": what Attempt::class_ keeps.
std::string to_string(AttemptClass attempt_class);

// A line of the built-in set, for `assay show`. One of `state` and `pattern` is set.
struct BuiltInRule {
  AttemptClass attempt_class = AttemptClass::infra;
  std::string_view meaning;  // "a GPU's memory failed"
  std::string_view state;    // an EndKind's name
  std::string_view pattern;  // RE2 over one line of a log
};
std::span<const BuiltInRule> built_in_rules();

// All attempts that a built-in rule allows, the first included.
int max_attempts(const BuiltInRule& rule);

struct Classification {
  AttemptClass attempt_class = AttemptClass::none;
  std::string reason;    // one line: what decided, and the matching line of the log
  int max_attempts = 1;  // all attempts allowed, the first included
};

// `logs` are searched in their order; those that do not exist have nothing to say. Throws Error
// when one cannot be read.
Classification classify(std::span<const RetryRule> rules, const JobEnd& end,
                        std::span<const Finding> findings,
                        std::span<const std::filesystem::path> logs);

// Whether another attempt follows `attempts` made so far, the classified one included.
bool is_another_due(const Classification& classification, int attempts);

}  // namespace assay
