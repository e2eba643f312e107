#include "cli/cdash_history.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "base/error.h"
#include "base/text.h"
#include "cli/ctest_files.h"

namespace assay {

namespace {

using nlohmann::json;

constexpr int k_builds_per_page = 20;
constexpr int k_tests_per_page = 1000;

// Numbers that the harness or CTest reports beside metrics.
bool is_metric(const std::string& name) {
  constexpr std::array k_own = {"queue_seconds", "run_seconds", "Execution Time", "Processors",
                                "Exit Value"};
  if (std::find(k_own.begin(), k_own.end(), name) != k_own.end()) return false;
  return !name.ends_with(".min") && !name.ends_with(".max") && !name.ends_with(".distance");
}

std::string text_or(const json& object, const char* name, const std::string& otherwise = {}) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : otherwise;
}

// "2026-11-12T01:30:00+00:00" (GraphQL) and "2026-11-21T02:15:29 UTC" (REST), both UTC.
std::optional<TimePoint> time_of(const std::string& text) {
  return from_iso8601(text.substr(0, 19));
}

Verdict verdict_of(const std::string& status) {
  const auto word = to_lower(status);
  if (word == "passed") return Verdict::passed;
  if (word == "failed") return Verdict::failed;
  return Verdict::skipped;
}

// One test of one build, before its measurements are known.
Record test_record(const std::string& test, const std::string& status, const std::string& series,
                   TimePoint start, const CdashImport& options) {
  Record record;
  record.name = test.starts_with(options.prefix) ? test.substr(options.prefix.size()) : test;
  const auto key = options.keys.find(record.name);
  record.key = key == options.keys.end() ? "recipe/" + record.name : key->second;
  record.run_id = case_name("cdash-" + series).substr(0, 100);
  record.launcher = options.launcher;
  record.launcher_type = options.launcher;
  record.git_branch = options.branch;
  record.created = start;
  record.ended = start;
  record.verdict = verdict_of(status);
  record.attempts.emplace_back();
  record.attempts.back().end = {EndKind::exited, record.verdict == Verdict::passed ? 0 : 1, 0, ""};
  if (!options.gpu_model.empty()) record.attempts.back().gpus = {{"", options.gpu_model, ""}};
  return record;
}

void set_number(Record& record, const std::string& name, double value) {
  if (name == "queue_seconds") record.queue_seconds = value;
  if (name == "run_seconds") record.run_seconds = value;
  if (name == "Exit Value" && value == 3) record.verdict = Verdict::errored;
  if (!is_metric(name)) return;
  const bool is_there = std::any_of(record.metrics.begin(), record.metrics.end(),
                                    [&](const Metric& metric) { return metric.name == name; });
  if (is_there) return;
  Metric metric;
  metric.name = name;
  metric.value = value;
  metric.source = "cdash";
  metric.point_count = 1;
  record.metrics.push_back(std::move(metric));
}

void set_text(Record& record, const std::string& name, const std::string& value) {
  if (name == "launcher") record.launcher = value;
  if (name == "gpu_model" && !value.empty()) record.attempts.back().gpus = {{"", value, ""}};
  if (name == "job_id") record.attempts.back().job_id = value;
  if (name == "key") record.key = value;
  if (name == "run_id") record.run_id = value;
  if (name == "branch") record.git_branch = value;
  if (name == "commit") {
    record.git_commit = value.substr(0, value.find(' '));
    record.git_dirty = value.ends_with("(dirty)");
  }
}

void set_measurement(Record& record, const std::string& name, const std::string& type,
                     const json& value) {
  const auto number = number_of(value);
  if (number && (type.starts_with("numeric") || name == "Exit Value")) {
    set_number(record, name, *number);
  } else if (value.is_string()) {
    set_text(record, name, value.get<std::string>());
  }
}

std::string builds_query(const CdashImport& options, const std::string& filters,
                         const std::string& after, const std::string& tests_after, bool as_list) {
  const auto cursor = [](const std::string& text) {
    return text.empty() ? std::string{} : ", after: " + json(text).dump();
  };
  const std::string measurement = "name type value";
  return fmt::format(
      "query {{ project(name: {}) {{ builds(filters: {}, first: {}{}) {{ pageInfo {{ hasNextPage "
      "endCursor }} edges {{ node {{ name stamp startTime site {{ name }} tests(first: {}{}) {{ "
      "pageInfo {{ hasNextPage endCursor }} edges {{ node {{ name status details testMeasurements "
      "{} "
      "}} }} }} }} }} }} }} }}",
      json(options.project).dump(), filters, k_builds_per_page, cursor(after), k_tests_per_page,
      cursor(tests_after),
      as_list ? "{ " + measurement + " }" : "{ edges { node { " + measurement + " } } }");
}

// CDash made a plain list of the connection of measurements: asks for one, then for the other.
json ask(CdashClient& client, const CdashImport& options, const std::string& filters,
         const std::string& after, const std::string& tests_after, bool& as_list) {
  try {
    return client.graphql(builds_query(options, filters, after, tests_after, as_list));
  } catch (const TransientError&) {
    throw;
  } catch (const Error& error) {
    if (as_list || std::string_view(error.what()).find("edges") == std::string_view::npos) throw;
    as_list = true;
    return client.graphql(builds_query(options, filters, after, tests_after, as_list));
  }
}

// The cursor of the next page; nothing on the last one.
std::optional<std::string> next_page(const json& connection) {
  if (!connection.is_object() || !connection.contains("pageInfo")) return std::nullopt;
  const auto& info = connection["pageInfo"];
  if (!info.value("hasNextPage", false)) return std::nullopt;
  return text_or(info, "endCursor");
}

void append(std::vector<Record>& records, std::vector<Record> more) {
  records.insert(records.end(), std::make_move_iterator(more.begin()),
                 std::make_move_iterator(more.end()));
}

// The further pages of tests of builds that have more than one page of them.
void add_further_tests(CdashClient& client, const CdashImport& options, const json& builds,
                       bool& as_list, std::vector<Record>& records) {
  for (const auto& build : nodes_of(builds)) {
    auto after = next_page(build.value("tests", json()));
    while (after) {
      const auto filters = "{all: [{eq: {name: " + json(text_or(build, "name")).dump() +
                           "}}, {eq: {stamp: " + json(text_or(build, "stamp")).dump() + "}}]}";
      const auto data = ask(client, options, filters, "", *after, as_list);
      append(records, records_of_graphql(data, options));
      after.reset();
      for (const auto& again : nodes_of(data["project"]["builds"])) {
        if (!after) after = next_page(again.value("tests", json()));
      }
    }
  }
}

std::vector<Record> by_graphql(CdashClient& client, const CdashImport& options) {
  std::vector<Record> records;
  const auto filters =
      "{gt: {startTime: " + json(to_iso8601(options.since).substr(0, 19) + "+00:00").dump() + "}}";
  bool as_list = false;
  std::optional<std::string> after = "";
  while (after) {
    const auto data = ask(client, options, filters, *after, "", as_list);
    if (!data.contains("project") || data["project"].is_null()) {
      throw Error(client.base() + " shows no project '" + options.project + "' to this token");
    }
    append(records, records_of_graphql(data, options));
    const auto& builds = data["project"]["builds"];
    add_further_tests(client, options, builds, as_list, records);
    after = next_page(builds);
  }
  return records;
}

// What testGraph.php knows of one metric, by the id of the test's run.
std::map<std::string, double> graph_of(CdashClient& client, const std::string& build_id,
                                       const std::string& test, const std::string& metric) {
  const auto reply = client.get("/api/v1/testGraph.php", {{"buildid", build_id},
                                                          {"testname", test},
                                                          {"type", "measurement"},
                                                          {"measurementname", metric}});
  std::map<std::string, double> values;
  if (!reply.succeeded() || !reply.body.is_array()) return values;
  for (const auto& series : reply.body) {
    for (const auto& point : series.value("data", json::array())) {
      const auto value = number_of(point.value("y", json()));
      if (value && point.contains("buildtestid")) values[point["buildtestid"].dump()] = *value;
    }
  }
  return values;
}

std::string after_slash(const std::string& link) { return link.substr(link.rfind('/') + 1); }

// Asks once per series and metric: an answer holds the whole of its past.
void add_graphs(CdashClient& client, const CdashImport& options, const json& rows,
                std::vector<Record>& records) {
  std::map<std::string, std::map<std::string, double>> known;
  for (std::size_t i = 0; i < records.size(); ++i) {
    const auto& row = rows[i];
    for (const auto& metric : options.metrics) {
      const auto series = text_or(row, "site") + "\n" + text_or(row, "buildName") + "\n" +
                          text_or(row, "testname") + "\n" + metric;
      const auto [found, is_new] = known.try_emplace(series);
      if (is_new) {
        found->second = graph_of(client, after_slash(text_or(row, "buildSummaryLink")),
                                 text_or(row, "testname"), metric);
      }
      const auto value = found->second.find(after_slash(text_or(row, "testDetailsLink")));
      if (value != found->second.end()) set_number(records[i], metric, value->second);
    }
  }
}

std::vector<Record> by_rest(CdashClient& client, const CdashImport& options) {
  const auto reply =
      client.get("/api/v1/queryTests.php", {{"project", options.project},
                                            {"begin", to_iso8601(options.since).substr(0, 10)},
                                            {"end", to_iso8601(now()).substr(0, 10)}});
  if (!reply.succeeded() || !reply.body.is_object() || !reply.body.contains("builds")) {
    throw Error(client.base() + "/api/v1/queryTests.php: " + reply.reason());
  }
  auto records = records_of_query_tests(reply.body, options);
  add_graphs(client, options, reply.body["builds"], records);
  return records;
}

}  // namespace

