// The static dashboard's data: records in, files of JavaScript out (dashboard_files.h). What is
// kept of them is small, so that the records of months fit in memory.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "model/metric.h"
#include "model/record.h"
#include "report/dashboard_result.h"

namespace assay {

// A case that a run should have had.
struct ExpectedCase {
  std::string key;
  std::string name;
  std::vector<std::pair<std::string, std::string>> labels;
};

// Curves over steps of a case's newest record; a golden curve has the name of the one it is for.
struct DashboardCurves {
  std::vector<Series> logged;
  std::vector<Series> golden;
};

class Dashboard {
 public:
  // A record's JSON, in any order. Of several records of one run, key and launcher the newest
  // counts. Throws Error for what is no record.
  void add(std::string_view json);

  // Cases of a run that have no record in it on any launcher get this letter there until they have
  // one: 'm'(issing), or 'w'(aited for) while the run goes on. A case that never had a record
  // appears with the labels given. Nothing happens when there is no such run.
  void expect(const std::vector<ExpectedCase>& cases, const std::string& run_id, char letter);

  // The run that began last; empty when there is none.
  std::string newest_run() const;

  // The newest record of each case whose curves are not set yet, for whoever reads its logs.
  std::vector<Record> without_curves() const;
  // The ones that its recipe names or judges come first; only a few are kept.
  void set_curves(const Record& record, DashboardCurves curves);

  std::size_t case_count() const;
  std::size_t run_count() const { return runs_.size(); }

  struct Run {
    std::string id;
    TimePoint begun{};
    std::string branch;
    std::string commit;
    std::string pipeline_id;
    bool dirty = false;
  };
  struct Value {
    std::uint32_t metric = 0;  // index into Case::metrics
    double value = 0;
  };
  struct Band {
    std::uint32_t metric = 0;
    std::optional<double> minimum;
    std::optional<double> maximum;
    bool operator==(const Band&) const = default;
  };
  // One case in one run.
  struct Row {
    TimePoint created{};
    char verdict = '.';  // as DashboardResult has it, or 'm', 'w'
    double queue_seconds = 0;
    double run_seconds = 0;
    std::uint32_t environment = 0;  // index into Case::environments
    std::uint32_t directory = 0;    // index into Case::directories
    std::string note;               // why it did not pass
    std::string job_id;             // of one that did not pass
    std::vector<Value> values;
    std::vector<Band> bands;
  };
  // One case's rows by number of the run. They mostly come in that order.
  class Rows {
   public:
    Row* find(std::uint32_t run);
    const Row* find(std::uint32_t run) const;
    Row& operator[](std::uint32_t run);  // made where it is missing
    void erase(std::uint32_t run);
    bool empty() const { return rows_.empty(); }
    std::size_t size() const { return rows_.size(); }
    auto begin() const { return rows_.begin(); }
    auto end() const { return rows_.end(); }

   private:
    std::size_t position(std::uint32_t run) const;

    std::vector<std::pair<std::uint32_t, Row>> rows_;
  };
  struct MetricName {
    std::string name;
    std::string unit;
    Goal goal = Goal::none;
  };
  struct Case {
    std::string key;
    std::string launcher;  // empty: it never had a record
    Rows rows;
    std::vector<DashboardEnvironment> environments;
    std::vector<std::string> directories;  // where records lie; `{run}` stands for the run's id
    std::vector<MetricName> metrics;
    TimePoint newest{};
    std::string newest_json;  // empty: it never had a record
    ExpectedCase expected;    // of such a case
    std::optional<DashboardCurves> curves;
  };

  // Numbers of runs and cases stay while records are added.
  const std::vector<Run>& runs() const { return runs_; }
  const std::vector<Case>& cases() const { return cases_; }

 private:
  std::uint32_t run_number(const DashboardResult& result);
  Case& case_of(const std::string& key, const std::string& launcher);
  static Row row_of(const DashboardResult& result, Case& entry);
  void expect_one(const ExpectedCase& expected, std::uint32_t run, char letter);

  DashboardReader reader_;
  std::vector<Run> runs_;
  std::unordered_map<std::string, std::uint32_t> run_numbers_;
  std::vector<Case> cases_;
  std::map<std::pair<std::string, std::string>, std::size_t> case_numbers_;  // by key and launcher
};

}  // namespace assay
