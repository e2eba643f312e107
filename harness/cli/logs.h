// `assay logs`: see commands.h, which says what such a function does.
#pragma once

namespace CLI {
class App;
}

namespace assay {

void add_logs_command(CLI::App& app, int& exit_code);

}  // namespace assay
