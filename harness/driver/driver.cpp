#include "driver/driver.h"

#include <malloc.h>

#include <algorithm>

#include "base/digest.h"
#include "base/files.h"
#include "base/text.h"
#include "driver/evidence.h"
#include "driver/golden_copy.h"
#include "driver/job_setup.h"
#include "driver/running.h"
#include "history/history.h"
#include "launch/job_facts.h"
#include "verdict/cause.h"
#include "verdict/classify.h"
#include "verdict/judge.h"
#include "verdict/quarantine.h"

namespace assay {

namespace {

constexpr int k_cannot_run_here = 77;  // a job's own word for it, as CTest's SKIP_RETURN_CODE
constexpr std::size_t k_reason_bytes = 4096;
constexpr std::size_t k_quarantine_runs = 50;  // earlier ones that a quarantine's review reads
constexpr const char* k_no_directory = "$ASSAY_ATTEMPT_DIR";  // run-time names, unexpanded

double seconds_between(const std::optional<TimePoint>& from, const std::optional<TimePoint>& to) {
  if (!from || !to || *to < *from) return 0;
  return static_cast<double>((*to - *from).count()) / 1000.0;
}

// Whether every list of exit codes holds the code.
bool is_expected(const Checks& checks, int exit_code) {
  return std::all_of(checks.exit_codes.begin(), checks.exit_codes.end(), [&](const auto& codes) {
    return std::find(codes.begin(), codes.end(), exit_code) != codes.end();
  });
}

std::string last_line(const std::filesystem::path& file) {
  const auto tail = read_tail(file, k_reason_bytes);
  const auto text = trim(tail);
  return std::string(trim(text.substr(text.rfind('\n') + 1)));
}

// Why a job that ended with 77 could not run, in its own words.
std::string own_reason(const std::filesystem::path& attempt_directory) {
  for (const char* name : {"stderr.log", "stdout.log"}) {
    if (auto line = last_line(attempt_directory / name); !line.empty()) return line;
  }
  return "the job ended with exit code 77";
}

class ProductRun {
 public:
  ProductRun(const RunRequest& request, Launcher& launcher, Interrupts& interrupts,
             const Progress& progress)
      : request_(request), launcher_(launcher), interrupts_(interrupts), progress_(progress) {}

  RunOutcome run() {
    describe();
    // What is wrong in the recipe is better known before the job than after it.
    golden_ = read_golden(product_.checks);
    quarantine_ = quarantine_state(product_.quarantine, record_.created);
    try {
      run_repeats();
      conclude();
    } catch (const JobLeft& left) {
      record_.verdict = Verdict::errored;
      record_.summary = left.what();
      return {std::move(record_), {}};
    } catch (const std::exception& error) {
      record_.verdict = Verdict::errored;
      record_.summary = error.what();
    }
    review();
    write();
    RunOutcome outcome{std::move(record_), {}};
    if (!repeats_.empty()) outcome.series = std::move(repeats_.back().series);
    return outcome;
  }

 private:
  // Everything that is known before the job: who, what, where.
  void describe() {
    record_.created = now();
    product_ = resolve_for(k_no_directory);
    record_.run_id = run_id(request_.variable);
    record_.key = product_.key;
    record_.name = product_.name;
    // Absolute: `rerun` may be called from anywhere.
    record_.recipe_file = std::filesystem::absolute(product_.place.file).lexically_normal();
    record_.recipe_line = product_.place.line;
    record_.recipe_digest = product_.recipe_digest;
    for (const auto& parameter : product_.parameters) {
      record_.parameters.emplace_back(parameter.name, parameter.value);
    }
    record_.labels = product_.labels;
    record_.maintainers = product_.maintainers;
    record_.launcher = product_.launcher;
    record_.launcher_type = product_.launcher_type;
    record_.image = product_.image;
    record_.pipeline_id = pipeline_id(request_.variable);
    record_.user = user_name();
    record_.host = host_name();
    record_.assay_version = ASSAY_VERSION;

    const auto case_name = request_.case_name.empty() ? product_.name : request_.case_name;
    const auto run_directory = request_.work_dir / record_.run_id;
    directory_ = run_directory / file_name_of(case_name);
    record_.directory = directory_.string();
    next_directory_ = make_attempt_directory(directory_);
    newest_directory_ = next_directory_->path;

    const auto recipe = std::filesystem::absolute(product_.place.file).lexically_normal();
    const auto git = git_state(recipe.parent_path(), run_directory, request_.variable);
    record_.git_commit = git.commit;
    record_.git_branch = git.branch;
    record_.git_dirty = git.is_dirty;
    record_.product_digest = product_digest(product_, git.commit);
  }

