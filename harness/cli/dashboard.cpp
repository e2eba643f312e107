// `assay dashboard`: records as a static site, or served to this machine's browser while tests run.
#include "report/dashboard.h"

#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>

#include "base/files.h"
#include "base/loopback_server.h"
#include "cli/arguments.h"
#include "cli/command_line.h"
#include "cli/commands.h"
#include "cli/dashboard_input.h"
#include "cli/options.h"
#include "report/dashboard_assets.h"
#include "report/dashboard_files.h"

namespace assay {

namespace {

namespace fs = std::filesystem;

constexpr auto k_refresh_interval = std::chrono::seconds(1);

struct DashboardOptions {
  SiteOptions site;
  std::string out;
  bool serve = false;
  unsigned short port = 0;
  std::string history;
  std::string records;
  int days = 90;
  std::string title = "GPU model tests";
  SelectionOptions expected;
};

std::unique_ptr<DashboardInput> input_of(const DashboardOptions& options) {
  if (!options.records.empty()) return records_at(options.records);
  return records_of_history(history_file(options.history, options.site.load()), options.days);
}

// The products that the newest run should have. What is wrong in their recipes is said, and makes
// `exit_code` red: a recipe that does not parse has cases that nobody knows.
std::vector<ExpectedCase> expected_cases(const SelectionOptions& options, int& exit_code) {
  std::vector<ExpectedCase> cases;
  if (options.paths.empty()) return cases;
  const auto selection = select(options);
  exit_code = report_errors(selection);
  for (const auto& product : selection.products) {
    ExpectedCase expected{product.key, product.name(), {}};
    for (const auto& [name, value] : product.bindings) {
      if (*name == "model" && !value->is_null()) {
        expected.labels.emplace_back(*name, value->rendered());
      }
    }
    for (const auto* scope : product.scopes) {
      expected.labels.emplace_back("scope", scope->rendered());
    }
    cases.push_back(std::move(expected));
  }
  return cases;
}

// Renamed into place, but not synced: a site can be written again, and has thousands of files.
void write_site_file(const fs::path& path, std::string_view content) {
  const auto temporary = path.string() + ".tmp";
  std::ofstream stream(temporary, std::ios::binary);
  stream << content;
  stream.close();
  if (!stream) throw Error("cannot write " + temporary);
  fs::rename(temporary, path);
}

// The index comes last: who looks while the site is written sees the old one.
void write_site(const fs::path& out, const DashboardFiles& files) {
  for (const auto* directory : {"assets", "data/cases", "data/runs"}) {
    make_directories(out / directory);
  }
  for (const auto& asset : dashboard_assets()) {
    write_site_file(out / asset.path, asset.content);
  }
  for (const auto& path : files.paths()) write_site_file(out / path, *files.content(path));
}

int write_dashboard(const DashboardOptions& options) {
  Dashboard dashboard;
  const auto input = input_of(options);
  int exit_code = exit_passed;
  const auto expected = expected_cases(options.expected, exit_code);
  input->add_new(dashboard);
  if (dashboard.run_count() == 0) {
    throw Error(options.records.empty() ? "no record of the last " + std::to_string(options.days) +
                                              " days in " + input->name()
                                        : "no record found in " + input->name());
  }
  dashboard.expect(expected, dashboard.newest_run(), 'm');
  write_site(options.out, DashboardFiles(dashboard, {options.title, now(), 0}));
  std::cout << (fs::path(options.out) / "index.html").string() << ": " << dashboard.case_count()
            << " cases, " << dashboard.run_count() << " runs\n";
  if (input->unreadable() > 0) exit_code = exit_errored;
  return exit_code;
}

// What is served: everything lies in memory, so that no path of a request is one of the disk.
class LiveSite {
 public:
  LiveSite(const DashboardOptions& options, int& exit_code)
      : title_(options.title),
        input_(input_of(options)),
        expected_(expected_cases(options.expected, exit_code)) {
    refresh();
  }

  // Takes in what came meanwhile.
  void refresh() {
    if (input_->add_new(dashboard_) == 0 && files_) return;
    const auto newest = dashboard_.newest_run();
    if (newest != run_) dashboard_.expect(expected_, run_, 'm');
    run_ = newest;
    dashboard_.expect(expected_, run_, 'w');
    files_.emplace(dashboard_, DashboardTitle{title_, now(), ++generation_});
  }

