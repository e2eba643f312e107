#include "launch/slurm_rest_reply.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "base/text.h"

namespace assay {

namespace {

using nlohmann::json;

const json& member(const json& object, const char* key) {
  static const json null;
  if (!object.is_object()) return null;
  const auto found = object.find(key);
  return found == object.end() ? null : *found;
}

std::string text_of(const json& value) {
  return value.is_string() ? value.get<std::string>() : std::string{};
}

// 5, or {"set": true, "infinite": false, "number": 5}; nothing for null and what is not set.
std::optional<long long> number_of(const json& value) {
  if (value.is_number_integer()) return value.get<long long>();
  const auto& set = member(value, "set");
  const auto& infinite = member(value, "infinite");
  const auto& number = member(value, "number");
  const bool is_set = set.is_boolean() && set.get<bool>() && number.is_number_integer();
  if (!is_set || (infinite.is_boolean() && infinite.get<bool>())) return std::nullopt;
  return number.get<long long>();
}

// Seconds since 1970 as squeue prints times in UTC; 0 is none.
std::string time_of(const json& value) {
  const auto seconds = number_of(value);
  if (!seconds || *seconds <= 0) return {};
  return to_iso8601(TimePoint(std::chrono::seconds(*seconds)));
}

// One word, as squeue has it: flags such as COMPLETING, which the list has behind the state, hide
// it.
std::string state_of(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_array() || value.empty()) return {};
  const auto base = text_of(value.front());
  const auto flag = text_of(value.back());
  const bool is_told_by_base = flag == "LAUNCH_FAILED" || flag == "RECONFIG_FAIL";
  return is_told_by_base ? base : flag;
}

// The wait status as a number, or "code:signal".
std::string exit_of(const json& value) {
  if (value.is_number_integer()) return std::to_string(value.get<long long>());
  const auto code = number_of(member(value, "return_code"));
  const auto signal = number_of(member(member(value, "signal"), "id"));
  if (!code && !signal) return {};
  return std::to_string(code.value_or(0)) + ":" + std::to_string(signal.value_or(0));
}

std::string id_of(const json& job_id, const json& array_id, const json& task_id,
                  const std::string& pending_tasks) {
  const auto array = number_of(array_id).value_or(0);
  if (array > 0) {
    if (const auto task = number_of(task_id)) {
      return std::to_string(array) + "_" + std::to_string(*task);
    }
    if (!pending_tasks.empty()) return std::to_string(array) + "_[" + pending_tasks + "]";
  }
  return std::to_string(number_of(job_id).value_or(0));
}

SlurmRow queue_row_of(const json& job) {
  SlurmRow row;
  row.id = id_of(member(job, "job_id"), member(job, "array_job_id"), member(job, "array_task_id"),
                 text_of(member(job, "array_task_string")));
  row.state = state_of(member(job, "job_state"));
  row.exit = exit_of(member(job, "exit_code"));
  row.nodes = text_of(member(job, "nodes"));
  row.submit = time_of(member(job, "submit_time"));
  row.start = time_of(member(job, "start_time"));
  row.end = time_of(member(job, "end_time"));
  row.reason = text_of(member(job, "state_reason"));
  row.name = text_of(member(job, "name"));
  return row;
}

// Exit codes are left out: v0.0.38 has 0 for whatever a job ended with.
SlurmRow accounting_row_of(const json& job) {
  SlurmRow row;
  const auto& array = member(job, "array");
  row.id = id_of(member(job, "job_id"), member(array, "job_id"), member(array, "task_id"),
                 text_of(member(array, "task")));
  row.state = state_of(member(member(job, "state"), "current"));
  row.nodes = text_of(member(job, "nodes"));
  const auto& time = member(job, "time");
  row.submit = time_of(member(time, "submission"));
  row.start = time_of(member(time, "start"));
  row.end = time_of(member(time, "end"));
  row.reason = text_of(member(member(job, "state"), "reason"));
  row.name = text_of(member(job, "name"));
  return row;
}

SlurmRow row_of(const json& job) {
  return member(job, "job_state").is_null() ? accounting_row_of(job) : queue_row_of(job);
}

// Of an error's two texts the one that says something.
std::string words_of(const json& error) {
  const auto words = text_of(member(error, "error"));
  auto description = text_of(member(error, "description"));
  const bool is_of_a_key =
      description.starts_with("Disabled key") || description.starts_with("Unknown key");
  if (words.empty() || words == "Unspecified error" || is_of_a_key) return description;
  return words == "Failure during parsing" ? std::string{} : words;
}

void read_errors(const json& errors, RestReply& reply) {
  if (!errors.is_array()) return;
  std::vector<std::string> words;
  for (const auto& error : errors) {
    for (const auto* key : {"error_number", "error_code"}) {
      if (const auto code = number_of(member(error, key)); code && *code != 0) {
        reply.codes.push_back(*code);
      }
    }
    auto text = words_of(error);
    std::replace(text.begin(), text.end(), '\n', ' ');
    if (!text.empty() && std::find(words.begin(), words.end(), text) == words.end()) {
      words.push_back(std::move(text));
    }
  }
  reply.words = valid_utf8(join(words, "; "));
}

// Of the paths of an OpenAPI description.
std::vector<std::string> versions_of(const json& paths) {
  std::vector<std::string> versions;
  if (!paths.is_object()) return versions;
  for (const auto& [path, unused] : paths.items()) {
    const auto parts = split(path, '/');
    if (parts.size() < 3 || parts[1] != "slurm" || !parts[2].starts_with("v0.")) continue;
    if (std::find(versions.begin(), versions.end(), parts[2]) == versions.end()) {
      versions.push_back(parts[2]);
    }
  }
  return versions;
}

}  // namespace

bool RestReply::has_code(long long code) const {
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

RestReply parse_rest_reply(std::string_view body) {
  RestReply reply;
  const auto answer = json::parse(body, nullptr, false);
  reply.is_json = answer.is_object();
  if (!reply.is_json) {
    const auto line = trim(body);
    reply.words = valid_utf8(line.substr(0, std::min<std::size_t>(line.find('\n'), 200)));
    return reply;
  }
  read_errors(member(answer, "errors"), reply);
  if (const auto id = number_of(member(answer, "job_id")); id && *id > 0) {
    reply.job_id = std::to_string(*id);
  }
  const auto& meta = member(answer, "meta");
  for (const auto* name : {"slurm", "Slurm"}) {
    const auto release = text_of(member(member(meta, name), "release"));
    if (!release.empty()) reply.release = release;
  }
  reply.versions = versions_of(member(answer, "paths"));
  if (const auto& jobs = member(answer, "jobs"); jobs.is_array()) {
    for (const auto& job : jobs) reply.rows.push_back(row_of(job));
  }
  return reply;
}

}  // namespace assay
