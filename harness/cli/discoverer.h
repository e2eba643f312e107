// How a discovery works: what discover() of discovery.h does, in steps.
#pragma once

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "cli/case_builds.h"
#include "cli/ctest_files.h"
#include "cli/discovery.h"
#include "cli/discovery_cache.h"
#include "cli/discovery_recipes.h"
#include "recipe/filter.h"

namespace assay::detail {

class Discoverer {
 public:
  explicit Discoverer(const DiscoveryRequest& request) : request_(request) {}
  Discovery run();

 private:
  void load_site();
  void parse_filters();
  void take_from_cache();
  void read(RecipeEntry& entry);
  void read_all();
  void read_builds();
  void find_needed_builds();
  void read_what_changed();
  void check_filters();
  void select(RecipeEntry& entry) const;
  void find_duplicates();
  std::string earlier_state() const;
  std::unordered_map<std::string, std::string> names_of_earlier_calls() const;
  void write_cases(const RecipeEntry& entry, const CaseContext& context) const;
  void write_builds(const RecipeEntry& entry, const CaseContext& context) const;
  std::string include_builds(const RecipeEntry& entry) const;
  std::string needed_builds_of(const RecipeEntry& entry) const;
  std::filesystem::path write_list(const std::vector<std::string>& errors) const;
  std::filesystem::path write_only_list(const std::vector<std::string>& errors) const;
  void remove_vanished() const;
  void save_cache();
  void forget_case_numbers() const;

  bool is_unchanged() const;
  std::vector<std::string> list_errors() const;
  std::string environment_text() const;
  std::string signature() const;
  std::vector<std::string> run_arguments() const;
  CaseContext case_context() const;
  // The commands of a red case, whose text is written beside them.
  std::string red_case(const std::string& stem, const std::vector<std::string>& errors,
                       std::vector<std::string> labels) const;
  int gpus();

  bool has_case(const GridProduct& build) const {
    return needed_builds_.contains(build.name()) && !builds_.fixture_of(build.name()).empty();
  }

  std::filesystem::path file_of(const std::string& stem, const std::string& extension) const {
    return (request_.directory / (stem + suffix_ + extension)).lexically_normal();
  }

  const DiscoveryRequest& request_;
  Discovery discovery_;
  std::string suffix_;  // of the files of this filter and environment
  std::vector<std::pair<std::string, std::string>> environment_;
  std::vector<RecipeEntry> entries_;
  std::vector<std::string> call_errors_;  // of the whole call: paths, site file, filters
  bool is_blocked_ = false;               // by one that leaves no case: the others stay elsewhere
  std::string filter_error_;
  Site site_;
  const LauncherConfig* launcher_ = nullptr;  // null when the site file is wrong
  std::vector<Filter> filters_;
  DiscoveryCache cache_;
  CaseBuilds builds_;
  std::set<std::string> needed_builds_;  // by any case
  std::optional<int> gpus_;
};

}  // namespace assay::detail
