#include "cli/ci_pipeline.h"

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "base/text.h"

namespace assay {

namespace {

// A YAML scalar: JSON's strings are YAML's.
std::string yaml_text(const std::string& text) { return nlohmann::json(valid_utf8(text)).dump(); }

// A variable's value: GitLab would expand what looks like a variable in it.
std::string variable_value(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '$') out += '$';
    out += c;
  }
  return yaml_text(out);
}

std::string relative(const std::string& path, const std::string& directory) {
  const auto out = std::filesystem::path(path).lexically_relative(directory).string();
  return out.empty() || out.starts_with("..") ? path : out;
}

std::string model_of(const GridProduct& product) {
  const auto models = models_of(std::span(&product, 1));
  return models.empty() ? "" : models.front();
}

struct Job {
  std::string name;    // after the suite's
  std::string filter;  // beside the choice's own
  std::string recipes;
};

std::string joined_recipes(const CiSuite& suite, const std::string& directory) {
  std::vector<std::string> paths;
  for (const auto& path : suite.recipes) paths.push_back(relative(path, directory));
  return join(paths, ";");
}

std::vector<Job> jobs_of(const CiChoice& choice, const CiPipelineOptions& options) {
  const auto recipes = joined_recipes(*choice.suite, options.directory);
  if (options.by == CiJobsBy::suite) return {{"", "", recipes}};
  std::map<std::string, Job> jobs;
  for (const auto& product : products_of(choice)) {
    if (options.by == CiJobsBy::recipe) {
      const auto file = relative(product.recipe->file, options.directory);
      jobs.try_emplace(file, Job{file, "", file});
      continue;
    }
    const auto model = model_of(product);
    std::string text;
    for (const char c : model)
      text += (c == '\\' || c == '\'') ? std::string{'\\', c} : std::string{c};
    const auto filter = model.empty() ? "spec.model == None" : "spec.model == '" + text + "'";
    jobs.try_emplace(model, Job{model.empty() ? "no model" : model, filter, recipes});
  }
  std::vector<Job> out;
  for (auto& [name, job] : jobs) out.push_back(std::move(job));
  return out;
}

// Part of a build's name on dashboards.
std::string plain_name(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.';
    if (plain) {
      out += c;
    } else if (!out.empty() && out.back() != '-') {
      out += '-';
    }
  }
  return out;
}

std::string job_text(const CiChoice& choice, const Job& job) {
  std::string filter = choice.filter;
  if (!job.filter.empty()) {
    filter = filter.empty() ? job.filter : "(" + filter + ") and " + job.filter;
  }
  const auto& suite = *choice.suite;
  std::string out = yaml_text(job.name.empty() ? suite.name : suite.name + ": " + job.name) +
                    ":\n  extends: .assay\n  variables:\n    ASSAY_SELECTED: \"yes\"\n";
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) out += std::string("    ") + name + ": " + variable_value(value) + "\n";
  };
  add("ASSAY_SUITE", suite.name);
  add("ASSAY_SCRIPT", suite.script);
  add("ASSAY_RECIPES", job.recipes);
  add("ASSAY_FILTER", filter);
  add("ASSAY_NAME_SUFFIX", plain_name(job.name));
  return out;
}

}  // namespace

std::string child_pipeline(const CiSelection& selection, const CiPipelineOptions& options) {
  std::string out = "# Written by `assay ci pipeline`:\n";
  for (const auto& reason : selection.reasons) out += "#   " + valid_utf8(reason) + "\n";
  std::string jobs;
  for (const auto& choice : selection.choices) {
    for (const auto& job : jobs_of(choice, options)) jobs += "\n" + job_text(choice, job);
  }
  if (jobs.empty()) {
    const auto why = selection.reasons.empty() ? "nothing was chosen" : selection.reasons.back();
    return out + "\n\"assay: nothing to run\":\n  stage: test\n  script:\n    - " +
           yaml_text("echo " + shell_quote(why)) + "\n";
  }
  return out + "include:\n  - local: " + yaml_text(options.include) + "\n" + jobs;
}

}  // namespace assay
