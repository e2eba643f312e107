#include "recipe/builds.h"

#include <algorithm>

#include "base/text.h"
#include "recipe/fields.h"

namespace assay {

namespace {

constexpr int k_deepest_parents = 32;

const Value* entry(const Value& map, const char* name) {
  const Value* value = map.find(name);
  return value == nullptr || value->is_null() ? nullptr : value;
}

std::string text_of(const Value& map, const char* name) {
  const Value* value = entry(map, name);
  return value == nullptr ? std::string{} : value->rendered();
}

struct Build {
  std::string name;
  std::shared_ptr<const Recipe> recipe;
  const Value* spec = nullptr;
};

std::vector<Build> builds_of(std::span<const std::shared_ptr<const Recipe>> recipes) {
  std::vector<Build> builds;
  for (const auto& recipe : recipes) {
    if (recipe->type != RecipeType::build) continue;
    const Value* spec = recipe->document.find("spec");
    check_fields(*spec, FieldTable::build_spec, "in a build's 'spec'", recipe->file, *recipe->text);
    builds.push_back({text_of(*spec, "name"), recipe, spec});
  }
  return builds;
}

std::string variable_of(const std::string& build) {
  std::string out = "ASSAY_IMAGE_";
  for (const char c : build) {
    const bool keeps = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (c >= 'a' && c <= 'z') {
      out += static_cast<char>(c - 'a' + 'A');
    } else {
      out += keeps ? c : '_';
    }
  }
  return out;
}

InputError error_in(const Build& build, const Value& value, std::string message) {
  return {{build.recipe->file, value.line, value.column},
          std::move(message),
          line_of(*build.recipe->text, value.line)};
}

// The words to build a git source by hand.
std::string git_words(const Value& source, const std::string& tag) {
  auto dockerfile = text_of(source, "dockerfile");
  if (dockerfile.empty()) dockerfile = "Dockerfile";
  std::string out = "git clone " + shell_quote(text_of(source, "repo")) + " source";
  if (const auto ref = text_of(source, "ref"); !ref.empty()) {
    out += " && git -C source checkout " + shell_quote(ref);
  }
  out += " && podman build -f source/" + dockerfile;
  if (const Value* arguments = entry(source, "arguments")) {
    for (const auto& [name, value] : arguments->entries) {
      out += " --build-arg " + shell_quote(name + "=" + value.rendered());
    }
  }
  return out + " -t " + shell_quote(tag) + " source";
}

ResolvedImage own_image(const std::vector<Build>& builds, const Build& build,
                        const ResolveOptions& options, int depth);

ResolvedImage find_image(const std::vector<Build>& builds, const std::string& name,
                         const ResolveOptions& options, int depth) {
  const auto variable = variable_of(name);
  if (options.environment != nullptr) {
    for (const auto& each : {variable, std::string("ASSAY_IMAGE")}) {
      if (const auto image = options.environment(each); image && !image->empty()) {
        return {*image, "supplied by " + each};
      }
    }
  }
  for (const auto& build : builds) {
    if (build.name == name) return own_image(builds, build, options, depth);
  }
  return {"", "build '" + name +
                  "' is not among the recipes read: supply its image with --image, " + variable +
                  " or ASSAY_IMAGE"};
}

ResolvedImage own_image(const std::vector<Build>& builds, const Build& build,
                        const ResolveOptions& options, int depth) {
  if (depth > k_deepest_parents) {
    throw error_in(build, *build.spec, "the parents of build '" + build.name + "' form a circle");
  }
  const Value* source = entry(*build.spec, "source");
  const Value* parent = entry(*build.spec, "parent");
  if (source == nullptr && parent != nullptr) {
    return find_image(builds, parent->rendered(), options, depth + 1);
  }
  if (source == nullptr) {
    return {"", "build '" + build.name + "' leaves its image to the caller: --image, " +
                    variable_of(build.name) + " or ASSAY_IMAGE"};
  }
  const bool has_image = source->find("image") != nullptr;
  if (has_image && source->find("repo") != nullptr) {
    throw error_in(build, *source, "a build's source is an image or a repository, not both");
  }
  if (has_image) {
    const auto image = text_of(*source, "image");
    if (!image.empty()) return {image, "podman pull " + shell_quote(image)};
    return {"", "build '" + build.name + "' leaves its image to the caller: --image, " +
                    variable_of(build.name) + " or ASSAY_IMAGE"};
  }
  if (entry(*source, "repo") == nullptr) {
    throw error_in(build, *source, "a build's source needs 'image' or 'repo'");
  }
  const auto tag = "localhost/assay/" + build.name;
  return {tag, git_words(*source, tag)};
}

}  // namespace

ResolvedImage image_of(const Section& section, const std::string& build,
                       const ResolveOptions& options,
                       std::span<const std::shared_ptr<const Recipe>> recipes) {
  (void)section;
  if (!options.image.empty()) return {options.image, "supplied by --image"};
  if (build.empty()) return {};
  return find_image(builds_of(recipes), build, options, 0);
}

}  // namespace assay
