// Steps of a series that are kept whatever its length, because a reduction asks for them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace assay {

// [from, to].
struct StepRange {
  std::int64_t from = 0;
  std::int64_t to = 0;
};

class KeptSteps {
 public:
  KeptSteps() = default;
  explicit KeptSteps(std::span<const StepRange> ranges) : ranges_(ranges.begin(), ranges.end()) {
    std::sort(ranges_.begin(), ranges_.end(),
              [](const StepRange& a, const StepRange& b) { return a.from < b.from; });
    std::vector<StepRange> merged;
    for (const auto& range : ranges_) {
      if (!merged.empty() && range.from <= merged.back().to) {
        merged.back().to = std::max(merged.back().to, range.to);
      } else {
        merged.push_back(range);
      }
    }
    ranges_ = std::move(merged);
  }

  bool empty() const { return ranges_.empty(); }
  bool holds(std::int64_t step) const {
    const auto behind =
        std::upper_bound(ranges_.begin(), ranges_.end(), step,
                         [](std::int64_t one, const StepRange& range) { return one < range.from; });
    return behind != ranges_.begin() && step <= (behind - 1)->to;
  }

 private:
  std::vector<StepRange> ranges_;  // ascending, apart
};

}  // namespace assay
