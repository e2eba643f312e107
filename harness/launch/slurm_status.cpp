#include "launch/slurm_status.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "launch/slurm_script.h"

namespace assay {

namespace {

constexpr std::size_t k_fields = 9;
// Clocks of two machines differ; a job's own submission is never much older than it is known here.
constexpr std::chrono::minutes k_clock_difference{10};
constexpr int k_cannot_open =
    53;  // "0:53": slurmd could not open the output, or enter the directory

using enum SlurmPhase;

constexpr std::array k_states{
    SlurmState{"PENDING", pending, EndKind::lost, ""},
    SlurmState{"REQUEUED", pending, EndKind::lost, "requeued"},
    SlurmState{"REQUEUE_FED", pending, EndKind::lost, "requeued in the federation"},
    SlurmState{"REQUEUE_HOLD", pending, EndKind::lost, "requeued and held"},
    SlurmState{"RESV_DEL_HOLD", pending, EndKind::lost, "held: its reservation was deleted"},
    SlurmState{"SPECIAL_EXIT", pending, EndKind::lost, "requeued and held after a special exit"},
    SlurmState{"CONFIGURING", pending, EndKind::lost, "its nodes are being made ready"},
    SlurmState{"POWER_UP_NODE", pending, EndKind::lost, "its nodes are being powered up"},
    SlurmState{"EXPEDITING", pending, EndKind::lost, "requeued first in the queue"},
    SlurmState{"RUNNING", running, EndKind::lost, ""},
    SlurmState{"SUSPENDED", running, EndKind::lost, "suspended"},
    SlurmState{"STOPPED", running, EndKind::lost, "stopped"},
    SlurmState{"SIGNALING", running, EndKind::lost, ""},
    SlurmState{"RESIZING", running, EndKind::lost, ""},
    SlurmState{"STAGE_OUT", running, EndKind::lost, "its files are being staged out"},
    SlurmState{"UPDATE_DB", running, EndKind::lost, ""},
    // It hides the end, or a requeue, until every node has reported.
    SlurmState{"COMPLETING", running, EndKind::lost, "ending"},
    SlurmState{"COMPLETED", ended, EndKind::exited, ""},
    SlurmState{"FAILED", ended, EndKind::exited, ""},
    SlurmState{"CANCELLED", ended, EndKind::cancelled, "cancelled in Slurm"},
    SlurmState{"TIMEOUT", ended, EndKind::timed_out, ""},
    SlurmState{"DEADLINE", ended, EndKind::deadline, "its deadline in Slurm"},
    SlurmState{"OUT_OF_MEMORY", ended, EndKind::out_of_memory, ""},
    SlurmState{"NODE_FAIL", ended, EndKind::node_failed, ""},
    SlurmState{"BOOT_FAIL", ended, EndKind::node_failed, "a node did not boot"},
    SlurmState{"PREEMPTED", ended, EndKind::preempted, ""},
    SlurmState{"LAUNCH_FAILED", ended, EndKind::launch_failed, "its nodes could not be made ready"},
    SlurmState{"RECONFIG_FAIL", ended, EndKind::launch_failed, "its nodes could not be set up"},
    SlurmState{"REVOKED", ended, EndKind::lost, "taken over by another cluster of the federation"},
};

// Reasons of pending jobs, as squeue's manual lists them. Left out are those that also stand for
// nodes that are down (PartitionNodeLimit, ReqNodeNotAvail), and those of jobs that a person holds.
constexpr std::array<std::string_view, 9> k_stuck{"launch failed requeued held",
                                                  "DependencyNeverSatisfied",
                                                  "JobHoldMaxRequeue",
                                                  "PartitionTimeLimit",
                                                  "BadConstraints",
                                                  "InvalidAccount",
                                                  "InvalidQOS",
                                                  "AccountNotAllowed",
                                                  "QOSNotAllowed"};

// "QOSMaxWallDurationPerJobLimit", "AssocMaxGRESPerJob", "QOSMaxCpuPerNode", "QOSMinGRES"; not
// "QOSMaxJobsPerUserLimit" or "AssocGrpCpuLimit", which pass as other jobs end.
bool exceeds_limit_of_one_job(std::string_view reason) {
  if (reason.starts_with("QOSMin")) return true;
  const bool is_limit = reason.starts_with("QOSMax") || reason.starts_with("AssocMax");
  return is_limit && (reason.find("PerJob") != std::string_view::npos ||
                      reason.find("PerNode") != std::string_view::npos);
}

// Times are asked for in UTC.
std::optional<TimePoint> parse_time(std::string_view text) {
  const auto trimmed = trim(text);
  if (trimmed.empty() || trimmed == "N/A" || trimmed == "Unknown" || trimmed == "None") {
    return std::nullopt;
  }
  return from_iso8601(trimmed);
}

bool says_nothing(std::string_view reason) {
  return reason.empty() || reason == "None" || reason == "NonZeroExitCode" || reason == "(null)";
}

struct WaitStatus {
  int code = 0;
  int signal = 0;
};

// squeue prints the wait status as one number, newer ones perhaps "code:signal" as sacct does.
std::optional<WaitStatus> parse_exit(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) {
    const auto raw = parse_integer(trim(text));
    if (!raw || *raw < 0 || *raw > 0xffffff) return std::nullopt;
    return WaitStatus{static_cast<int>(*raw >> 8U) & 0xff, static_cast<int>(*raw & 0x7f)};
  }
  const auto code = parse_integer(trim(text.substr(0, colon)));
  const auto signal = parse_integer(trim(text.substr(colon + 1)));
  if (!code || !signal) return std::nullopt;
  return WaitStatus{static_cast<int>(*code), static_cast<int>(*signal)};
}

void append_reason(std::string& reason, std::string_view more) {
  if (more.empty()) return;
  if (!reason.empty()) reason += ": ";
  reason += more;
}

// FAILED says little: the batch script's own end, or that it never began.
void refine_failure(const SlurmRow& row, SlurmSource source, JobEnd& end) {
  const auto status = parse_exit(row.exit);
  if (parse_node_list(row.nodes).empty()) {  // such as BadConstraints: it never had any
    end.kind = EndKind::launch_failed;
    if (end.reason.empty()) end.reason = "it never started";
    return;
  }
  if (!status || status->signal == 0) return;
  if (status->signal == k_cannot_open) {
    end.kind = EndKind::launch_failed;
    end.reason = "its output or directory could not be opened on the node";
    append_reason(end.reason, row.reason);
    return;
  }
  // sacct shows 128 less of an exit code, as a signal: the job's own file tells them apart.
  if (source == SlurmSource::sacct) return;
  end.kind = EndKind::signaled;
  end.signal = status->signal;
  end.exit_code = 128 + status->signal;
  end.reason = "the batch script itself was killed";
}

JobEnd end_of(const SlurmRow& row, const SlurmState& state, SlurmSource source) {
  JobEnd end;
  end.kind = state.kind;
  end.reason = std::string(state.meaning);
  // "CANCELLED by 1000"
  if (const auto by = row.state.find(" by "); by != std::string::npos) {
    end.reason += " by user " + row.state.substr(by + 4);
  }
  if (!says_nothing(row.reason) && row.reason != "JobLaunchFailure") {
    append_reason(end.reason, row.reason);
  }
  if (row.reason == "JobHoldMaxRequeue") end.kind = EndKind::launch_failed;
  if (state.name == "FAILED") refine_failure(row, source, end);
  return end;
}

std::string_view first_word(std::string_view state) {
  const auto text = trim(state);
  return text.substr(0, text.find_first_of(" +"));
}

// "1-3,07" in front of `suffix`.
void expand_range(std::string_view prefix, std::string_view ranges, std::string_view suffix,
                  std::vector<std::string>& names) {
  constexpr long long k_most = 100'000;
  for (const auto& range : split(ranges, ',')) {
    const auto dash = range.find('-');
    const auto from = range.substr(0, dash);
    const auto to = dash == std::string::npos ? from : range.substr(dash + 1);
    const auto first = parse_integer(from);
    const auto last = parse_integer(to);
    if (!first || !last || *last < *first || *last - *first > k_most) {
      names.push_back(fmt::format("{}[{}]{}", prefix, range, suffix));
      continue;
    }
    for (auto number = *first; number <= *last; ++number) {
      names.push_back(fmt::format("{}{:0{}}{}", prefix, number, from.size(), suffix));
    }
  }
}

}  // namespace

