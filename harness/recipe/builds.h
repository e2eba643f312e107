// Builds: the container images that recipes name, and how they come to be where jobs run.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "recipe/recipe.h"

namespace assay {

// One build as it stands for a caller: its image, and what makes it.
struct BuildPlan {
  std::string name;
  std::string file;    // of the recipe that defines it; empty: none of those read does
  std::string image;   // what products of this build run in; empty: the caller has to supply it
  std::string parent;  // the build that has to be made before it; empty: none
  // The commands that pull or build the image, one line each; none where the caller supplies it or
  // the image is the parent's.
  std::vector<std::string> commands;
  std::string origin;  // where the image comes from, or why there is none, for a person
};

// Where the image of a build comes from: ASSAY_IMAGE_<BUILD>, else the build's own source, else the
// parent's image; where the build leaves it empty or is not among the recipes, ASSAY_IMAGE.
// Throws InputError for parents in a circle, a source that is both image and repository, or
// neither.
BuildPlan plan_build(const std::string& name, const ResolveOptions& options,
                     std::span<const std::shared_ptr<const Recipe>> recipes);

// The image a product of build `build` runs in: --image, else the build's plan. Empty where the
// product names no build.
BuildPlan plan_of_product(const std::string& build, const ResolveOptions& options,
                          std::span<const std::shared_ptr<const Recipe>> recipes);

// The plan's commands as a script that ends at the first that fails.
std::string build_script(const BuildPlan& plan);

// The build that a product names, with its placeholders filled in; empty where it names none.
std::string build_of(const GridProduct& product);

}  // namespace assay