std::vector<Record> records_of_graphql(const json& data, const CdashImport& options) {
  std::vector<Record> records;
  for (const auto& build : nodes_of(data.at("project").at("builds"))) {
    const auto start = time_of(text_or(build, "startTime"));
    if (!start) throw Error("a build has the start time '" + text_or(build, "startTime") + "'");
    const auto site = build.contains("site") ? text_or(build["site"], "name") : std::string{};
    const auto series = site + "-" + text_or(build, "name") + "-" + text_or(build, "stamp");
    for (const auto& test : nodes_of(build.value("tests", json()))) {
      auto record =
          test_record(text_or(test, "name"), text_or(test, "status"), series, *start, options);
      record.summary = std::string(trim(text_or(test, "details")));
      for (const auto& one : nodes_of(test.value("testMeasurements", json()))) {
        set_measurement(record, text_or(one, "name"), text_or(one, "type"),
                        one.value("value", json()));
      }
      records.push_back(std::move(record));
    }
  }
  return records;
}

std::vector<Record> records_of_query_tests(const json& page, const CdashImport& options) {
  std::vector<Record> records;
  const auto names = page.value("extrameasurements", json::array());
  for (const auto& row : page.at("builds")) {
    const auto start = time_of(text_or(row, "buildstarttime"));
    if (!start) throw Error("a row has the start time '" + text_or(row, "buildstarttime") + "'");
    const auto series = text_or(row, "site") + "-" + text_or(row, "buildName") + "-" +
                        text_or(row, "buildstarttime");
    auto record =
        test_record(text_or(row, "testname"), text_or(row, "status"), series, *start, options);
    record.summary = std::string(trim(text_or(row, "details")));
    const auto values = row.value("measurements", json::array());
    for (std::size_t i = 0; i < names.size() && i < values.size(); ++i) {
      const auto number = number_of(values[i]);
      const auto name = names[i].get<std::string>();
      if (number) {
        set_number(record, name, *number);
      } else if (values[i].is_string()) {
        set_text(record, name, values[i].get<std::string>());
      }
    }
    records.push_back(std::move(record));
  }
  return records;
}

std::vector<Record> records_from_cdash(CdashClient& client, const CdashImport& options) {
  std::vector<Record> records;
  try {
    records = by_graphql(client, options);
  } catch (const TransientError&) {
    throw;
  } catch (const Error& error) {
    const std::string why = error.what();
    try {
      records = by_rest(client, options);
    } catch (const Error& other) {
      throw Error(why + "; " + other.what());
    }
  }
  std::erase_if(records, [&](const Record& record) { return record.created < options.since; });
  std::stable_sort(records.begin(), records.end(),
                   [](const Record& a, const Record& b) { return a.created < b.created; });
  return records;
}

}  // namespace assay