const char* const k_squeue_format =
    "JobArrayID:|,State:|,exit_code:|,NodeList:|,SubmitTime:|,StartTime:|,EndTime:|,Reason:|,"
    "Name:|";
const char* const k_sacct_format = "JobID,State,ExitCode,NodeList,Submit,Start,End,Reason,JobName";

std::vector<SlurmRow> parse_slurm_rows(std::string_view text) {
  std::vector<SlurmRow> rows;
  while (!text.empty()) {
    const auto line_end = text.find('\n');
    auto fields = split(text.substr(0, line_end), '|');
    text.remove_prefix(line_end == std::string_view::npos ? text.size() : line_end + 1);
    if (fields.size() == k_fields + 1 && trim(fields.back()).empty()) fields.pop_back();
    if (fields.size() != k_fields) continue;
    for (auto& field : fields) field = std::string(trim(field));
    rows.push_back({fields[0], fields[1], fields[2], fields[3], fields[4], fields[5], fields[6],
                    fields[7], fields[8]});
  }
  return rows;
}

std::vector<std::string> ids_of_row(const SlurmRow& row) {
  if (row.id.find('[') == std::string::npos) return {row.id};
  auto list = row.id;
  if (const auto limit = list.find('%'); limit != std::string::npos) {
    list.erase(limit, list.find(']', limit) - limit);
  }
  return parse_node_list(list);
}

