// Quarantined products: they run and are recorded as what they are, but do not fail the run.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "base/clock.h"
#include "model/check.h"
#include "model/product.h"

namespace assay {

enum class QuarantineState {
  none,     // the product is not quarantined
  active,   // it runs, its case passes
  expired,  // `until` has come: it counts again
};

// The quarantine ends with the first moment of its day `until` (UTC); without one it has no end.
// Throws InputError for an `until` that is no date.
QuarantineState quarantine_state(const std::optional<Quarantine>& quarantine, TimePoint now);

struct QuarantineReview {
  QuarantineState state = QuarantineState::none;
  int passes_in_a_row = 0;
  bool can_be_released = false;  // it passed often enough in a row
  std::string text;              // one line: what it is, whose, and what to do about it
};

constexpr int k_passes_to_release = 5;

// `verdicts` are of one product's runs, newest first. Those that say nothing (Errored, Skipped)
// neither count nor end a row of passes.
QuarantineReview review_quarantine(const Quarantine& quarantine, std::span<const Verdict> verdicts,
                                   TimePoint now, int passes_to_release = k_passes_to_release);

}  // namespace assay
