// `assay baseline compare A B`.
#pragma once

#include "cli/arguments.h"

namespace assay {

void add_baseline_compare_command(CliCommand baseline, int& exit_code);

}  // namespace assay
