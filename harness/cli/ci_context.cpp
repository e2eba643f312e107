// What GitLab and GitHub tell the jobs of a pipeline.
#include <array>
#include <map>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "base/text.h"
#include "cli/ci_select.h"

namespace assay {

namespace {

using ReadVariable = std::function<std::optional<std::string>(const std::string&)>;
using nlohmann::json;

std::string text_of(const ReadVariable& variable, const std::string& name) {
  return variable(name).value_or("");
}

// docs.gitlab.com/ci/variables/predefined_variables: CI_PIPELINE_SOURCE.
CiEvent gitlab_event(const std::string& source) {
  if (source == "merge_request_event" || source == "external_pull_request_event") {
    return CiEvent::merge_request;
  }
  if (source == "push") return CiEvent::push;
  if (source == "schedule") return CiEvent::schedule;
  return CiEvent::manual;  // web, api, trigger, chat, pipeline, ...
}

CiContext gitlab(const ReadVariable& variable) {
  CiContext context;
  context.provider = "GitLab";
  context.event = gitlab_event(text_of(variable, "CI_PIPELINE_SOURCE"));
  context.branch = text_of(variable, "CI_COMMIT_BRANCH");
  for (const auto& label : split(text_of(variable, "CI_MERGE_REQUEST_LABELS"), ',')) {
    if (!trim(label).empty()) context.labels.emplace_back(trim(label));
  }
  context.variable = variable;
  return context;
}

// docs.github.com, "Events that trigger workflows".
CiEvent github_event(const std::string& name) {
  if (name == "pull_request" || name == "pull_request_target" || name == "merge_group") {
    return CiEvent::merge_request;
  }
  if (name == "push") return CiEvent::push;
  if (name == "schedule") return CiEvent::schedule;
  return CiEvent::manual;  // workflow_dispatch, repository_dispatch, ...
}

json event_of(const ReadVariable& variable) {
  const auto path = text_of(variable, "GITHUB_EVENT_PATH");
  if (path.empty()) return json::object();
  try {
    return json::parse(read_file(path));
  } catch (const json::exception& error) {
    throw Error("GITHUB_EVENT_PATH: " + path + ": " + error.what());
  }
}

CiContext github(const ReadVariable& variable) {
  CiContext context;
  context.provider = "GitHub";
  context.event = github_event(text_of(variable, "GITHUB_EVENT_NAME"));
  context.branch = text_of(variable, "GITHUB_REF_NAME");
  const auto event = event_of(variable);
  if (event.contains("pull_request") && event["pull_request"].contains("labels")) {
    for (const auto& label : event["pull_request"]["labels"]) {
      context.labels.push_back(label.value("name", ""));
    }
  }
  std::map<std::string, std::string> inputs;
  if (event.contains("inputs") && event["inputs"].is_object()) {
    for (const auto& [name, value] : event["inputs"].items()) {
      inputs[name] = value.is_string() ? value.get<std::string>() : value.dump();
    }
  }
  // An input of a dispatched workflow is a variable of the pipeline, as a web form's is in GitLab.
  context.variable = [variable, inputs](const std::string& name) -> std::optional<std::string> {
    const auto input = inputs.find(name);
    if (input != inputs.end() && !input->second.empty()) return input->second;
    return variable(name);
  };
  return context;
}

}  // namespace

CiContext read_ci_context(const ReadVariable& variable) {
  if (!text_of(variable, "GITLAB_CI").empty()) return gitlab(variable);
  if (!text_of(variable, "GITHUB_ACTIONS").empty()) return github(variable);
  CiContext context;
  context.variable = variable;
  return context;
}

}  // namespace assay
