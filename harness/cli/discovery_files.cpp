// What a discovery writes: the cases of each recipe, its builds, and the list of all.
#include <algorithm>

#include "base/files.h"
#include "base/text.h"
#include "cli/discoverer.h"

namespace assay::detail {

namespace {

constexpr std::string_view k_banner = "# Written by `assay discover` when ctest started.\n";

}  // namespace

std::string Discoverer::red_case(const std::string& stem, const std::vector<std::string>& errors,
                                 std::vector<std::string> labels) const {
  const auto text_file = file_of(stem + "/DISCOVERY", ".txt");
  write_if_changed(text_file, red_case_text(errors));
  labels.insert(labels.end(), request_.labels.begin(), request_.labels.end());
  const auto title = stem == "." ? request_.directory.filename().string() : stem;
  auto name = title + ".DISCOVERY";
  std::replace(name.begin(), name.end(), '/', '.');
  return red_case_commands(request_.prefix + case_name(name), text_file, labels);
}

void Discoverer::write_cases(const RecipeEntry& entry, const CaseContext& context) const {
  const auto& stem = entry.info.test_directory;
  std::string text(k_banner);
  if (entry.info.uses_gpus && context.gpus > 0) {
    text += "set(CTEST_RESOURCE_SPEC_FILE " +
            cmake_quote((request_.directory / "resources.json").string()) + ")\n";
  }
  const std::set<std::string_view> duplicates(entry.info.duplicates.begin(),
                                              entry.info.duplicates.end());
  for (std::size_t i = 0; i < entry.products.size(); ++i) {
    const std::string_view name = entry.info.names[i];
    if (!duplicates.contains(name)) text += case_commands(entry.products[i], context);
  }
  write_builds(entry, context);
  if (entry.info.is_red) {
    const auto recipe_text = read_file_if_exists(entry.info.file).value_or("");
    text += red_case(stem, entry.errors, guess_labels(recipe_text));
  }
  const auto directory = request_.directory / stem;
  write_if_changed(file_of(stem + "/cases", ".cmake"), text);
  write_if_changed(directory / "CTestTestfile.cmake",
                   std::string(k_banner) + "set(assay_only " + cmake_quote(stem) + ")\ninclude(" +
                       cmake_quote((request_.directory / "discover.cmake").string()) +
                       ")\nunset(assay_only)\n");
}

// In a file of their own: other recipes' test directories have those that they need.
void Discoverer::write_builds(const RecipeEntry& entry, const CaseContext& context) const {
  if (entry.builds.empty()) return;
  std::string text(k_banner);
  for (const auto& build : entry.builds) {
    const auto& duplicates = entry.info.duplicates;
    const bool is_duplicate =
        std::ranges::find(duplicates, case_name(build.name())) != duplicates.end();
    if (!has_case(build) || is_duplicate) continue;
    text += "if(NOT DEFINED assay_builds OR " + cmake_quote(build.name()) +
            " IN_LIST assay_builds)\n" + case_commands(build, context) + "endif()\n";
  }
  write_if_changed(file_of(entry.info.test_directory + "/builds", ".cmake"), text);
}

// What is wrong with the call as a whole.
std::vector<std::string> Discoverer::list_errors() const {
  auto errors = call_errors_;
  if (!filter_error_.empty()) errors.push_back(filter_error_);
  const bool has_case = std::any_of(entries_.begin(), entries_.end(), [](const RecipeEntry& entry) {
    return entry.info.is_red || !entry.info.names.empty();
  });
  if (!errors.empty() || has_case) return errors;
  std::vector<std::string> paths(request_.recipes.begin(), request_.recipes.end());
  std::string reason = "no case found in " + join(paths, ", ");
  for (const auto& [expression, name] :
       {std::pair{&request_.filter, "FILTER"}, std::pair{&request_.load_filter, "ASSAY_FILTER"}}) {
    if (!expression->empty()) reason += std::string(", ") + name + " is \"" + *expression + "\"";
  }
  return {reason};
}

std::filesystem::path Discoverer::write_list(const std::vector<std::string>& errors) const {
  std::string text(k_banner);
  for (const auto& entry : entries_) {
    if (is_blocked_) break;
    text += "include(" +
            cmake_quote(file_of(entry.info.test_directory + "/cases", ".cmake").string()) + ")\n";
    if (!entry.info.builds.empty()) text += include_builds(entry);
  }
  if (!errors.empty()) text += red_case(".", errors, {});
  auto list = file_of(is_blocked_ ? "blocked" : "list", ".cmake");
  write_if_changed(list, text);
  return list;
}

std::string Discoverer::include_builds(const RecipeEntry& entry) const {
  return "include(" +
         cmake_quote(file_of(entry.info.test_directory + "/builds", ".cmake").string()) + ")\n";
}

// The cases of the builds that the recipe's cases need, from wherever they are.
std::string Discoverer::needed_builds_of(const RecipeEntry& entry) const {
  if (entry.info.needs.empty()) return {};
  std::string text = "set(assay_builds";
  for (const auto& build : entry.info.needs) text += " " + cmake_quote(build);
  text += ")\n";
  for (const auto& other : entries_) {
    const bool has_any = std::ranges::any_of(other.info.builds, [&](const auto& build) {
      return std::ranges::find(entry.info.needs, build) != entry.info.needs.end();
    });
    if (has_any) text += include_builds(other);
  }
  return text + "unset(assay_builds)\n";
}

// The list of a ctest that was started in a recipe's own test directory.
std::filesystem::path Discoverer::write_only_list(const std::vector<std::string>& errors) const {
  std::string text(k_banner);
  const auto entry = std::find_if(
      entries_.begin(), entries_.end(),
      [&](const RecipeEntry& candidate) { return candidate.info.test_directory == request_.only; });
  if (entry == entries_.end()) {
    text += red_case(request_.only, {"the recipe of this test directory is no longer there"}, {});
  } else if (!is_blocked_) {
    text += "include(" + cmake_quote(file_of(request_.only + "/cases", ".cmake").string()) + ")\n";
    text += needed_builds_of(*entry);
    if (entry->info.names.empty() && !entry->info.is_red && errors.empty()) {
      text += red_case(request_.only, {entry->info.file.string() + ": no case is selected"}, {});
    }
  }
  if (!errors.empty()) text += red_case(".", errors, {});
  auto list = file_of(request_.only + "/only", ".cmake");
  write_if_changed(list, text);
  return list;
}

// A recipe that is gone leaves its test directory with a red case only.
void Discoverer::remove_vanished() const {
  for (const auto& recipe : cache_.recipes) {
    const bool is_there =
        std::any_of(entries_.begin(), entries_.end(), [&](const RecipeEntry& entry) {
          return entry.info.test_directory == recipe.test_directory;
        });
    if (is_there) continue;
    std::filesystem::remove(file_of(recipe.test_directory + "/cases", ".cmake"));
    std::filesystem::remove(file_of(recipe.test_directory + "/builds", ".cmake"));
  }
}

}  // namespace assay::detail
