#include "driver/wait.h"

#include <algorithm>
#include <csignal>

#include "base/error.h"
#include "launch/exit_file.h"

namespace assay {

namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr milliseconds k_exit_file_interval{250};
constexpr milliseconds k_without_limit{std::chrono::hours(1)};

class JobWait {
 public:
  JobWait(Launcher& launcher, const JobRun& run, Interrupts& interrupts, Attempt& attempt)
      : launcher_(launcher),
        workload_(run.workload),
        queue_limit_(run.queue_limit),
        patience_(run.patience),
        interrupts_(interrupts),
        attempt_(attempt),
        progress_(run.progress),
        news_(launcher.is_local()),
        interval_(run.patience.first_interval) {}

  std::optional<std::string> run() {
    attempt_.submitted = now();
    const auto reply = submit();
    if (reply.cannot_run) return reply.error;
    if (reply.job_id.empty() && !reply.is_queued) {
      attempt_.end = interrupts_.stop() ? end_of(*interrupts_.stop())
                                        : JobEnd{EndKind::launch_failed, -1, 0, reply.error};
      return std::nullopt;
    }
    attempt_.job_id = reply.job_id;
    return wait();
  }

  std::optional<std::string> run_adopted(const KeptJob& kept) {
    attempt_.job_id = kept.job.id;
    attempt_.submitted = kept.job.submitted;
    return wait();
  }

 private:
  std::optional<std::string> wait() {
    attempt_.end = wait_for_end();
    if (cannot_run_) return attempt_.end.reason;
    if (!attempt_.ended) attempt_.ended = now();
    return std::nullopt;
  }

  static JobEnd end_of(const Stop& stop) { return {stop.kind, -1, 0, stop.reason}; }

  Submission submit() {
    auto pause = patience_.first_interval;
    Submission reply;
    interrupts_.wait(-1, milliseconds(0));  // the deadline may be over already
    for (int round = 1; !interrupts_.stop(); ++round) {
      try {
        reply = launcher_.submit(std::span(&workload_, 1), workload_.token).at(0);
      } catch (const TransientError& error) {
        // Nothing is known: it may have been submitted, so it is not submitted again.
        reply = {};
        reply.error = error.what();
        return reply;
      }
      if (!reply.is_transient || round >= patience_.submissions) break;
      interrupts_.wait(-1, pause);
      pause *= 2;
    }
    return reply;
  }

  JobRef reference() const { return {attempt_.job_id, workload_.token, attempt_.submitted}; }

  JobEnd wait_for_end() {
    for (;;) {
      const auto status = poll();
      if (status) note(*status);
      if (status && !status->silent_since) {
        if (auto end = end_by(*status)) return *end;
      } else if (auto end = end_by_silence()) {
        return *end;
      }
      if (auto end = end_by_stopping()) return *end;
      interrupts_.wait(launcher_.event_fd(), next_pause());
    }
  }

  // Nothing while the launcher cannot be asked.
  std::optional<JobStatus> poll() {
    try {
      const auto job = reference();
      auto status = launcher_.poll(std::span(&job, 1)).at(0);
      if (status.silent_since) {
        note_silence(status.notice);
      } else {
        silent_since_.reset();
      }
      return status;
    } catch (const TransientError& error) {
      note_silence(error.what());
      tell(news_.silence(now(), last_error_));
      return std::nullopt;
    }
  }

  void note_silence(const std::string& error) {
    if (!silent_since_) silent_since_ = Clock::now();
    last_error_ = error;
  }

  void tell(const std::optional<std::string>& line) const {
    if (line && progress_) progress_(*line);
  }

  void note(const JobStatus& status) {
    if (status.state != last_state_) interval_ = patience_.first_interval;
    last_state_ = status.state;
    pending_reason_ = status.reason;
    cannot_run_ = status.cannot_run;
    if (!status.id.empty()) attempt_.job_id = status.id;
    if (!status.nodes.empty()) attempt_.nodes = status.nodes;
    if (!status.gpus.empty()) attempt_.gpus = status.gpus;
    if (status.started) attempt_.started = status.started;
    if (status.ended) attempt_.ended = status.ended;
    if (status.cpu_seconds) attempt_.cpu_seconds = status.cpu_seconds;
    if (status.peak_memory_bytes) attempt_.peak_memory_bytes = status.peak_memory_bytes;
    if (status.state != JobState::unknown) unknown_since_.reset();
    tell(news_.line(now(), *attempt_.submitted, status));
  }

  // What a launcher says of jobs whose script may have ended orderly all the same.
  static bool is_outranked_by_exit_file(EndKind kind) {
    return kind == EndKind::node_failed || kind == EndKind::lost || kind == EndKind::launch_failed;
  }

  // A node that is taken away may still end its jobs orderly: their scripts then write down a
  // signal.
  static bool is_made_by(EndKind kind, const JobEnd& written) {
    return kind == EndKind::node_failed && written.kind == EndKind::signaled &&
           (written.signal == SIGTERM || written.signal == SIGKILL);
  }

  std::optional<JobEnd> end_by(const JobStatus& status) {
    if (status.state == JobState::ended) {
      auto end = status.end.value_or(JobEnd{});
      if (end.kind == EndKind::exited) return written_end(end.reason);
      if (is_outranked_by_exit_file(end.kind)) {
        // A job may outlive what its scheduler says of a node that was only slow to answer.
        const bool is_late = end.kind != EndKind::launch_failed && !stop_;
        const auto written = is_late ? late_exit_file() : exit_file();
        if (written && !is_made_by(end.kind, *written)) return *written;
      }
      if (stop_ && end.kind != EndKind::timed_out) return end_of(*stop_);
      return end;
    }
    if (status.state != JobState::unknown) return std::nullopt;
    if (auto end = exit_file()) return end;
    if (!unknown_since_) unknown_since_ = Clock::now();
    if (stop_) return end_of(*stop_);
    if (Clock::now() - *unknown_since_ < patience_.unknown) return std::nullopt;
    return JobEnd{EndKind::lost, -1, 0, "the launcher does not know job " + attempt_.job_id};
  }

