// Whether an attempt is repeated: only the driver decides it, by the recipe's `retry` rules.
#pragma once

#include <span>
#include <string>

#include "model/product.h"
#include "model/record.h"

namespace assay {

struct RetryDecision {
  bool again = false;
  std::string class_name;  // "", "infra", "flaky", "real"
  std::string reason;      // one line
};

// `attempt` is the `number`-th of its repeat, with its findings.
RetryDecision decide(const Product& product, const Attempt& attempt,
                     std::span<const Finding> findings, int number);

}  // namespace assay
