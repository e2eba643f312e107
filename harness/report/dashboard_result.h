// What the dashboard keeps of one record, read straight from its JSON: it reads hundreds of
// thousands at once, and whole Record objects would take most of the time.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "model/metric.h"

namespace assay {

// What can make the same code give other numbers. Marked on the charts where it changes.
struct DashboardEnvironment {
  std::string gpu;  // the first GPU's model, and its driver
  std::string driver;
  std::string image;
  std::string launcher;  // "dgxa100 (slurm)"
  std::string assay;     // its version

  bool operator==(const DashboardEnvironment&) const = default;
};

// The texts belong to the reader, until it reads the next record.
struct DashboardResult {
  struct Value {
    std::string_view name;
    std::string_view unit;
    Goal goal = Goal::none;
    double value = 0;
  };
  struct Band {
    std::string_view metric;
    std::optional<double> minimum;
    std::optional<double> maximum;
  };
  std::string_view run_id;
  std::string_view key;
  std::string_view launcher;
  std::string_view branch;
  std::string_view commit;
  std::string_view pipeline_id;
  bool is_dirty = false;
  TimePoint created{};
  char verdict = 'e';  // p(assed), f(ailed), a(llowed failure), e(rrored), s(kipped)
  std::string_view summary;
  double queue_seconds = 0;
  double run_seconds = 0;
  std::string_view directory;  // where its record.json lies
  std::string_view job_id;     // of the deciding attempt
  DashboardEnvironment environment;
  std::vector<Value> values;
  std::vector<Band> bands;  // of findings about a metric that have a bound
};

class DashboardReader {
 public:
  DashboardReader();
  ~DashboardReader();
  DashboardReader(DashboardReader&&) noexcept;
  DashboardReader& operator=(DashboardReader&&) noexcept;

  // Throws Error for what is no record, or a newer assay's.
  const DashboardResult& read(std::string_view json);

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

}  // namespace assay
