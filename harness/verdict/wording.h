// How numbers read in a finding's reason.
#pragma once

#include <string>

namespace assay {

// Six significant digits: "2.61", "4341760", "1.735e-06". Integers keep all their digits.
std::string short_number(double value);

// `value` as short as it can be and still differ from `other`.
std::string distinct_number(double value, double other);

// "+0.8 %", "-100 %", "+0.0012 %": from `reference` to `value`. Against a reference of 0 it is the
// difference itself: "+0.3".
std::string relative_change(double value, double reference);

}  // namespace assay
