// The builds of one discovery: which images its cases need, and what makes them first.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "recipe/builds.h"
#include "recipe/recipe.h"

namespace assay {

class CaseBuilds {
 public:
  CaseBuilds() = default;

  // Plans all builds of the recipes as the caller's environment has it. `makes_images`: whether
  // images can be made where the jobs run; else builds have no cases.
  CaseBuilds(std::span<const std::shared_ptr<const Recipe>> recipes, const LauncherConfig& launcher,
             bool makes_images);

  // What is wrong with a build, by the file that defines it.
  const std::multimap<std::string, std::string>& errors() const { return errors_; }

  // The build that the product needs and those that it needs in turn, nearest first: of a build's
  // own product its parents. Empty for a build that cannot be told.
  std::vector<std::string> needed_by(const GridProduct& product) const;

  // The files, other than the product's own, that define what it needs.
  std::vector<std::string> files_for(const GridProduct& product) const;

  // The fixture that the product's case requires; empty where no case makes its image.
  std::string required_fixture(const GridProduct& product) const;

  // The fixture that the case of a build sets up; empty where it has no case.
  std::string fixture_of(const std::string& build) const;

  // Everything that cases depend on, to tell whether they have to be written again.
  std::string text() const;

 private:
  const BuildPlan* find(const std::string& build) const;

  std::map<std::string, BuildPlan> plans_;
  std::multimap<std::string, std::string> errors_;
  bool makes_images_ = false;
};

}  // namespace assay
