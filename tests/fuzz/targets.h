// What is fuzzed, as plain functions: the libFuzzer targets feed them made-up input, the ordinary
// unit tests feed them the corpus. Each may throw nothing; a broken promise aborts.
#pragma once

#include <string_view>

namespace assay::fuzz {

void placeholder(std::string_view input);
void filter(std::string_view input);
void recipe(std::string_view input);

}  // namespace assay::fuzz
