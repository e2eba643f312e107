// The scheduling loop's constants, and what they are measured against.
#pragma once

#include <algorithm>
#include <chrono>

#include "model/job.h"

namespace assay::timing {

using std::chrono::milliseconds;

// An array of more is two.
inline constexpr std::size_t k_largest_batch = 1000;

// A first submission goes at once. While more jobs come, they are collected: half a second, a
// second, ... eight seconds, but not for longer than a second after the last one came, so that a
// thousand drivers started by one ctest, which takes half a minute or two, make a dozen arrays.
inline constexpr milliseconds k_first_collecting{500};
inline constexpr milliseconds k_longest_collecting{8'000};
inline constexpr milliseconds k_quiet{1'000};
inline constexpr milliseconds k_rest_between_bursts{20'000};

// After a limit's refusal, growing.
inline constexpr milliseconds k_first_limit_pause{2'000};
inline constexpr milliseconds k_longest_limit_pause{60'000};

// A call that got no answer is made again after one second, two, ... a minute.
inline constexpr milliseconds k_first_retry{1'000};
inline constexpr milliseconds k_longest_retry{60'000};
inline constexpr int k_failures_of_silence = 2;

// A hung controller may make a job of a submission some time after its client gave up, so a
// submission counts as never made when two look-ups that were answered, this far apart, found none.
inline constexpr milliseconds k_look_up_again{10'000};
inline constexpr milliseconds k_first_look_up{1'000};
inline constexpr int k_look_ups = 2;

inline constexpr milliseconds k_cancel_again{30'000};
inline constexpr milliseconds k_gone{30'000};  // unknown that long after its cancelling
inline constexpr int k_rest_per_poll = 20;
inline constexpr milliseconds k_longest_rest{3'600'000};

// 1, 2, 4, ... times `first`, at most `longest`.
constexpr milliseconds doubling(milliseconds first, milliseconds longest, int round) {
  return std::min(longest, milliseconds(first.count() << std::clamp(round, 0, 20)));
}

constexpr milliseconds pause_after_failures(int failures) {
  return doubling(k_first_retry, k_longest_retry, failures - 1);
}

}  // namespace assay::timing

namespace assay {

// Whether a job came to its end by itself, so that its result says something about its product.
constexpr bool is_own_end(const JobEnd& end) {
  return end.kind == EndKind::exited || end.kind == EndKind::signaled ||
         end.kind == EndKind::timed_out || end.kind == EndKind::out_of_memory;
}

}  // namespace assay