  Product resolve_for(const std::filesystem::path& attempt_directory) const {
    auto options = request_.resolve;
    options.runtime_names = runtime_names(attempt_directory, options.launcher->name);
    return resolve(request_.product, options, request_.recipes);
  }

  void run_repeats() {
    for (int repeat = 1; repeat <= std::max(product_.repeats, 1); ++repeat) {
      if (!run_until_no_retry(repeat)) return;
    }
  }

  // False when no further repeat can change the verdict.
  bool run_until_no_retry(int repeat) {
    for (int attempt_of_repeat = 1;; ++attempt_of_repeat) {
      auto measured = run_attempt(repeat);
      if (skipped_) return false;
      const bool again = decide_retry(measured, attempt_of_repeat);
      if (again) continue;
      repeats_.push_back(std::move(measured));
      const auto& end = record_.attempts.back().end;
      return end.kind == EndKind::exited && is_expected(product_.checks, end.exit_code);
    }
  }

  // The job that an earlier run of the unchanged product left, for the first attempt. Of a dirty
  // working tree nobody knows whether it is unchanged.
  std::optional<KeptJob> adopt() {
    if (!record_.attempts.empty() || record_.git_dirty) return std::nullopt;
    try {
      return launcher_.adopt(record_.product_digest);
    } catch (const TransientError& error) {
      // The submission will wait for the broker, too; what an earlier run left stays where it is.
      progress_(error.what());
      return std::nullopt;
    }
  }

  AttemptDirectory take_directory() {
    return next_directory_ ? *std::exchange(next_directory_, std::nullopt)
                           : make_attempt_directory(directory_);
  }

  Measured run_attempt(int repeat) {
    release_jobs();
    const auto adopted = adopt();
    // An adopted job's directory has a number of its own run's; here it is the first.
    const auto directory = adopted ? AttemptDirectory{adopted->directory, 1} : take_directory();
    newest_directory_ = directory.path;
    past_.reset();
    product_ = resolve_for(directory.path);
    record_.script_digest = sha256_hex(product_.script);
    Workload workload;
    if (adopted) {
      workload = adopted_workload(product_, *adopted);
    } else {
      workload = make_workload(product_, record_.run_id, directory);
      workload.excluded_nodes = failed_nodes();
    }
    if (!record_.git_dirty) workload.product_digest = record_.product_digest;

    Attempt attempt;
    attempt.number = static_cast<int>(record_.attempts.size()) + 1;
    attempt.repeat = repeat;
    attempt.token = workload.token;
    attempt.directory = directory.path.string();
    mark_.set(directory_, product_.key, record_.run_id, attempt.directory);
    progress_((adopted ? "attached to job " + adopted->job.id + " of an earlier run on "
                       : "running on ") +
              product_.launcher + " in " + attempt.directory);
    ::malloc_trim(0);  // what parsing left behind: from here on this process only waits
    skipped_ =
        run_job(launcher_, {workload, request_.patience, product_.queue_limit, adopted, progress_},
                interrupts_, attempt);
    add_jobs_own_words(attempt);
    if (attempt.end.kind == EndKind::exited || attempt.end.kind == EndKind::signaled) {
      skip_or_accept(attempt);
    }
    record_.attempts.push_back(std::move(attempt));
    if (skipped_) return {};
    return measure(product_, golden_, directory.path);
  }

