// `assay cdash`: a CDash project for model tests.
#include <iostream>
#include <memory>

#include "base/error.h"
#include "base/secret.h"
#include "base/text.h"
#include "cli/arguments.h"
#include "cli/cdash_columns.h"
#include "cli/cdash_setup.h"
#include "cli/command_line.h"
#include "cli/commands.h"

namespace assay {

namespace {

struct CdashOptions {
  std::string url;
  std::string email;
  std::vector<std::string> recipes;
  CdashSetup setup;
};

int set_up(CdashOptions& options) {
  options.setup.measurements = measurement_columns(options.recipes);
  const auto token = read_secret("ASSAY_CDASH_TOKEN");
  CdashClient client(options.url, token.value_or(""));
  if (!options.email.empty()) {
    const auto password = read_secret("ASSAY_CDASH_PASSWORD");
    if (!password) {
      throw InputError(
          {"--email", 0, 0},
          "its password is read from ASSAY_CDASH_PASSWORD or ASSAY_CDASH_PASSWORD_FILE");
    }
    client.log_in(options.email, *password);
  } else if (!token) {
    throw InputError({"ASSAY_CDASH_TOKEN", 0, 0},
                     "a project is made with a full-access token, or with --email and a password");
  }
  set_up_cdash(client, options.setup, [](const std::string& line) { std::cout << line << '\n'; });
  std::cout << "Submit to " << client.base()
            << "/submit.php?project=" << url_encode(options.setup.project) << '\n';
  return exit_passed;
}

}  // namespace

void add_cdash_command(CliCommand app, int& exit_code) {
  auto command = app.add_subcommand("cdash", "Set up a CDash project for model tests");
  command.require_subcommand();
  auto options = std::make_shared<CdashOptions>();
  auto setup = command.add_subcommand("setup", "Make a project, or bring it up to date");
  setup.add_option("--url", options->url, "The server's address").required().type_name("URL");
  setup.add_option("--project", options->setup.project, "The project's name")
      .required()
      .type_name("NAME");
  setup
      .add_option("--recipes", options->recipes,
                  "Recipes whose metrics become columns, beside\nrun_seconds")
      .type_name("PATH");
  setup.add_option("--group", options->setup.groups, "Groups of builds that there must be")
      .type_name("NAME")
      .show_default();
  setup.add_option("--description", options->setup.description, "The project's description")
      .type_name("TEXT");
  setup.add_option("--home-url", options->setup.home_url, "The project's home page")
      .type_name("URL");
  setup.add_flag("--public", options->setup.is_public,
                 "Let everybody see a new project (default: its\nmembers)");
  setup
      .add_option("--token-file", options->setup.token_file,
                  "Make a token that may only submit, and write it to\n"
                  "this file (mode 600), unless the file exists")
      .type_name("FILE");
  setup
      .add_option("--email", options->email,
                  "Log in with this address and the password in\n"
                  "ASSAY_CDASH_PASSWORD (or the file that\n"
                  "ASSAY_CDASH_PASSWORD_FILE names), instead of a token")
      .type_name("ADDRESS");
  setup.footer(
      "Builds are kept for ever (CDash's own default deletes them after 60 days),\n"
      "CDash's test timing is off (its times include the queue), mail is sent on new\n"
      "failures, submissions need a token. What is as wanted stays: run it again at\n"
      "will. The full-access token is read from ASSAY_CDASH_TOKEN, or the file of mode\n"
      "600 that ASSAY_CDASH_TOKEN_FILE names.");
  setup.callback([options, &exit_code] { exit_code = set_up(*options); });
}

}  // namespace assay
