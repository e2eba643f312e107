// `assay dashboard`: records as a static site.
#include "report/dashboard.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>

#include "base/files.h"
#include "cli/command_line.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "history/history.h"
#include "metrics/metrics.h"
#include "model/record.h"
#include "report/dashboard_assets.h"

namespace assay {

namespace {

namespace fs = std::filesystem;

struct DashboardOptions {
  SiteOptions site;
  std::string out;
  std::string history;
  std::string records;
  int days = 90;
  std::string title = "GPU model tests";
};

// A record that cannot be read is said and left out: the others still make a page.
int add_record_files(Dashboard& dashboard, const fs::path& directory) {
  if (!fs::is_directory(directory)) {
    throw InputError({"--records", 1, 1}, "no such directory: '" + directory.string() + "'");
  }
  int unreadable = 0;
  for (const auto& item : fs::recursive_directory_iterator(directory)) {
    if (!item.is_regular_file() || item.path().filename() != "record.json") continue;
    try {
      dashboard.add(record_from_json(read_file(item.path())));
    } catch (const Error& error) {
      std::cerr << item.path().string() << ": " << error.what() << '\n';
      ++unreadable;
    }
  }
  return unreadable;
}

// Day by day: the records of months need not be in memory at once.
void add_history(Dashboard& dashboard, const fs::path& file, int days) {
  const History history(file);
  History::Query query;
  query.all = true;
  const auto end = now() + std::chrono::hours(1);  // other hosts' clocks may be ahead
  for (int day = days; day >= 0; --day) {
    query.since = end - std::chrono::hours(24) * (day + 1);
    query.until = end - std::chrono::hours(24) * day;
    for (const auto& record : history.find(query)) dashboard.add(record);
  }
}

// The newest record's curves, where its logs still lie. What cannot be read makes no curve: the
// numbers that were judged are in the record.
void add_curves(Dashboard& dashboard) {
  for (const auto* record : dashboard.newest()) {
    if (record->attempts.empty() || record->attempts.back().directory.empty()) continue;
    const fs::path directory = record->attempts.back().directory;
    if (!fs::is_directory(directory)) continue;
    MetricSources sources;
    sources.logs_dir = directory / "logs";
    sources.stdout_log = directory / "stdout.log";
    for (const auto& metric : record->metrics) {
      if (metric.point_count < 2) continue;
      if (std::find(sources.loggers.begin(), sources.loggers.end(), metric.source) ==
          sources.loggers.end()) {
        sources.loggers.push_back(metric.source);
      }
    }
    if (sources.loggers.empty()) continue;
    const auto collected = collect(sources, {});
    std::vector<Series> curves;
    for (const auto& metric : record->metrics) {
      const auto found =
          std::find_if(collected.series.begin(), collected.series.end(), [&](const Series& series) {
            return series.name == metric.name && series.source == metric.source &&
                   series.points.size() > 1;
          });
      if (found != collected.series.end()) curves.push_back(*found);
    }
    dashboard.set_curves(*record, std::move(curves));
  }
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

// The pages first, the index last: who looks while it is written sees the old index.
void write_site(const fs::path& out, const std::vector<Dashboard::File>& files) {
  for (const auto* directory : {"assets", "data/cases", "data/runs"}) {
    make_directories(out / directory);
  }
  for (const auto& asset : dashboard_assets()) {
    write_site_file(out / asset.path, asset.content);
  }
  for (auto file = files.rbegin(); file != files.rend(); ++file) {
    write_site_file(out / file->path, file->content);
  }
}

int make_dashboard(const DashboardOptions& options) {
  Dashboard dashboard;
  int unreadable = 0;
  if (!options.records.empty()) {
    unreadable = add_record_files(dashboard, options.records);
    if (dashboard.run_count() == 0) throw Error("no record found below '" + options.records + "'");
  } else {
    const auto file = history_file(options.history, options.site.load());
    add_history(dashboard, file, options.days);
    if (dashboard.run_count() == 0) {
      throw Error("no record of the last " + std::to_string(options.days) + " days in " +
                  file.string());
    }
  }
  add_curves(dashboard);
  write_site(options.out, dashboard.files(options.title, now()));
  std::cout << (fs::path(options.out) / "index.html").string() << ": " << dashboard.case_count()
            << " cases, " << dashboard.run_count() << " runs\n";
  return unreadable == 0 ? exit_passed : exit_errored;
}

}  // namespace

void add_dashboard_command(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("dashboard", "Write the results as a static site");
  auto options = std::make_shared<DashboardOptions>();
  command->add_option("--out", options->out, "Directory to write, made where it is missing")
      ->required()
      ->type_name("DIR");
  auto* history = command
                      ->add_option("--history", options->history,
                                   "History file to read\n"
                                   "(default: $ASSAY_HISTORY, else the site file's,\n"
                                   "else ./assay/history.sqlite)")
                      ->type_name("FILE");
  command->add_option("--days", options->days, "How far back the history is read")
      ->check(CLI::Range(1, 36500))
      ->capture_default_str();
  command
      ->add_option("--records", options->records,
                   "Take the record.json files below DIR instead of\n"
                   "the history")
      ->type_name("DIR")
      ->excludes(history);
  command->add_option("--site", options->site.site, "Site file that names the history")
      ->type_name("FILE");
  command->add_option("--title", options->title, "Heading of the overview")->capture_default_str();
  command->callback([options, &exit_code] { exit_code = make_dashboard(*options); });
}

}  // namespace assay