  // What its launcher did not say.
  static void add_jobs_own_words(Attempt& attempt) {
    if (attempt.gpus.empty()) attempt.gpus = read_job_gpus(attempt.directory);
    if (attempt.job_id.empty()) attempt.job_id = read_job_id(attempt.directory);
    const auto usage = read_job_usage(attempt.directory);
    if (!attempt.cpu_seconds) attempt.cpu_seconds = usage.cpu_seconds;
    if (!attempt.peak_memory_bytes) attempt.peak_memory_bytes = usage.peak_memory_bytes;
  }

  // The nodes of attempts that the infrastructure spoilt, unless somebody took them away: the next
  // attempt runs elsewhere.
  std::vector<std::string> failed_nodes() const {
    std::vector<std::string> nodes;
    for (const auto& attempt : record_.attempts) {
      const auto kind = attempt.end.kind;
      if (attempt.class_ != to_string(AttemptClass::infra) || kind == EndKind::preempted ||
          kind == EndKind::cancelled || kind == EndKind::deadline) {
        continue;
      }
      for (const auto& node : attempt.nodes) {
        if (std::find(nodes.begin(), nodes.end(), node) == nodes.end()) nodes.push_back(node);
      }
    }
    return nodes;
  }

  void skip_or_accept(Attempt& attempt) {
    auto& end = attempt.end;
    const bool expected = is_expected(product_.checks, end.exit_code);
    if (end.kind == EndKind::exited && end.exit_code == k_cannot_run_here && !expected) {
      skipped_ = own_reason(attempt.directory);
    }
    // A recipe that expects 128 + n expects the signal.
    if (end.kind == EndKind::signaled && expected) end.kind = EndKind::exited;
  }

  // The records, or the next attempt, have what the jobs left.
  void release_jobs() {
    std::vector<JobRef> jobs;
    for (; released_ < record_.attempts.size(); ++released_) {
      const auto& attempt = record_.attempts[released_];
      jobs.push_back({attempt.job_id, attempt.token, attempt.submitted});
    }
    if (!jobs.empty()) launcher_.release(jobs);
  }

  // Its launcher refused the job, and would again: what may pass is submitted again at once.
  static bool is_refused(const Attempt& attempt) {
    return attempt.end.kind == EndKind::launch_failed && attempt.job_id.empty();
  }

  // Says of the newest attempt why it did not pass, and whether the same is tried once more.
  bool decide_retry(const Measured& measured, int attempt_of_repeat) {
    auto& attempt = record_.attempts.back();
    const auto findings = judge_repeats(product_.checks, attempt.end, std::span(&measured, 1),
                                        measured, past(), golden_);
    const auto logs = logs_of(attempt);
    class_ = classify(product_.retry, attempt.end, findings, logs);
    attempt.class_ = to_string(class_.attempt_class);
    attempt.class_reason = class_.reason;
    if (!is_another_due(class_, attempt_of_repeat) || interrupts_.stop()) return false;
    if (is_refused(attempt)) return false;
    progress_("attempt " + std::to_string(attempt.number) + ": " + assay::describe(attempt.end) +
              "; once more (" + attempt.class_ + ": " + class_.reason + ")");
    return true;
  }

  // Of the newest attempt's series: the next one may run on another GPU model.
  const std::vector<PastValues>& past() {
    if (!past_) {
      // Outside of any repository there is one branch, without a name, unless one is asked for.
      const bool has_branches = !record_.git_commit.empty() || !record_.git_branch.empty() ||
                                request_.variable("ASSAY_REFERENCE_BRANCH").has_value();
      past_ = read_past(product_.checks, record_, request_.history,
                        has_branches ? reference_branch(request_.variable) : std::string{});
    }
    return *past_;
  }

  static std::vector<std::filesystem::path> logs_of(const Attempt& attempt) {
    const std::filesystem::path directory(attempt.directory);
    return {directory / "stdout.log", directory / "stderr.log"};
  }

  void conclude() {
    const auto& attempt = record_.attempts.back();
    record_.submitted = attempt.submitted;
    record_.started = attempt.started;
    record_.ended = attempt.ended;
    record_.queue_seconds = seconds_between(attempt.submitted, attempt.started);
    record_.run_seconds = seconds_between(attempt.started, attempt.ended);
    for (const auto& path : logs_of(attempt)) {
      if (std::filesystem::exists(path)) record_.logs.push_back(path.string());
    }
    if (skipped_) {
      record_.verdict = Verdict::skipped;
      record_.summary = *skipped_;
      return;
    }
    judge_all(attempt.end);
  }

