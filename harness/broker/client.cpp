#include "broker/client.h"

#include <algorithm>
#include <map>
#include <vector>

#include "base/error.h"
#include "broker/connection.h"
#include "broker/paths.h"
#include "broker/start.h"
#include "launch/lease.h"
#include "launch/watch_settings.h"

namespace assay {

namespace {

using std::chrono::milliseconds;

// The broker may be busy with a scheduler that takes its time.
constexpr milliseconds k_answer_limit{120'000};

class BrokerClient : public Launcher {
 public:
  BrokerClient(const LauncherConfig& config, std::filesystem::path program)
      : config_(config),
        settings_(read_watch_settings(config)),
        paths_(broker_paths(config)),
        program_(std::move(program)) {}

  std::vector<Submission> submit(std::span<const Workload> workloads,
                                 const std::string& /*batch_token*/) override {
    std::vector<Submission> replies;
    for (const auto& workload : workloads) {
      Job job;
      job.workload = workload;
      if (settings_.lease.count() > 0) job.workload.lease = run_lease(workload.directory);
      job.status.state = JobState::pending;
      const auto token = workload.token;
      auto& added = jobs_.insert_or_assign(token, std::move(job)).first->second;
      if (connection_.is_open()) {
        say(added);
      } else {
        // With the others. Where no broker comes up, poll() says so, and tries
        // again.
        try {
          connect();
        } catch (const TransientError&) {
        }
      }
      replies.emplace_back();
      replies.back().is_queued = true;
    }
    return replies;
  }

  std::vector<JobStatus> poll(std::span<const JobRef> refs) override {
    take_news();
    if (!connection_.is_open()) {
      connect();
      take_news();
    }
    std::vector<JobStatus> statuses;
    for (const auto& ref : refs) {
      const auto found = jobs_.find(ref.token);
      statuses.push_back(found == jobs_.end() ? JobStatus{} : found->second.status);
    }
    return statuses;
  }

  void cancel(std::span<const JobRef> refs) override {
    for (const auto& ref : refs) {
      const auto found = jobs_.find(ref.token);
      if (found == jobs_.end()) continue;
      found->second.is_cancelled = true;
      // A lost connection is noticed by poll(), which says it again.
      if (connection_.is_open()) connection_.send(CancelRequest{ref.token, {}});
    }
  }

  void release(std::span<const JobRef> refs) override {
    for (const auto& ref : refs) {
      const auto found = jobs_.find(ref.token);
      if (found == jobs_.end()) continue;
      if (!connection_.is_open() || !connection_.send(ReleaseRequest{ref.token})) {
        release_by_another();
      }
      jobs_.erase(found);
    }
  }

  std::optional<KeptJob> adopt(const std::string& product_digest) override {
    if (!settings_.keep_orphans || product_digest.empty()) return std::nullopt;
    if (!connection_.is_open()) connect();
    if (!connection_.send(AdoptRequest{product_digest})) return std::nullopt;
    while (auto message = connection_.receive(k_answer_limit)) {
      auto* reply = std::get_if<AdoptReply>(&*message);
      if (reply == nullptr) {
        take(std::move(*message));
        continue;
      }
      if (reply->kept) add_adopted(*reply->kept);
      return std::move(reply->kept);
    }
    return std::nullopt;
  }

  bool keeps_jobs() const override { return settings_.keep_orphans; }
  int event_fd() const override { return connection_.fd(); }

 private:
  struct Job {
    Workload workload;
    JobRef known;
    JobStatus status;
    bool was_said = false;
    bool is_cancelled = false;
  };

  void connect() {
    connection_ = Connection(connect_or_start(config_, paths_, program_));
    for (auto& [token, job] : jobs_) say(job);
  }

  void say(Job& job) {
    SubmitRequest request{job.workload, {}, job.was_said};
    if (!job.known.id.empty()) request.known = job.known;
    job.was_said = true;
    if (connection_.send(request) && job.is_cancelled) {
      connection_.send(CancelRequest{job.workload.token, {}});
    }
  }

  void take_news() {
    while (auto message = connection_.receive(milliseconds(0))) take(std::move(*message));
  }

  void take(Message message) {
    auto* news = std::get_if<StatusNews>(&message);
    if (news == nullptr) return;
    const auto found = jobs_.find(news->token);
    if (found == jobs_.end()) return;
    auto& job = found->second;
    if (!news->reference.id.empty()) job.known = std::move(news->reference);
    job.status = std::move(news->status);
  }

  void add_adopted(const KeptJob& kept) {
    Job job;
    job.workload.token = kept.job.token;
    job.workload.directory = kept.directory;
    job.known = {kept.job.id, {}, kept.job.submitted};
    job.status.id = kept.job.id;
    job.status.state = JobState::pending;
    job.was_said = true;
    jobs_.insert_or_assign(kept.job.token, std::move(job));
  }

  // The one that would have heard it is gone; the next one has the job from the
  // journal.
  void release_by_another() {
    try {
      connection_ = Connection(connect_or_start(config_, paths_, program_));
      for (auto& [token, job] : jobs_) connection_.send(ReleaseRequest{token});
    } catch (const TransientError&) {
      // Then it is an orphan of which nothing is wanted: a record has claimed
      // its directory.
    }
  }

  LauncherConfig config_;
  WatchSettings settings_;
  BrokerPaths paths_;
  std::filesystem::path program_;
  Connection connection_;
  std::map<std::string, Job, std::less<>> jobs_;  // by token
};

std::optional<std::string> ask(const LauncherConfig& config, const Message& request) {
  Connection connection(connect_to(broker_paths(config).socket));
  if (!connection.is_open() || !connection.send(request)) return std::nullopt;
  while (auto message = connection.receive(k_answer_limit)) {
    if (auto* reply = std::get_if<TextReply>(&*message)) return std::move(reply->text);
  }
  throw TransientError("the broker does not answer");
}

}  // namespace

std::unique_ptr<Launcher> make_broker_client(const LauncherConfig& config,
                                             const std::filesystem::path& program) {
  return std::make_unique<BrokerClient>(config, program);
}

std::unique_ptr<Launcher> make_watched_launcher(const LauncherConfig& config, bool use_broker) {
  const auto settings = read_watch_settings(config);
  // Made here in any case: what is wrong in the settings is the driver's to
  // say.
  auto launcher = make_launcher(config);
  if (launcher->is_local()) return launcher;
  if (use_broker && settings.broker) return make_broker_client(config, own_program());
  return make_own_loop(std::move(launcher), config);
}

std::optional<std::string> broker_overview(const LauncherConfig& config) {
  return ask(config, OverviewRequest{});
}

std::optional<std::string> stop_broker(const LauncherConfig& config) {
  return ask(config, StopRequest{});
}

std::optional<std::string> cancel_by_broker(const LauncherConfig& config, const std::string& key,
                                            const std::string& run_id) {
  return ask(config, CancelMatching{key, run_id});
}

}  // namespace assay