  HttpAnswer answer(std::string_view path) const {
    path.remove_prefix(1);
    if (path.empty()) path = "index.html";
    if (path == "data/live.js") {
      return {200, type_of(path),
              "assay.receive(\"live\",{\"generation\":" + std::to_string(generation_) + "});\n"};
    }
    for (const auto& asset : dashboard_assets()) {
      if (asset.path == path) return {200, type_of(path), std::string(asset.content)};
    }
    if (auto content = files_->content(path)) return {200, type_of(path), std::move(*content)};
    return {404, "text/plain; charset=utf-8", "no such page\n"};
  }

 private:
  static std::string type_of(std::string_view path) {
    if (path.ends_with(".js")) return "text/javascript; charset=utf-8";
    if (path.ends_with(".css")) return "text/css; charset=utf-8";
    if (path.ends_with(".html")) return "text/html; charset=utf-8";
    return "text/plain; charset=utf-8";
  }

  std::string title_;
  std::unique_ptr<DashboardInput> input_;
  std::vector<ExpectedCase> expected_;
  Dashboard dashboard_;
  std::optional<DashboardFiles> files_;
  std::string run_;
  int generation_ = 0;
};

int serve_dashboard(const DashboardOptions& options) {
  int exit_code = exit_passed;
  LiveSite site(options, exit_code);
  LoopbackServer server(options.port, [&](std::string_view path) { return site.answer(path); });
  std::cout << "http://127.0.0.1:" << server.port() << "/ until Ctrl+C" << std::endl;
  server.run(k_refresh_interval, [&] {
    try {
      site.refresh();
    } catch (const Error& error) {  // a history that is locked just now: the next second is near
      std::cerr << error.what() << '\n';
    }
  });
  return exit_code;
}

void add_output_options(CliCommand command, const std::shared_ptr<DashboardOptions>& options) {
  auto out = command
                 .add_option("--out", options->out,
                             "Write the site to this directory, made where it is\n"
                             "missing")
                 .type_name("DIR");
  auto serve = command.add_flag("--serve", options->serve,
                                "Show it on 127.0.0.1, following what comes, until\n"
                                "Ctrl+C");
  serve.excludes(out);
  command.add_option("--port", options->port, "Port of --serve; 0 takes a free one and says which")
      .needs(serve)
      .show_default();
  command.add_option("--title", options->title, "Heading of the overview").show_default();
}

void add_input_options(CliCommand command, const std::shared_ptr<DashboardOptions>& options) {
  auto history = command
                     .add_option("--history", options->history,
                                 "History file to read\n"
                                 "(default: $ASSAY_HISTORY, else the site file's,\n"
                                 "else ./assay/history.sqlite)")
                     .type_name("FILE");
  command.add_option("--days", options->days, "How far back the history is read")
      .in_range(1, 36500)
      .show_default();
  command
      .add_option("--records", options->records,
                  "Take the record.json files below a directory, or a\n"
                  "file of JSON lines, instead of the history")
      .type_name("PATH")
      .excludes(history);
  command.add_option("--site", options->site.site, "Site file that names the history")
      .type_name("FILE");
  auto expect = command
                    .add_option("--expect", options->expected.paths,
                                "Recipes whose cases the newest run should have:\n"
                                "those without a record in it are red. Repeatable")
                    .type_name("PATH");
  command
      .add_option("--filter", options->expected.filter,
                  "Expect only the products that this expression\n"
                  "selects")
      .type_name("EXPR")
      .needs(expect);
}

}  // namespace

void add_dashboard_command(CliCommand app, int& exit_code) {
  auto command = app.add_subcommand("dashboard", "Show the results as a site");
  auto options = std::make_shared<DashboardOptions>();
  add_output_options(command, options);
  add_input_options(command, options);
  command.callback([options, &exit_code] {
    if (!options->serve && options->out.empty()) {
      throw_missing("--out or --serve");
    }
    exit_code = options->serve ? serve_dashboard(*options) : write_dashboard(*options);
  });
}

}  // namespace assay