std::vector<std::string> parse_node_list(std::string_view text) {
  std::vector<std::string> names;
  const auto list = trim(text);
  if (list == "None assigned" || list == "(null)" || list == "N/A") return names;
  for (std::size_t at = 0; at < list.size();) {
    // A comma outside of brackets ends a name.
    std::size_t end = at;
    int depth = 0;
    for (; end < list.size() && (depth > 0 || list[end] != ','); ++end) {
      if (list[end] == '[') ++depth;
      if (list[end] == ']') --depth;
    }
    const auto part = list.substr(at, end - at);
    const auto open = part.find('[');
    const auto close = part.find(']', open);
    if (open == std::string_view::npos || close == std::string_view::npos) {
      if (!part.empty()) names.emplace_back(part);
    } else {
      expand_range(part.substr(0, open), part.substr(open + 1, close - open - 1),
                   part.substr(close + 1), names);
    }
    at = end + 1;
  }
  return names;
}

const SlurmState* find_slurm_state(std::string_view state) {
  const auto name = first_word(state);
  const auto found = std::find_if(k_states.begin(), k_states.end(),
                                  [&](const SlurmState& each) { return each.name == name; });
  return found == k_states.end() ? nullptr : &*found;
}

JobStatus slurm_job_status(const SlurmRow& row, SlurmSource source) {
  JobStatus status;
  status.id = row.id;
  const auto* state = find_slurm_state(row.state);
  const auto reason = says_nothing(row.reason) ? std::string{} : row.reason;
  // What only sacct still calls running, the controller has forgotten.
  if (state == nullptr || (source == SlurmSource::sacct && state->phase != SlurmPhase::ended)) {
    status.reason = "Slurm says " + row.state;
    return status;
  }
  switch (state->phase) {
    case SlurmPhase::pending:
      status.state = JobState::pending;
      status.reason = std::string(state->meaning);
      append_reason(status.reason, reason);
      status.expected_start = parse_time(row.start);
      return status;
    case SlurmPhase::running:
      status.state = JobState::running;
      status.reason = std::string(state->meaning);
      break;
    case SlurmPhase::ended:
      status.state = JobState::ended;
      status.end = end_of(row, *state, source);
      status.ended = parse_time(row.end);
      break;
    case SlurmPhase::unknown:
      return status;
  }
  status.started = parse_time(row.start);
  status.nodes = parse_node_list(row.nodes);
  // What never had a node never ran, whatever start it is given.
  if (status.state == JobState::ended && status.nodes.empty()) status.started.reset();
  return status;
}

bool is_stuck(const SlurmRow& row) {
  if (first_word(row.state) != "PENDING") return false;
  return std::find(k_stuck.begin(), k_stuck.end(), row.reason) != k_stuck.end() ||
         exceeds_limit_of_one_job(row.reason);
}

bool is_row_of(const SlurmRow& row, const JobRef& job) {
  if (!is_slurm_name_of(row.name, job.token)) return false;
  const auto submitted = parse_time(row.submit);
  return !submitted || !job.submitted || *submitted >= *job.submitted - k_clock_difference;
}

}  // namespace assay
