#include "cli/history_cdash.h"

#include <iostream>

#include "base/secret.h"
#include "cli/arguments.h"
#include "cli/cdash_columns.h"
#include "cli/options.h"

namespace assay {

namespace {

CdashClient client_of(const std::string& url) {
  return {url, read_secret("ASSAY_CDASH_TOKEN").value_or("")};
}

}  // namespace

void CdashHistoryOptions::add_to_import(CliCommand command) {
  auto server = command.add_option("--cdash", url, "Read this CDash server instead of a file")
                    .type_name("URL");
  command.add_option("--project", import.project, "Its project").type_name("NAME").needs(server);
  command.add_option("--since", since, "From this period or time (UTC) on")
      .type_name("TIME")
      .needs(server)
      .show_default();
  command
      .add_option("--recipes", recipes,
                  "Recipes whose keys the cases have (default: each\n"
                  "key is recipe/<name>)")
      .type_name("PATH")
      .needs(server);
  command.add_option("--prefix", import.prefix, "What cases' names have before products'")
      .type_name("TEXT")
      .needs(server);
  command.add_option("--launcher", import.launcher, "The launcher of cases that name none")
      .type_name("NAME")
      .needs(server)
      .show_default();
  command.add_option("--gpu-model", import.gpu_model, "The GPUs of cases that name none")
      .type_name("TEXT")
      .needs(server);
  command.add_option("--branch", import.branch, "The branch that the builds are of")
      .type_name("NAME")
      .needs(server)
      .show_default();
  command.footer(
      "A server is asked by GraphQL where it answers, else by queryTests.php and\n"
      "testGraph.php; a token, where one is needed, is read from ASSAY_CDASH_TOKEN or\n"
      "the file of mode 600 that ASSAY_CDASH_TOKEN_FILE names. What is there already\n"
      "replaces itself.");
}

void CdashHistoryOptions::add_to_push(CliCommand command) {
  command.add_option("--cdash", url, "The CDash server's address").type_name("URL").required();
  command.add_option("--project", push.project, "Its project").type_name("NAME").required();
  command.add_option("--group", push.group, "The group of the builds")
      .type_name("NAME")
      .show_default();
  command.add_option("--site-name", push.site, "The builds' site (default: the launcher)")
      .type_name("NAME");
  command
      .add_option("--build-name", push.build_name,
                  "The builds' name (default: <launcher>-<GPU model>)")
      .type_name("NAME");
  command.footer(
      "One build per run, launcher and GPU model, at the time of the run. The token is\n"
      "read from ASSAY_CDASH_TOKEN or the file of mode 600 that\n"
      "ASSAY_CDASH_TOKEN_FILE names.");
}

std::size_t import_from_cdash(const CdashHistoryOptions& options, History& history) {
  auto import = options.import;
  if (import.project.empty()) throw InputError({"--cdash", 0, 0}, "say which --project is meant");
  import.since = parse_period(options.since, now(), "--since");
  if (!options.recipes.empty()) {
    SelectionOptions selection;
    selection.paths = options.recipes;
    for (const auto& product : select(selection).products) {
      import.keys[product.name()] = product.key;
    }
    import.metrics = measurement_columns(options.recipes);
  }
  auto client = client_of(options.url);
  const auto records = records_from_cdash(client, import);
  for (const auto& record : records) history.append(record);
  return records.size();
}

std::size_t push_records(const CdashHistoryOptions& options, const std::vector<Record>& records) {
  auto client = client_of(options.url);
  return push_to_cdash(client, records, options.push,
                       [](const std::string& page) { std::cout << page << '\n'; });
}

}  // namespace assay