  // The job's own word; nothing while there is none.
  std::optional<JobEnd> exit_file() const {
    try {
      return read_exit_file(workload_.directory);
    } catch (const Error& error) {
      return JobEnd{EndKind::lost, -1, 0, error.what()};
    }
  }

  // Of a job that is known to have ended by itself: its file may still be on its way.
  JobEnd written_end(const std::string& reason) {
    if (auto end = late_exit_file()) {
      if (end->reason.empty()) end->reason = reason;
      return *end;
    }
    return {EndKind::lost, -1, 0, "it ended but wrote no " + std::string(k_exit_file)};
  }

  // Waits for the file, as long as other machines may take to show it.
  std::optional<JobEnd> late_exit_file() {
    const auto deadline =
        Clock::now() + (launcher_.is_local() ? milliseconds(0) : patience_.exit_file);
    for (;;) {
      if (auto end = exit_file()) return end;
      if (Clock::now() >= deadline || interrupts_.is_urgent()) return std::nullopt;
      interrupts_.wait(-1, k_exit_file_interval);
    }
  }

  std::optional<JobEnd> end_by_silence() {
    if (auto end = exit_file()) return end;
    if (Clock::now() - *silent_since_ < patience_.silence) return std::nullopt;
    return JobEnd{EndKind::lost, -1, 0, "the launcher does not answer: " + last_error_};
  }

  // Cancels once there is a reason to. An end only when the job does not follow.
  std::optional<JobEnd> end_by_stopping() {
    if (!stop_) {
      stop_ = interrupts_.stop() ? interrupts_.stop() : broken_limit();
      if (!stop_) return std::nullopt;
      if (stop_->is_ctests_end && launcher_.keeps_jobs()) {
        throw JobLeft(stop_->reason + "; job " + attempt_.job_id + " is kept for the next run");
      }
      cancelled_at_ = Clock::now();
      interval_ = patience_.first_interval;
      cancel();
    }
    const bool is_over = Clock::now() - cancelled_at_ >= patience_.cancelled;
    if (is_over || interrupts_.is_urgent()) return end_of(*stop_);
    return std::nullopt;
  }

  void cancel() {
    try {
      const auto job = reference();
      launcher_.cancel(std::span(&job, 1));
    } catch (const TransientError& error) {
      stop_->reason += "; cancelling failed: " + std::string(error.what());
    }
  }

  std::optional<Stop> broken_limit() const {
    if (last_state_ == JobState::pending && queue_limit_.count() > 0 &&
        now() - *attempt_.submitted >= queue_limit_) {
      return Stop{EndKind::launch_failed,
                  "still pending after " + format_duration(queue_limit_) +
                      (pending_reason_.empty() ? "" : " (" + pending_reason_ + ")")};
    }
    if (last_state_ == JobState::running && workload_.time_limit.count() > 0 && attempt_.started &&
        now() - *attempt_.started >= workload_.time_limit + patience_.overtime) {
      return Stop{EndKind::timed_out, "after " + format_duration(workload_.time_limit)};
    }
    return std::nullopt;
  }

  // A launcher with events is asked when it has some; the rest only bounds this process's limits.
  // Of a job that nobody knows of now, its exit file may still tell, and the patience ends.
  milliseconds next_pause() {
    auto pause = interval_;
    if (stop_ || silent_since_ || unknown_since_ || launcher_.event_fd() < 0) {
      interval_ = std::min(interval_ * 5 / 4, patience_.longest_interval);
    } else {
      pause = k_without_limit;
    }
    if (stop_) return pause;
    if (progress_) pause = std::min(pause, news_.until_next(now()));
    if (last_state_ == JobState::pending && queue_limit_.count() > 0) {
      pause = std::min<milliseconds>(pause, *attempt_.submitted + queue_limit_ - now());
    }
    if (last_state_ == JobState::running && workload_.time_limit.count() > 0 && attempt_.started) {
      pause = std::min<milliseconds>(
          pause, *attempt_.started + workload_.time_limit + patience_.overtime - now());
    }
    return std::max(pause, milliseconds(1));
  }

  Launcher& launcher_;
  const Workload& workload_;
  std::chrono::seconds queue_limit_;
  const Patience& patience_;
  Interrupts& interrupts_;
  Attempt& attempt_;
  const Progress& progress_;
  JobNews news_;

  milliseconds interval_;
  JobState last_state_ = JobState::unknown;
  std::string pending_reason_;
  bool cannot_run_ = false;
  std::optional<Clock::time_point> silent_since_;
  std::optional<Clock::time_point> unknown_since_;
  std::string last_error_;
  std::optional<Stop> stop_;  // that the job was cancelled for
  Clock::time_point cancelled_at_;
};

}  // namespace

std::optional<std::string> run_job(Launcher& launcher, const JobRun& run, Interrupts& interrupts,
                                   Attempt& attempt) {
  JobWait wait(launcher, run, interrupts, attempt);
  return run.adopted ? wait.run_adopted(*run.adopted) : wait.run();
}

}  // namespace assay
