#include "cli/case_builds.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "cli/ctest_files.h"
#include "cli/options.h"

namespace assay {

CaseBuilds::CaseBuilds(std::span<const std::shared_ptr<const Recipe>> recipes,
                       const LauncherConfig& launcher, bool makes_images)
    : makes_images_(makes_images) {
  const auto options = CallerOptions{}.resolve_options(launcher);
  for (const auto& recipe : recipes) {
    try {
      for (const auto& product : expand(recipe)) {
        plans_.emplace(product.name(), plan_build(product.name(), options, recipes));
      }
    } catch (const InputError& error) {
      errors_.emplace(recipe->file, error.what());
    }
  }
}

const BuildPlan* CaseBuilds::find(const std::string& build) const {
  const auto found = plans_.find(build);
  return found == plans_.end() ? nullptr : &found->second;
}

std::vector<std::string> CaseBuilds::needed_by(const GridProduct& product) const {
  std::string next;
  try {
    const bool is_build = product.recipe->type == RecipeType::build;
    const auto* own = is_build ? find(product.name()) : nullptr;
    next = is_build ? (own == nullptr ? std::string{} : own->parent) : build_of(product);
  } catch (const InputError&) {
    return {};  // the key has the same text: whoever expands the product tells
  }
  std::vector<std::string> needed;
  while (!next.empty() && std::ranges::find(needed, next) == needed.end()) {
    needed.push_back(next);
    const auto* plan = find(next);
    next = plan == nullptr ? std::string{} : plan->parent;
  }
  return needed;
}

std::vector<std::string> CaseBuilds::files_for(const GridProduct& product) const {
  std::vector<std::string> files;
  for (const auto& build : needed_by(product)) {
    const auto* plan = find(build);
    if (plan == nullptr || plan->file == product.recipe->file) continue;
    if (std::ranges::find(files, plan->file) == files.end()) files.push_back(plan->file);
  }
  return files;
}

std::string CaseBuilds::required_fixture(const GridProduct& product) const {
  for (const auto& build : needed_by(product)) {
    auto fixture = fixture_of(build);
    if (!fixture.empty()) return fixture;
  }
  return {};
}

std::string CaseBuilds::fixture_of(const std::string& build) const {
  const auto* plan = find(build);
  if (!makes_images_ || plan == nullptr || plan->commands.empty()) return {};
  return "assay.build." + case_name(build);
}

std::string CaseBuilds::text() const {
  std::string text;
  for (const auto& [name, plan] : plans_) {
    text += name + '\n' + plan.file + '\n' + plan.parent + '\n' + fixture_of(name) + '\n';
  }
  return text;
}

}  // namespace assay