  void judge_all(const JobEnd& end) {
    auto merged = over_repeats(repeats_);
    record_.findings = judge_repeats(product_.checks, end, repeats_, merged, past(), golden_);
    record_.verdict = verdict_of(record_.findings, end, class_.attempt_class);
    record_.summary = summarize(record_.findings, record_.verdict, end, class_.reason);
    record_.metrics = std::move(merged.metrics);
    auto more = metrics_for_history(product_.checks, record_.findings, record_.metrics);
    std::move(more.begin(), more.end(), std::back_inserter(record_.metrics));
    record_.warnings = std::move(merged.warnings);
    const bool failed = record_.verdict == Verdict::failed;
    record_.allowed_failure = failed && product_.allow_failure;
    record_.quarantined = failed && quarantine_ == QuarantineState::active;
    try {
      keep_golden(product_.checks, newest_directory_);
    } catch (const Error& error) {  // the curves that it is for are no part of the verdict
      record_.warnings.push_back("golden values not kept: " + std::string(error.what()));
    }
    if (record_.verdict == Verdict::passed) return;
    auto logs = logs_of(record_.attempts.back());
    std::reverse(logs.begin(), logs.end());  // errors are mostly told on stderr
    record_.cause = likely_cause(end, logs);
  }

  // How a quarantine stands after this run. The history is no condition for the record.
  void review() {
    if (!product_.quarantine) return;
    std::vector<Verdict> verdicts{record_.verdict};
    try {
      if (!request_.history.empty() && std::filesystem::exists(request_.history)) {
        History::Query query;
        query.key = record_.key;
        query.launcher = record_.launcher;
        query.all = true;
        query.limit = k_quarantine_runs;
        const History history(request_.history);
        for (const auto& row : history.rows(query)) verdicts.push_back(row.verdict);
      }
    } catch (const Error& error) {
      record_.warnings.push_back("quarantine: " + std::string(error.what()));
    }
    record_.quarantine = review_quarantine(*product_.quarantine, verdicts, record_.created).text;
  }

  void write() {
    make_directories(newest_directory_);  // a job may have removed it
    const auto path = newest_directory_ / "record.json";
    write_file_atomically(path, to_json(record_));
    release_jobs();
    if (request_.history.empty()) return;
    try {
      make_directories(request_.history.parent_path());
      History(request_.history).append(record_);
    } catch (const Error& error) {
      // The verdict stands; that the history lacks it is told where the record is read.
      record_.warnings.push_back("not in the history: " + std::string(error.what()));
      write_file_atomically(path, to_json(record_));
    }
  }

  const RunRequest& request_;
  Launcher& launcher_;
  Interrupts& interrupts_;
  const Progress& progress_;

  Record record_;
  Product product_;
  std::vector<GoldenCurve> golden_;
  std::filesystem::path directory_;                 // the product's, in the run's
  std::optional<AttemptDirectory> next_directory_;  // made, not yet used
  std::filesystem::path newest_directory_;          // where the record goes
  RunningMark mark_;
  std::optional<std::string> skipped_;
  std::vector<Measured> repeats_;  // of the attempts that count
  std::size_t released_ = 0;       // of the record's attempts
  Classification class_;           // of the newest attempt
  QuarantineState quarantine_ = QuarantineState::none;
  std::optional<std::vector<PastValues>> past_;
};

}  // namespace

RunOutcome run_product(const RunRequest& request, Launcher& launcher, Interrupts& interrupts,
                       const Progress& progress) {
  return ProductRun(request, launcher, interrupts, progress).run();
}

int exit_code_of(const Record& record) {
  switch (record.verdict) {
    case Verdict::passed:
      return 0;
    case Verdict::failed:
      return record.allowed_failure || record.quarantined ? 0 : 1;
    case Verdict::errored:
      return 3;
    case Verdict::skipped:
      return k_cannot_run_here;
  }
  return 3;
}

}  // namespace assay
