#include "report/dashboard.h"

#include <gmock/gmock.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "report/dashboard_assets.h"

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

// The data of the file whose path starts so; the call around it is checked on the way.
json data_of(const Dashboard& dashboard, const std::string& path, std::size_t number = 0) {
  for (const auto& file : dashboard.files("Title", k_start)) {
    if (file.path.rfind(path, 0) != 0 || number-- != 0) continue;
    const std::string head = "assay.receive(\"";
    EXPECT_EQ(file.content.substr(0, head.size()), head);
    EXPECT_EQ(file.content.substr(file.content.size() - 3), ");\n");
    const auto at = file.content.find(",{") + 1;
    return json::parse(file.content.substr(at, file.content.size() - 3 - at));
  }
  ADD_FAILURE() << "no file " << path;
  return {};
}

TEST(Dashboard, IndexHasRunsByTimeAndOneLetterPerRun) {
  Dashboard dashboard;
  dashboard.add(make_record("later", "a", Verdict::failed, k_start + hours(2)));
  dashboard.add(make_record("first", "a", Verdict::passed, k_start));
  dashboard.add(make_record("middle", "b", Verdict::errored, k_start + hours(1)));
  const auto index = data_of(dashboard, "data/index.js");
  EXPECT_EQ(index["runs"][0]["id"], "first");
  EXPECT_EQ(index["runs"][2]["id"], "later");
  EXPECT_EQ(index["cases"][0]["name"], "a");
  EXPECT_EQ(index["cases"][0]["verdicts"], "p.f");
  EXPECT_EQ(index["cases"][0]["model"], "esm2");
  EXPECT_EQ(index["cases"][1]["first"], 1);
  EXPECT_EQ(index["cases"][1]["verdicts"], "e");
}

TEST(Dashboard, NewestRecordOfARunCountsWhateverTheOrder) {
  const auto old = make_record("run", "a", Verdict::failed, k_start);
  const auto rerun = make_record("run", "a", Verdict::passed, k_start + hours(1));
  for (const bool old_first : {true, false}) {
    Dashboard dashboard;
    dashboard.add(old_first ? old : rerun);
    dashboard.add(old_first ? rerun : old);
    EXPECT_EQ(data_of(dashboard, "data/index.js")["cases"][0]["verdicts"], "p");
    EXPECT_EQ(data_of(dashboard, "data/index.js")["runs"][0]["time"],
              k_start.time_since_epoch().count());
  }
}

TEST(Dashboard, OneKeyOnTwoLaunchersIsTwoCases) {
  Dashboard dashboard;
  dashboard.add(make_record("run", "a", Verdict::passed));
  auto other = make_record("run", "a", Verdict::failed);
  other.launcher = "slurm";
  dashboard.add(other);
  EXPECT_EQ(dashboard.case_count(), 2U);
  EXPECT_NE(data_of(dashboard, "data/cases/", 0)["launcher"],
            data_of(dashboard, "data/cases/", 1)["launcher"]);
}

TEST(Dashboard, MetricsAreColumnsAndBandsAreWrittenWhereTheyChange) {
  Dashboard dashboard;
  const std::vector<double> maxima{3, 3, 2.5};
  for (std::size_t run = 0; run < 3; ++run) {
    auto record = make_record("run" + std::to_string(run), "a", Verdict::passed,
                              k_start + hours(static_cast<int>(run)));
    add_metric(record, 2.12345678 + static_cast<double>(run), maxima[run]);
    dashboard.add(record);
  }
  dashboard.add(make_record("run3", "a", Verdict::errored, k_start + hours(3)));
  const auto metric = data_of(dashboard, "data/cases/")["metrics"][0];
  EXPECT_EQ(metric["values"], json::parse("[2.12346, 3.12346, 4.12346, null]"));
  EXPECT_EQ(metric["bands"], json::parse("[[0, null, 3.0], [2, null, 2.5]]"));
  EXPECT_EQ(metric["goal"], "minimize");
}

TEST(Dashboard, WhatIsNoNumberIsNull) {
  Dashboard dashboard;
  auto record = make_record("run", "a", Verdict::failed);
  add_metric(record, std::numeric_limits<double>::quiet_NaN(), 3);
  dashboard.add(record);
  EXPECT_TRUE(data_of(dashboard, "data/cases/")["metrics"][0]["values"][0].is_null());
}

TEST(Dashboard, CurvesOfInterestComeFirstAndAreThinned) {
  Dashboard dashboard;
  auto record = make_record("run", "a", Verdict::passed);
  add_metric(record, 2, 3);
  dashboard.add(record);
  std::vector<Series> curves(6);
  for (std::size_t i = 0; i < curves.size(); ++i) curves[i].name = "other" + std::to_string(i);
  curves.back().name = "val_loss";
  for (int step = 0; step < 1000; ++step) curves.back().points.push_back({step, step / 2.0});
  dashboard.set_curves(*dashboard.newest().front(), curves);
  const auto kept = data_of(dashboard, "data/cases/")["latest"]["curves"];
  ASSERT_EQ(kept.size(), 4U);
  EXPECT_EQ(kept[0]["name"], "val_loss");
  EXPECT_EQ(kept[0]["steps"].size(), 120U);
  EXPECT_EQ(kept[0]["steps"].front(), 0);
  EXPECT_EQ(kept[0]["steps"].back(), 999);
  EXPECT_EQ(kept[0]["values"].back(), 499.5);
}

TEST(Dashboard, NotesSayWhyACaseDidNotPass) {
  Dashboard dashboard;
  dashboard.add(make_record("run0", "a", Verdict::passed));
  auto record = make_record("run1", "a", Verdict::failed, k_start + hours(1));
  record.summary = "exit code 3";
  dashboard.add(record);
  EXPECT_EQ(data_of(dashboard, "data/cases/")["notes"]["1"], "exit code 3");
  EXPECT_EQ(data_of(dashboard, "data/runs/", 1)["notes"]["0"], "exit code 3");
}

TEST(Dashboard, HostileTextStaysAsciiInsideAString) {
  Dashboard dashboard;
  auto record = make_record("run", "</script>\xE2\x80\xA8\xFF\"'", Verdict::passed);
  record.labels.emplace_back("x", "\x01<img src=x>");
  dashboard.add(record);
  for (const auto& file : dashboard.files("<title>", k_start)) {
    EXPECT_THAT(file.path, testing::MatchesRegex("data/[a-z]+(/[0-9a-f]+)?\\.js"));
    for (const char c : file.content) EXPECT_TRUE((c >= ' ' && c < 127) || c == '\n') << file.path;
  }
}

TEST(Dashboard, FailureThatIsAllowedHasItsOwnLetter) {
  auto record = make_record("run", "a", Verdict::failed);
  record.allowed_failure = true;
  EXPECT_EQ(verdict_letter(record), 'a');
  record.verdict = Verdict::errored;
  EXPECT_EQ(verdict_letter(record), 'e');
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
