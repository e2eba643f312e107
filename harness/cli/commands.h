// The subcommands of `assay`: one file per command, one function each, called once by
// run_command_line. A function adds its subcommand to `app` and gives it a callback, which leaves
// the process's exit code in `exit_code`. Results go to stdout, diagnosis to stderr; InputError and
// Error thrown by a callback become exit codes 2 and 3 in run_command_line.
#pragma once

#include "cli/arguments.h"

namespace assay {

void add_baseline_command(CliCommand app, int& exit_code);
void add_broker_command(CliCommand app, int& exit_code);
void add_cancel_command(CliCommand app, int& exit_code);
void add_cdash_command(CliCommand app, int& exit_code);
void add_ci_command(CliCommand app, int& exit_code);
void add_dashboard_command(CliCommand app, int& exit_code);
void add_discover_command(CliCommand app, int& exit_code);
void add_list_command(CliCommand app, int& exit_code);
void add_lint_command(CliCommand app, int& exit_code);
void add_new_command(CliCommand app, int& exit_code);
void add_show_command(CliCommand app, int& exit_code);
void add_run_command(CliCommand app, int& exit_code);
void add_resources_command(CliCommand app, int& exit_code);
void add_site_command(CliCommand app, int& exit_code);
void add_results_command(CliCommand app, int& exit_code);
void add_diff_command(CliCommand app, int& exit_code);
void add_history_command(CliCommand app, int& exit_code);
void add_rerun_command(CliCommand app, int& exit_code);
void add_report_command(CliCommand app, int& exit_code);
void add_completion_command(CliCommand app, int& exit_code);

}  // namespace assay
