#include "verdict/quarantine.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace assay {
namespace {

TEST(Quarantine, HoldsUntilItsDay) {
  const auto day = [](const char* text) { return *from_iso8601(text); };
  Quarantine quarantine;
  quarantine.until = "2027-01-31";
  EXPECT_EQ(quarantine_state(std::nullopt, day("2027-01-01")), QuarantineState::none);
  EXPECT_EQ(quarantine_state(quarantine, day("2027-01-30T23:59")), QuarantineState::active);
  EXPECT_EQ(quarantine_state(quarantine, day("2027-01-31")), QuarantineState::expired);
  quarantine.until.clear();
  EXPECT_EQ(quarantine_state(quarantine, day("2999-01-01")), QuarantineState::active);
  quarantine.until = "soon";
  EXPECT_THROW(quarantine_state(quarantine, day("2027-01-01")), InputError);
}

TEST(Quarantine, CanBeReleasedAfterEnoughPassesInARow) {
  Quarantine quarantine;
  quarantine.owner = "ana";
  quarantine.reason = "races";
  const auto now = *from_iso8601("2027-01-01");
  std::vector<Verdict> verdicts(6, Verdict::passed);
  verdicts[2] = Verdict::errored;
  const auto review = review_quarantine(quarantine, verdicts, now);
  EXPECT_EQ(review.passes_in_a_row, 5);
  EXPECT_TRUE(review.can_be_released);
  EXPECT_EQ(review.text,
            "quarantined (owner ana; races): passed 5 times in a row, it can be released");
  verdicts[3] = Verdict::failed;
  EXPECT_EQ(review_quarantine(quarantine, verdicts, now).passes_in_a_row, 2);
  EXPECT_FALSE(review_quarantine(quarantine, verdicts, now).can_be_released);
}

}  // namespace
}  // namespace assay
