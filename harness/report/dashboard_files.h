// The files of the static dashboard's data. A file is one call, `assay.receive("NAME", {...});`,
// because a page opened by file:// can load scripts and nothing else. What the members mean is said
// in dashboards/site/README.md.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "report/dashboard.h"

namespace assay {

struct DashboardTitle {
  std::string text;
  TimePoint generated{};
  int generation = 0;  // of a served site, which is worth asking again; 0: it lies still
};

// A view of a dashboard that must not change meanwhile.
class DashboardFiles {
 public:
  DashboardFiles(const Dashboard& dashboard, DashboardTitle title);

  // Relative to the site. The index, "data/index.js", is the last one.
  std::vector<std::string> paths() const;

  // Nothing for a path that is none of them.
  std::optional<std::string> content(std::string_view path) const;

 private:
  std::string index() const;
  std::string case_file(const std::string& id, const Dashboard::Case& entry) const;
  std::string run_file(const std::string& id, std::uint32_t run) const;

  const Dashboard& dashboard_;
  DashboardTitle title_;
  std::vector<std::uint32_t> order_;      // numbers of runs, oldest first
  std::vector<std::uint32_t> positions_;  // by number of a run: where it is in that order
  std::vector<std::size_t> case_order_;   // numbers of cases, by key and launcher
  std::map<std::string, std::size_t, std::less<>> case_ids_;
  std::map<std::string, std::uint32_t, std::less<>> run_ids_;
};

}  // namespace assay
