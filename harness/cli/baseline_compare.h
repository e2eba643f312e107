// `assay baseline compare A B`.
#pragma once

namespace CLI {
class App;
}

namespace assay {

void add_baseline_compare_command(CLI::App& baseline, int& exit_code);

}  // namespace assay
