// What many results say together: `assay results --stats`.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "history/history.h"

namespace assay {

// Total, mean, median, min and max of the times, pass rates by model, the slowest and the flakiest
// cases, GPU-hours.
std::string statistics_text(std::span<const HistoryRow> rows);

// A case that fails now.
struct FailingCase {
  std::string key;
  FailingSince since;
};

// The failing cases among the newest of each case in `rows`, the longest failing first, at most
// `most`; `since` says of one of them since when.
std::vector<FailingCase> failing_cases(
    std::span<const HistoryRow> rows,
    const std::function<FailingSince(const HistoryRow& row)>& since, std::size_t most);

std::string failing_text(std::span<const FailingCase> cases);

// A node that attempts failed on more often than on the others.
struct BadNode {
  std::string name;
  NodeTally here;
  NodeTally elsewhere;
};

// Those whose failures are no chance: were each attempt as likely to fail there as elsewhere, so
// many would come less than once in a hundred such lists (binomial, times the number of nodes).
// Worst share first. At least three failures are needed.
std::vector<BadNode> bad_nodes(const std::map<std::string, NodeTally>& nodes);

std::string nodes_text(std::span<const BadNode> nodes);

}  // namespace assay
