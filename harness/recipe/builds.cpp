#include "recipe/builds.h"

#include <algorithm>

#include "base/names.h"
#include "base/text.h"
#include "recipe/fields.h"
#include "recipe/placeholder.h"
#include "recipe/section.h"

namespace assay {

namespace {

constexpr int k_deepest_parents = 32;

InputError error_in(const Recipe& recipe, const Value& value, std::string message) {
  return {{recipe.file, value.line, value.column},
          std::move(message),
          line_of(*recipe.text, value.line)};
}

// The recipe of `type: build` of that name; null when there is none.
const Recipe* find_build(const std::string& name,
                         std::span<const std::shared_ptr<const Recipe>> recipes) {
  for (const auto& recipe : recipes) {
    if (recipe->type != RecipeType::build) continue;
    const Value& spec = *recipe->document.find("spec");
    if (text_of(spec, "name") != name) continue;
    check_fields(spec, FieldTable::build_spec, "in a build's 'spec'", recipe->file, *recipe->text);
    return recipe.get();
  }
  return nullptr;
}

// Clones a repository and builds its image, from the parent's image where there is one.
std::vector<std::string> git_commands(const Value& source, const std::string& image,
                                      const std::string& parent_image) {
  auto dockerfile = text_of(source, "dockerfile");
  if (dockerfile.empty()) dockerfile = "Dockerfile";
  std::vector<std::string> commands{"git clone " + shell_quote(text_of(source, "repo")) +
                                    " source"};
  if (const auto ref = text_of(source, "ref"); !ref.empty()) {
    commands.push_back("git -C source checkout " + shell_quote(ref));
  }
  std::string build = "podman build -f " + shell_quote("source/" + dockerfile);
  if (!parent_image.empty()) build += " --from " + shell_quote(parent_image);
  if (const Value* arguments = find_set(source, "arguments")) {
    for (const auto& [name, value] : arguments->entries) {
      build += " --build-arg " + shell_quote(name + "=" + value.rendered());
    }
  }
  commands.push_back(build + " -t " + shell_quote(image) + " source");
  return commands;
}

class Planner {
 public:
  Planner(const ResolveOptions& options, std::span<const std::shared_ptr<const Recipe>> recipes)
      : options_(options), recipes_(recipes) {}

  BuildPlan plan(const std::string& name, int depth = 0) const {
    BuildPlan plan;
    plan.name = name;
    const Recipe* recipe = find_build(name, recipes_);
    if (recipe != nullptr) plan.file = recipe->file;
    if (take_supplied(plan, variable_name("ASSAY_IMAGE_", name))) return plan;
    if (recipe != nullptr) {
      if (depth > k_deepest_parents) {
        throw error_in(*recipe, *recipe->document.find("spec"),
                       "the parents of build '" + name + "' form a circle");
      }
      take_own(plan, *recipe, depth);
    } else {
      plan.origin = "build '" + name + "' is not among the recipes read";
    }
    if (plan.image.empty() && !take_supplied(plan, "ASSAY_IMAGE")) {
      if (!plan.parent.empty()) return plan;  // its parent tells
      if (plan.origin.empty()) plan.origin = "build '" + name + "' leaves its image to the caller";
      plan.origin +=
          ": supply it with --image, " + variable_name("ASSAY_IMAGE_", name) + " or ASSAY_IMAGE";
    }
    return plan;
  }

 private:
  bool take_supplied(BuildPlan& plan, const std::string& variable) const {
    if (options_.environment == nullptr) return false;
    const auto image = options_.environment(variable);
    if (!image || image->empty()) return false;
    plan.image = *image;
    plan.origin = "supplied by " + variable;
    return true;
  }

  void take_own(BuildPlan& plan, const Recipe& recipe, int depth) const {
    const Value& spec = *recipe.document.find("spec");
    const Value* source = find_set(spec, "source");
    plan.parent = text_of(spec, "parent");
    BuildPlan parent;
    if (!plan.parent.empty()) parent = this->plan(plan.parent, depth + 1);
    if (!plan.parent.empty() && (source == nullptr || parent.image.empty())) {
      plan.image = parent.image;
      plan.origin = parent.origin;
      return;
    }
    if (source == nullptr) return;
    const bool has_image = source->find("image") != nullptr;
    if (has_image && source->find("repo") != nullptr) {
      throw error_in(recipe, *source, "a build's source is an image or a repository, not both");
    }
    if (has_image) {
      plan.image = text_of(*source, "image");
      if (!plan.image.empty()) plan.commands = {"podman pull " + shell_quote(plan.image)};
    } else if (find_set(*source, "repo") != nullptr) {
      plan.image = "localhost/assay/" + plan.name;
      plan.commands = git_commands(*source, plan.image, parent.image);
    } else {
      throw error_in(recipe, *source, "a build's source needs 'image' or 'repo'");
    }
    plan.origin = join(plan.commands, " && ");
  }

  const ResolveOptions& options_;
  std::span<const std::shared_ptr<const Recipe>> recipes_;
};

}  // namespace

BuildPlan plan_build(const std::string& name, const ResolveOptions& options,
                     std::span<const std::shared_ptr<const Recipe>> recipes) {
  return Planner(options, recipes).plan(name);
}

BuildPlan plan_of_product(const std::string& build, const ResolveOptions& options,
                          std::span<const std::shared_ptr<const Recipe>> recipes) {
  BuildPlan plan;
  if (!options.image.empty()) {
    plan.name = build;
    plan.image = options.image;
    plan.origin = "supplied by --image";
    return plan;
  }
  return build.empty() ? plan : plan_build(build, options, recipes);
}

std::string build_script(const BuildPlan& plan) {
  if (plan.commands.empty()) {
    return "# Nothing to pull or build: " +
           (plan.parent.empty() ? plan.origin
                                : "the image is that of build '" + plan.parent + "'") +
           "\n";
  }
  return "set -e\n" + join(plan.commands, "\n") + "\n";
}

std::string build_of(const GridProduct& product) {
  const Value* build = nullptr;
  PlaceholderScope scope;
  for (const auto& [name, value] : product.bindings) {
    scope.add(*name, value);
    if (*name == "build") build = value;
  }
  if (build == nullptr || build->is_null()) return {};
  if (build->text.find_first_of("{}") == std::string::npos) return build->rendered();
  const auto& recipe = *product.recipe;
  return render_placeholders(build->text, scope,
                             {recipe.file, *recipe.text, build->line, build->column});
}

}  // namespace assay
