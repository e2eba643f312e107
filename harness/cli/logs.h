// `assay logs`: see commands.h, which says what such a function does.
#pragma once

#include "cli/arguments.h"

namespace assay {

void add_logs_command(CliCommand app, int& exit_code);

}  // namespace assay
