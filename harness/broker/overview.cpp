#include "broker/overview.h"

#include <unistd.h>

#include <nlohmann/json.hpp>

namespace assay {

namespace {

using Json = nlohmann::ordered_json;

std::string state_of(const Scheduler::Overview& job) {
  if (job.status.state == JobState::pending && job.entry.job_id.empty()) return "queued";
  return to_string(job.status.state);
}

Json describe(const Scheduler::Overview& job) {
  Json json{{"key", job.entry.key},        {"run_id", job.entry.run_id},
            {"job_id", job.entry.job_id},  {"state", state_of(job)},
            {"token", job.token},          {"directory", job.entry.directory},
            {"has_driver", job.is_watched}};
  if (job.entry.submitted) json["submitted"] = to_iso8601(*job.entry.submitted);
  if (!job.status.reason.empty()) json["reason"] = job.status.reason;
  if (!job.status.notice.empty()) json["notice"] = job.status.notice;
  if (job.status.end) json["end"] = describe(*job.status.end);
  return json;
}

// A key, or a key without its type.
bool matches(const std::string& key, const std::string& wanted) {
  return wanted.empty() || key == wanted || key.substr(key.find('/') + 1) == wanted;
}

// Text may hold any bytes that a scheduler wrote.
std::string dump(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string overview_json(const Scheduler& scheduler, const LauncherConfig& config,
                          const BrokerPaths& paths, std::size_t drivers) {
  std::map<std::string, int> states;
  auto jobs = Json::array();
  for (const auto& job : scheduler.jobs()) {
    ++states[state_of(job)];
    jobs.push_back(describe(job));
  }
  const auto& counts = scheduler.counts();
  return dump({{"launcher", config.name},
               {"type", config.type},
               {"pid", ::getpid()},
               {"socket", paths.socket.string()},
               {"journal", paths.journal.string()},
               {"log", paths.log.string()},
               {"drivers", drivers},
               {"poll_interval_seconds", static_cast<double>(scheduler.interval().count()) / 1000},
               {"calls",
                {{"submissions", counts.submissions},
                 {"submitted_jobs", counts.submitted},
                 {"polls", counts.polls},
                 {"look_ups", counts.finds},
                 {"cancels", counts.cancels},
                 {"unanswered", counts.failures}}},
               {"states", states},
               {"jobs", jobs}});
}

std::string cancel_matching(Scheduler& scheduler, const CancelMatching& request) {
  auto cancelled = Json::array();
  for (const auto& job : scheduler.jobs()) {
    if (job.status.state == JobState::ended || !matches(job.entry.key, request.key)) continue;
    if (!request.run_id.empty() && job.entry.run_id != request.run_id) continue;
    scheduler.cancel(job.token, "by 'assay cancel'");
    cancelled.push_back(describe(job));
  }
  return dump(cancelled);
}

}  // namespace assay
