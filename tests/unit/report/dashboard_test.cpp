#include "report/dashboard.h"

#include <gmock/gmock.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "report/dashboard_assets.h"
#include "report/dashboard_files.h"

namespace assay {
namespace {

using nlohmann::json;
using std::chrono::hours;
using std::chrono::seconds;

const TimePoint k_start{hours(24 * 20000)};

Record make_record(const std::string& run, const std::string& name, Verdict verdict,
                   TimePoint created = k_start) {
  Record record;
  record.run_id = run;
  record.key = "recipe/" + name;
  record.name = name;
  record.launcher = "local";
  record.created = created;
  record.verdict = verdict;
  record.labels = {{"model", "esm2"}, {"scope", "smoke"}};
  return record;
}

void add_metric(Record& record, double value, double maximum) {
  Metric metric;
  metric.name = "val_loss";
  metric.value = value;
  metric.goal = Goal::minimize;
  record.metrics.push_back(metric);
  Finding finding;
  finding.check = "val_loss.leq";
  finding.metric = "val_loss";
  finding.maximum = maximum;
  record.findings.push_back(finding);
}

void add(Dashboard& dashboard, const Record& record) { dashboard.add(to_json_line(record)); }

// The data of a file; the call around it is checked on the way.
json parsed(const std::string& content) {
  const std::string head = "assay.receive(\"";
  EXPECT_EQ(content.substr(0, head.size()), head);
  EXPECT_EQ(content.substr(content.size() - 3), ");\n");
  const auto at = content.find(",{") + 1;
  return json::parse(content.substr(at, content.size() - 3 - at));
}

json data_of(const Dashboard& dashboard, const std::string& path) {
  const DashboardFiles files(dashboard, {"Title", k_start, 0});
  const auto content = files.content(path);
  EXPECT_TRUE(content) << path;
  return content ? parsed(*content) : json();
}

json index_of(const Dashboard& dashboard) { return data_of(dashboard, "data/index.js"); }

json case_of(const Dashboard& dashboard, std::size_t number = 0) {
  return data_of(
      dashboard,
      "data/cases/" + index_of(dashboard)["cases"][number]["id"].get<std::string>() + ".js");
}

json run_of(const Dashboard& dashboard, std::size_t number) {
  return data_of(
      dashboard,
      "data/runs/" + index_of(dashboard)["runs"][number]["file"].get<std::string>() + ".js");
}

TEST(Dashboard, IndexHasRunsByTimeAndOneLetterPerRun) {
  Dashboard dashboard;
  add(dashboard, make_record("later", "a", Verdict::failed, k_start + hours(2)));
  add(dashboard, make_record("first", "a", Verdict::passed, k_start));
  add(dashboard, make_record("middle", "b", Verdict::errored, k_start + hours(1)));
  const auto index = index_of(dashboard);
  EXPECT_EQ(index["runs"][0]["id"], "first");
  EXPECT_EQ(index["runs"][2]["id"], "later");
  EXPECT_EQ(index["cases"][0]["name"], "a");
  EXPECT_EQ(index["cases"][0]["verdicts"], "p.f");
  EXPECT_EQ(index["cases"][0]["model"], "esm2");
  EXPECT_EQ(index["cases"][1]["first"], 1);
  EXPECT_EQ(index["cases"][1]["verdicts"], "e");
  EXPECT_EQ(index["live"], 0);
}

TEST(Dashboard, NewestRecordOfARunCountsWhateverTheOrder) {
  const auto old = make_record("run", "a", Verdict::failed, k_start);
  const auto rerun = make_record("run", "a", Verdict::passed, k_start + hours(1));
  for (const bool old_first : {true, false}) {
    Dashboard dashboard;
    add(dashboard, old_first ? old : rerun);
    add(dashboard, old_first ? rerun : old);
    EXPECT_EQ(index_of(dashboard)["cases"][0]["verdicts"], "p");
    EXPECT_EQ(index_of(dashboard)["runs"][0]["time"], k_start.time_since_epoch().count());
  }
}

TEST(Dashboard, OneKeyOnTwoLaunchersIsTwoCases) {
  Dashboard dashboard;
  add(dashboard, make_record("run", "a", Verdict::passed));
  auto other = make_record("run", "a", Verdict::failed);
  other.launcher = "slurm";
  add(dashboard, other);
  EXPECT_EQ(dashboard.case_count(), 2U);
  EXPECT_EQ(case_of(dashboard, 0)["launcher"], "local");
  EXPECT_EQ(case_of(dashboard, 1)["launcher"], "slurm");
}

TEST(Dashboard, MetricsAreColumnsAndBandsAreWrittenWhereTheyChange) {
  Dashboard dashboard;
  const std::vector<double> maxima{3, 3, 2.5};
  for (std::size_t run = 0; run < 3; ++run) {
    auto record = make_record("run" + std::to_string(run), "a", Verdict::passed,
                              k_start + hours(static_cast<int>(run)));
    add_metric(record, 2.5, maxima[run]);
    add(dashboard, record);
  }
  const auto metric = case_of(dashboard)["metrics"][0];
  EXPECT_EQ(metric["values"], 2.5);
  EXPECT_EQ(metric["goal"], "minimize");
  EXPECT_EQ(metric["bands"]["count"], 2);
  EXPECT_TRUE(metric["bands"]["minimum"].is_null());
  EXPECT_EQ(metric["bands"]["at"], json::parse(R"([-5, 0, 3, "AABw1B"])"));
}

TEST(Dashboard, SeveralChecksOfAMetricMakeTheNarrowestBand) {
  Dashboard dashboard;
  auto record = make_record("run", "a", Verdict::passed);
  add_metric(record, 2, 3);
  auto second = record.findings.back();
  second.minimum = 1;
  second.maximum = 2.5;
  record.findings.push_back(second);
  add(dashboard, record);
  const auto bands = case_of(dashboard)["metrics"][0]["bands"];
  EXPECT_EQ(bands["count"], 1);
  EXPECT_EQ(bands["minimum"], 1);
  EXPECT_EQ(bands["maximum"], 2.5);
}

TEST(Dashboard, WhatIsNoNumberIsNull) {
  Dashboard dashboard;
  auto record = make_record("run", "a", Verdict::failed);
  add_metric(record, std::numeric_limits<double>::quiet_NaN(), 3);
  add(dashboard, record);
  EXPECT_TRUE(case_of(dashboard)["metrics"][0]["values"].is_null());
}

TEST(Dashboard, CurvesOfInterestComeFirstAndAreThinned) {
  Dashboard dashboard;
  auto record = make_record("run", "a", Verdict::passed);
  add_metric(record, 2, 3);
  add(dashboard, record);
  DashboardCurves curves;
  curves.logged.resize(6);
  for (std::size_t i = 0; i < 6; ++i) curves.logged[i].name = "other" + std::to_string(i);
  curves.logged.back().name = "val_loss";
  for (int step = 0; step < 1000; ++step) curves.logged.back().points.push_back({step, step / 2.0});
  curves.golden.resize(1);
  curves.golden[0].name = "other3";
  curves.golden[0].points = {{1, 7}, {5, 7}};
  ASSERT_EQ(dashboard.without_curves().size(), 1U);
  dashboard.set_curves(dashboard.without_curves().front(), curves);
  EXPECT_TRUE(dashboard.without_curves().empty());
  const auto kept = case_of(dashboard)["latest"]["curves"];
  ASSERT_EQ(kept.size(), 4U);
  EXPECT_EQ(kept[0]["name"], "other3");
  EXPECT_EQ(kept[0]["golden"], json::parse(R"({"steps": [1, 5], "values": 7.0})"));
  EXPECT_EQ(kept[1]["name"], "val_loss");
  EXPECT_FALSE(kept[1].contains("golden"));
  EXPECT_EQ(kept[1]["steps"].size(), 120U);
  EXPECT_EQ(kept[1]["steps"].front(), 0);
  EXPECT_EQ(kept[1]["steps"].back(), 999);
}

TEST(Dashboard, NewerRecordHasItsCurvesReadAgain) {
  Dashboard dashboard;
  add(dashboard, make_record("run0", "a", Verdict::passed));
  dashboard.set_curves(dashboard.without_curves().front(), {});
  add(dashboard, make_record("run1", "a", Verdict::passed, k_start + hours(1)));
  EXPECT_EQ(dashboard.without_curves().size(), 1U);
}

TEST(Dashboard, NotesAndJobsSayWhyACaseDidNotPass) {
  Dashboard dashboard;
  auto passed = make_record("run0", "a", Verdict::passed);
  passed.attempts.resize(1);
  passed.attempts[0].job_id = "1";
  passed.summary = "fine";
  add(dashboard, passed);
  auto record = make_record("run1", "a", Verdict::failed, k_start + hours(1));
  record.summary = "exit code 3";
  record.attempts.resize(1);
  record.attempts[0].job_id = "4711";
  add(dashboard, record);
  EXPECT_EQ(case_of(dashboard)["notes"], json::parse(R"({"1": "exit code 3"})"));
  EXPECT_EQ(case_of(dashboard)["jobs"], json::parse(R"({"1": "4711"})"));
  EXPECT_EQ(run_of(dashboard, 1)["notes"]["0"], "exit code 3");
}

TEST(Dashboard, DirectoriesLeaveTheRunsIdOpen) {
  Dashboard dashboard;
  for (const std::string run : {"r1", "r2"}) {
    auto record = make_record(run, "a", Verdict::passed, k_start + hours(run == "r2" ? 1 : 0));
    record.attempts.resize(1);
    record.attempts[0].directory = "/work/" + run + "/a/1";
    add(dashboard, record);
  }
  EXPECT_EQ(case_of(dashboard)["directories"], json::parse(R"(["/work/{run}/a/1"])"));
  EXPECT_EQ(case_of(dashboard)["directory"], json::parse("[[0, 0]]"));
}

TEST(Dashboard, EnvironmentIsWrittenWhereItChanges) {
  Dashboard dashboard;
  for (int run = 0; run < 4; ++run) {
    auto record =
        make_record("r" + std::to_string(run), "a", Verdict::passed, k_start + hours(run));
    record.image = run < 2 ? "old" : "new";
    add(dashboard, record);
  }
  const auto data = case_of(dashboard);
  EXPECT_EQ(data["environment"], json::parse("[[0, 0], [2, 1]]"));
  EXPECT_EQ(data["environments"][1]["image"], "new");
}

TEST(Dashboard, ExpectedCaseWithoutARecordIsMissing) {
  Dashboard dashboard;
  add(dashboard, make_record("run0", "known", Verdict::passed));
  add(dashboard, make_record("run0", "there", Verdict::passed));
  add(dashboard, make_record("run1", "there", Verdict::passed, k_start + hours(1)));
  const std::vector<ExpectedCase> expected{{"recipe/known", "known", {}},
                                           {"recipe/never", "never", {{"model", "m"}}},
                                           {"recipe/there", "there", {}}};
  EXPECT_EQ(dashboard.newest_run(), "run1");
  dashboard.expect(expected, "run1", 'm');
  dashboard.expect(expected, "no such run", 'm');
  const auto cases = index_of(dashboard)["cases"];
  ASSERT_EQ(cases.size(), 3U);
  EXPECT_EQ(cases[0]["verdicts"], "pm");
  EXPECT_EQ(cases[1]["name"], "never");
  EXPECT_EQ(cases[1]["model"], "m");
  EXPECT_EQ(cases[1]["launcher"], "");
  EXPECT_EQ(cases[1]["verdicts"], "m");
  EXPECT_EQ(cases[2]["verdicts"], "pp");
  EXPECT_TRUE(case_of(dashboard, 1)["latest"].is_null());
  EXPECT_EQ(run_of(dashboard, 1)["notes"]["1"], "expected, but it left no record");
}

TEST(Dashboard, ExpectedCaseIsWaitedForUntilItsRecordComes) {
  Dashboard dashboard;
  add(dashboard, make_record("run", "first", Verdict::passed));
  const std::vector<ExpectedCase> expected{{"recipe/first", "first", {}},
                                           {"recipe/next", "next", {}}};
  dashboard.expect(expected, "run", 'w');
  EXPECT_EQ(index_of(dashboard)["cases"][1]["verdicts"], "w");
  // Its record is older than the expectation was: it counts all the same.
  add(dashboard, make_record("run", "next", Verdict::failed, k_start - hours(1)));
  dashboard.expect(expected, "run", 'w');
  const auto cases = index_of(dashboard)["cases"];
  ASSERT_EQ(cases.size(), 2U);
  EXPECT_EQ(cases[1]["verdicts"], "f");
  EXPECT_EQ(cases[1]["launcher"], "local");
  EXPECT_EQ(dashboard.case_count(), 2U);
}

TEST(Dashboard, WhatIsNoRecordIsRefused) {
  Dashboard dashboard;
  EXPECT_THROW(dashboard.add("{}"), Error);
  EXPECT_EQ(dashboard.run_count(), 0U);
}

TEST(DashboardFiles, OnlyItsOwnPathsHaveContent) {
  Dashboard dashboard;
  add(dashboard, make_record("run", "a", Verdict::passed));
  const DashboardFiles files(dashboard, {"Title", k_start, 3});
  ASSERT_EQ(files.paths().size(), 3U);
  EXPECT_EQ(files.paths().back(), "data/index.js");
  for (const auto& path : files.paths()) EXPECT_TRUE(files.content(path)) << path;
  for (const auto* path : {"", "/", "data/", "data/cases/.js", "data/runs/", "data/index",
                           "data/cases/../index.js", "data/cases/0.js", ".js"}) {
    EXPECT_FALSE(files.content(path)) << path;
  }
  EXPECT_EQ(parsed(*files.content("data/index.js"))["live"], 3);
}

TEST(DashboardFiles, HostileTextStaysAsciiInsideAString) {
  Dashboard dashboard;
  auto record = make_record("run", "</script>\xE2\x80\xA8\xFF\"'", Verdict::failed);
  record.labels.emplace_back("x", "\x01<img src=x>");
  record.summary = "</script>\xE2\x80\xA9";
  add(dashboard, record);
  const DashboardFiles files(dashboard, {"<title>", k_start, 0});
  for (const auto& path : files.paths()) {
    EXPECT_THAT(path, testing::MatchesRegex("data/[a-z]+(/[0-9a-f]+)?\\.js"));
    const auto content = *files.content(path);
    for (const char c : content) EXPECT_TRUE((c >= ' ' && c < 127) || c == '\n') << path;
  }
}

TEST(DashboardAssets, HoldEveryFileThatThePageNames) {
  std::string page;
  std::vector<std::string> paths;
  for (const auto& asset : dashboard_assets()) {
    EXPECT_FALSE(asset.content.empty()) << asset.path;
    if (asset.path == "index.html") page = asset.content;
    paths.emplace_back(asset.path);
  }
  ASSERT_FALSE(page.empty());
  for (auto at = page.find("\"assets/"); at != std::string::npos; at = page.find("\"assets/", at)) {
    const auto end = page.find('"', ++at);
    EXPECT_THAT(paths, testing::Contains(page.substr(at, end - at)));
  }
}

}  // namespace
}  // namespace assay
