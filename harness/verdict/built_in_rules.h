// The built-in rules by the step of classify.h that uses them.
#pragma once

#include <span>

#include "verdict/classify.h"

namespace assay {

std::span<const BuiltInRule> end_rules();       // 3, and a job out of memory of 5
std::span<const BuiltInRule> hardware_rules();  // 4
std::span<const BuiltInRule> real_rules();      // 5
std::span<const BuiltInRule> network_rules();   // 6

}  // namespace assay
