// The static dashboard's data: records in, files of JavaScript out. A file is one call,
// `assay.receive("NAME", {...});`, because a page opened by file:// can load scripts and nothing
// else. What the members mean is said in dashboards/site/README.md.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "model/record.h"

namespace assay {

class Dashboard {
 public:
  // In any order. Of several records of one run, key and launcher the newest counts.
  void add(const Record& record);

  // The newest record of each case, for whoever reads its logs.
  std::vector<const Record*> newest() const;

  // Curves over steps of a case's newest record. The ones that its recipe names or judges come
  // first; only a few are kept, thinned to what a small chart can show.
  void set_curves(const Record& record, std::vector<Series> curves);

  struct File {
    std::string path;  // relative to the site: "data/index.js"
    std::string content;
  };
  // The index, then one file per case and one per run.
  std::vector<File> files(const std::string& title, TimePoint generated) const;

  std::size_t case_count() const { return cases_.size(); }
  std::size_t run_count() const { return runs_.size(); }

 private:
  struct Run {
    TimePoint begun{};
    std::string branch;
    std::string commit;
    std::string pipeline_id;
    bool dirty = false;
  };
  struct Value {
    std::size_t metric = 0;  // index into Case::metrics
    double value = 0;
  };
  struct Band {
    std::size_t metric = 0;
    std::optional<double> minimum;
    std::optional<double> maximum;
    bool operator==(const Band&) const = default;
  };
  // What a record says, small: hundreds of thousands are kept in memory.
  struct Row {
    TimePoint created{};
    char verdict = '.';
    double queue_seconds = 0;
    double run_seconds = 0;
    std::size_t environment = 0;  // index into Case::environments
    std::string note;             // why it did not pass
    std::vector<Value> values;
    std::vector<Band> bands;
  };
  struct MetricName {
    std::string name;
    std::string unit;
    Goal goal = Goal::none;
  };
  struct Case {
    std::map<std::string, Row> rows;        // by run id
    std::vector<std::string> environments;  // each a JSON object
    std::vector<MetricName> metrics;
    Record latest;
    std::vector<Series> curves;
  };
  // Runs by time, and where each is in that order.
  std::vector<std::pair<std::string, Run>> runs_in_order() const;
  static std::string case_file(const std::string& id, const Case& entry,
                               const std::map<std::string, std::size_t>& run_index);

  std::map<std::string, Run> runs_;                            // by run id
  std::map<std::pair<std::string, std::string>, Case> cases_;  // by key and launcher
};

// A case's verdict as one letter: p(assed), f(ailed), a(llowed failure), e(rrored), s(kipped).
char verdict_letter(const Record& record);

}  // namespace assay
