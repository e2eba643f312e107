// Curves against golden values, by the rules of Megatron-LM's functional tests
// (tests/functional_tests/python_test_utils/common.py there).
#pragma once

#include "model/check.h"
#include "model/metric.h"

namespace assay {

// A run's curve against one golden curve:
// * Only the golden curve's steps are compared. A step that was not logged equals a golden "nan"
//   and differs from a golden number; a logged NaN or infinity differs from everything.
// * Golden values are written with five decimals: where the golden value has no more, the logged
//   one is rounded to as many before it is compared.
// * Deterministic: every step is equal. Approximate: |a - g| <= atol + rtol * |g|, with rtol = 0.05
//   when the check says neither, at all but max(n / 100, 1) of n steps, 50 at most.
// * `iteration-time` and the two `mem-...allocated-bytes` have no exact test: they are always held
//   to the approximate one. Of `iteration-time` one value counts, the median over steps 30..45, or
//   5..20 where the golden curve ends at step 25 or before.
// `logged` is null when the run has no such metric.
Finding judge_golden(const GoldenCheck& check, const GoldenCurve& golden, const Series* logged);

}  // namespace assay
