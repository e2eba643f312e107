#include "cli/discovery.h"

#include <algorithm>
#include <cstdlib>

#include "base/digest.h"
#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "cli/discoverer.h"
#include "launch/gpus.h"
#include "launch/requirements.h"

namespace assay {

namespace detail {

void Discoverer::load_site() {
  try {
    site_ = request_.site.load();
    launcher_ = &pick_launcher(site_, request_.site.launcher);
  } catch (const std::runtime_error& error) {
    call_errors_.emplace_back(error.what());
    is_blocked_ = true;
  }
}

void Discoverer::parse_filters() {
  for (const auto& [expression, origin] :
       {std::pair{&request_.filter, "FILTER"}, std::pair{&request_.load_filter, "ASSAY_FILTER"}}) {
    if (expression->empty()) continue;
    try {
      filters_.push_back(Filter::parse(*expression, origin));
    } catch (const InputError& error) {
      call_errors_.emplace_back(error.what());
      is_blocked_ = true;
    }
  }
}

std::string Discoverer::environment_text() const {
  std::string text;
  for (const auto& [name, value] : environment_) {
    text.append("\n").append(name).append("=").append(value);
  }
  return text;
}

// Everything but the recipes themselves that the written files depend on.
std::string Discoverer::signature() const {
  const auto tool = stamp_of(request_.tool);
  std::vector<std::string> parts{request_.tool.string(),
                                 std::to_string(tool.modified_ns),
                                 std::to_string(tool.size_bytes),
                                 request_.prefix,
                                 request_.filter,
                                 request_.load_filter};
  parts.insert(parts.end(), request_.labels.begin(), request_.labels.end());
  for (const auto& argument : run_arguments()) parts.push_back(argument);
  for (const auto& recipe : request_.recipes) parts.push_back(recipe.string());
  parts.push_back(environment_text());
  parts.insert(parts.end(), call_errors_.begin(), call_errors_.end());
  if (launcher_ != nullptr) {
    parts.push_back(launcher_->name);
    parts.push_back(launcher_->type);
    parts.push_back(launcher_->settings.rendered());
    parts.emplace_back(can_build_images(*launcher_) ? "makes images" : "");
  }
  std::string text;
  for (const auto& part : parts) text += std::to_string(part.size()) + ":" + part;
  return sha256_hex(text);
}

// Leaves as fresh-to-be-read what the cache does not know as it is now.
void Discoverer::take_from_cache() {
  cache_ = read_discovery_cache(file_of("state", ".json"));
  const auto now = signature();
  const bool is_same = cache_.signature == now;
  cache_.signature = now;
  if (!is_same) cache_.recipes.clear();
  const bool gpus_changed =
      std::any_of(cache_.recipes.begin(), cache_.recipes.end(),
                  [](const CachedRecipe& recipe) { return recipe.uses_gpus; }) &&
      gpus() != cache_.gpus;
  for (auto& entry : entries_) {
    const auto* cached = cache_.find(entry.info.file);
    if (cached == nullptr || cached->test_directory != entry.info.test_directory) continue;
    if (gpus_changed && cached->uses_gpus) continue;
    if (cached->stamp != stamp_of(entry.info.file)) continue;
    const auto cases = file_of(entry.info.test_directory + "/cases", ".cmake");
    if (std::filesystem::exists(cases)) entry.info = *cached;
  }
}

bool Discoverer::is_unchanged() const {
  if (cache_.recipes.size() != entries_.size()) return false;
  if (cache_.earlier != earlier_state()) return false;
  if (!std::filesystem::exists(file_of("list", ".cmake"))) return false;
  return std::all_of(entries_.begin(), entries_.end(),
                     [](const RecipeEntry& entry) { return entry.info.stamp != FileStamp{}; });
}

// How many GPUs a case on this machine can have; their specification for CTest is written on the
// way. Asked only where a recipe for this machine wants any.
int Discoverer::gpus() {
  if (gpus_) return *gpus_;
  gpus_ = 0;
  if (launcher_->type != "local") return 0;
  auto found = detect_gpus().gpus;
  if (!found.empty()) {
    const char* mask = std::getenv(mask_variable(found.front().vendor));
    found = visible_gpus(found, mask == nullptr ? std::nullopt : std::optional<std::string>(mask));
  }
  gpus_ = static_cast<int>(found.size());
  write_if_changed(request_.directory / "resources.json", resource_specification(found));
  return *gpus_;
}

void Discoverer::read(RecipeEntry& entry) {
  if (entry.is_fresh) return;
  read_entry(entry, discovery_.notices);
  ++discovery_.read_files;
  if (entry.info.uses_gpus) gpus();
}

void Discoverer::read_all() {
  for (auto& entry : entries_) read(entry);
}

void Discoverer::read_what_changed() {
  for (auto& entry : entries_) {
    if (entry.info.stamp == FileStamp{}) read(entry);
  }
  read_builds();
  check_filters();
  for (auto& entry : entries_) {
    if (entry.is_fresh) select(entry);
  }
  find_needed_builds();
  find_duplicates();
}

// Plans the builds; they are few, so their files are read whenever anything changed. Where they are
// others than last time, all cases may be.
void Discoverer::read_builds() {
  std::vector<std::shared_ptr<const Recipe>> recipes;
  for (auto& entry : entries_) {
    if (!entry.info.builds.empty()) read(entry);
    for (const auto& build : entry.builds) recipes.push_back(build.recipe);
  }
  builds_ = CaseBuilds(recipes, *launcher_, can_build_images(*launcher_));
  for (auto& entry : entries_) {
    const auto [first, last] = builds_.errors().equal_range(entry.info.file.string());
    for (auto error = first; error != last; ++error) entry.errors.push_back(error->second);
  }
  if (builds_.text() != cache_.builds) read_all();
  cache_.builds = builds_.text();
}

// Builds are made for the cases that need them: those that no case needs have none.
void Discoverer::find_needed_builds() {
  for (const auto& entry : entries_) {
    needed_builds_.insert(entry.info.needs.begin(), entry.info.needs.end());
  }
  for (auto& entry : entries_) {
    for (const auto& build : entry.builds) {
      if (has_case(build)) entry.info.names.push_back(case_name(build.name()));
    }
  }
}

// A path that no product has is an error of the filter. It takes all products to say so, but where
// those just read have the path, the others need not be read.
void Discoverer::check_filters() {
  const auto check = [this] {
    std::vector<GridProduct> products;
    for (const auto& entry : entries_) {
      products.insert(products.end(), entry.products.begin(), entry.products.end());
    }
    for (const auto& filter : filters_) filter.check_paths(products);
  };
  filter_error_.clear();
  if (filters_.empty()) return;
  if (!cache_.filter_error.empty()) read_all();
  try {
    check();
    return;
  } catch (const InputError&) {
    read_all();  // Perhaps an unchanged recipe has it.
  }
  try {
    check();
  } catch (const InputError& error) {
    filter_error_ = error.what();
  }
}

// Leaves the products that become cases.
void Discoverer::select(RecipeEntry& entry) const {
  std::erase_if(entry.products, [&](const GridProduct& product) {
    return !filter_error_.empty() ||
           !std::all_of(filters_.begin(), filters_.end(),
                        [&](const Filter& filter) { return filter.matches(product); });
  });
  entry.info.names.clear();
  std::set<std::string> needs;
  for (const auto& product : entry.products) {
    entry.info.names.push_back(case_name(product.name()));
    for (auto& build : builds_.needed_by(product)) needs.insert(std::move(build));
  }
  entry.info.needs.assign(needs.begin(), needs.end());
}

// When the caches of earlier calls were written: a name that one of them has is taken.
std::string Discoverer::earlier_state() const {
  std::string state;
  for (const auto& directory : request_.earlier) {
    const auto file = directory / ("state" + suffix_ + ".json");
    state += std::filesystem::exists(file) ? std::to_string(stamp_of(file).modified_ns) : "none";
    state += ' ';
  }
  return state;
}

// Case names to the recipes that they come from.
std::unordered_map<std::string, std::string> Discoverer::names_of_earlier_calls() const {
  std::unordered_map<std::string, std::string> names;
  for (const auto& directory : request_.earlier) {
    const auto cache = read_discovery_cache(directory / ("state" + suffix_ + ".json"));
    for (const auto& recipe : cache.recipes) {
      for (const auto& name : recipe.names) {
        names.emplace(cache.prefix + name, recipe.file.string());
      }
    }
  }
  return names;
}

// Of two cases of one name the first stays, and the other's recipe gets a red case.
void Discoverer::find_duplicates() {
  const auto earlier = names_of_earlier_calls();
  auto owners = earlier;
  for (auto& entry : entries_) {
    std::vector<std::string> duplicates;
    std::vector<std::string> errors;
    for (const auto& name : entry.info.names) {
      const auto full_name = request_.prefix + name;
      const auto [owner, is_first] = owners.emplace(full_name, entry.info.file.string());
      if (is_first) continue;
      duplicates.push_back(name);
      // An earlier call that makes the image makes it for this one, too.
      const bool is_build = std::ranges::any_of(
          entry.info.builds, [&](const auto& build) { return case_name(build) == name; });
      if (is_build && earlier.contains(full_name)) continue;
      errors.push_back(entry.info.file.string() + ": case '" + full_name +
                       "' has the name of one of " + owner->second +
                       "; give the recipes different names, or one of them a PREFIX of its own");
    }
    if (duplicates != entry.info.duplicates && !entry.is_fresh) {
      read(entry);
      select(entry);
    }
    entry.info.duplicates = std::move(duplicates);
    std::move(errors.begin(), errors.end(), std::back_inserter(entry.errors));
    if (entry.is_fresh) entry.info.is_red = !entry.errors.empty();
  }
}

// What `assay run` is told besides the product. Work and history go below the build tree where
// neither the environment nor the site file says otherwise.
std::vector<std::string> Discoverer::run_arguments() const {
  std::vector<std::string> arguments;
  const auto add = [&](const char* option, const std::string& value) {
    arguments.insert(arguments.end(), {option, value});
  };
  if (!request_.site.site.empty()) add("--site", request_.site.site);
  if (!request_.site.launcher.empty()) add("--launcher", request_.site.launcher);
  const auto own = request_.build_dir / "assay";
  if (environment_or_empty("ASSAY_WORK_DIR").empty() && site_.work_dir.empty()) {
    add("--work-dir", (own / "work").string());
  }
  if (environment_or_empty("ASSAY_HISTORY").empty() && site_.history.empty()) {
    add("--history", (own / "history.sqlite").string());
  }
  return arguments;
}

CaseContext Discoverer::case_context() const {
  CaseContext context;
  context.tool = request_.tool;
  context.arguments = run_arguments();
  context.prefix = request_.prefix;
  context.labels = request_.labels;
  context.launcher = launcher_;
  context.gpus = gpus_.value_or(0);
  context.builds = &builds_;
  for (const auto& [name, value] : environment_) {
    if (name.starts_with(k_label_variable)) {
      context.caller_labels.emplace_back(name.substr(k_label_variable.size()), value);
    }
  }
  return context;
}

void Discoverer::save_cache() {
  std::string names;
  cache_.recipes.clear();
  for (const auto& entry : entries_) {
    cache_.recipes.push_back(entry.info);
    for (const auto& name : entry.info.names) names += name + "\n";
    if (entry.info.is_red) names += entry.info.test_directory + ".DISCOVERY\n";
  }
  for (const auto& error : list_errors()) names += error;
  cache_.prefix = request_.prefix;
  cache_.earlier = earlier_state();
  cache_.filter_error = filter_error_;
  cache_.gpus = gpus_.value_or(cache_.gpus);
  cache_.list = sha256_hex(names);
  write_discovery_cache(cache_, file_of("state", ".json"));
}

void Discoverer::forget_case_numbers() const {
  const auto last = request_.directory / "last-list";
  if (read_file_if_exists(last) == cache_.list) return;
  for (const auto& directory : request_.ctest_directories) remove_memory_by_number(directory);
  write_file_atomically(last, cache_.list);
}

Discovery Discoverer::run() {
  make_directories(request_.directory);
  const FileLock lock(request_.directory / "lock");
  environment_ = relevant_environment();
  if (!request_.load_filter.empty() || !environment_.empty()) {
    suffix_ = "-" + sha256_hex(request_.load_filter + environment_text()).substr(0, 12);
  }
  entries_ = find_entries(request_.recipes, call_errors_);
  load_site();
  parse_filters();
  if (is_blocked_) {
    discovery_.list =
        request_.only.empty() ? write_list(call_errors_) : write_only_list(call_errors_);
    return discovery_;
  }
  take_from_cache();
  filter_error_ = cache_.filter_error;
  if (!is_unchanged()) {
    read_what_changed();
    const auto context = case_context();
    for (const auto& entry : entries_) {
      if (entry.is_fresh) write_cases(entry, context);
    }
    write_list(list_errors());
    remove_vanished();
    save_cache();
  }
  forget_case_numbers();
  discovery_.list =
      request_.only.empty() ? file_of("list", ".cmake") : write_only_list(list_errors());
  return discovery_;
}

}  // namespace detail

Discovery discover(const DiscoveryRequest& request) { return detail::Discoverer(request).run(); }

}  // namespace assay
