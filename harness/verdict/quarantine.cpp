#include "verdict/quarantine.h"

#include <fmt/format.h>

#include <vector>

#include "base/text.h"

namespace assay {

namespace {

int passes_in_a_row(std::span<const Verdict> newest_first) {
  int passes = 0;
  for (const Verdict verdict : newest_first) {
    if (verdict == Verdict::failed) break;
    if (verdict == Verdict::passed) ++passes;
  }
  return passes;
}

std::string described(const Quarantine& quarantine, QuarantineState state) {
  std::vector<std::string> parts;
  if (!quarantine.owner.empty()) parts.push_back("owner " + quarantine.owner);
  if (!quarantine.issue.empty()) parts.push_back(quarantine.issue);
  if (!quarantine.reason.empty()) parts.push_back(quarantine.reason);
  std::string text = state == QuarantineState::expired ? "quarantine expired on " + quarantine.until
                     : quarantine.until.empty()        ? "quarantined"
                                                       : "quarantined until " + quarantine.until;
  return parts.empty() ? text : text + " (" + join(parts, "; ") + ")";
}

}  // namespace

QuarantineState quarantine_state(const std::optional<Quarantine>& quarantine, TimePoint now) {
  if (!quarantine) return QuarantineState::none;
  if (quarantine->until.empty()) return QuarantineState::active;
  const auto until = from_iso8601(quarantine->until);
  if (!until) {
    throw InputError(
        quarantine->place,
        fmt::format("quarantine: '{}' is no date such as 2027-01-31", quarantine->until));
  }
  return now < *until ? QuarantineState::active : QuarantineState::expired;
}

QuarantineReview review_quarantine(const Quarantine& quarantine, std::span<const Verdict> verdicts,
                                   TimePoint now, int passes_to_release) {
  QuarantineReview review;
  review.state = quarantine_state(quarantine, now);
  review.passes_in_a_row = passes_in_a_row(verdicts);
  review.can_be_released = review.passes_in_a_row >= passes_to_release;
  review.text = described(quarantine, review.state);
  if (review.can_be_released) {
    review.text +=
        fmt::format(": passed {} times in a row, it can be released", review.passes_in_a_row);
  } else if (review.state == QuarantineState::expired) {
    review.text += ": its failures count again";
  }
  return review;
}

}  // namespace assay
