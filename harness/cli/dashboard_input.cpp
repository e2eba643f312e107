#include "cli/dashboard_input.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <fstream>
#include <functional>
#include <iostream>
#include <mutex>
#include <system_error>
#include <thread>

#include "base/clock.h"
#include "base/files.h"
#include "base/text.h"
#include "metrics/golden.h"
#include "metrics/metrics.h"

namespace assay {

namespace {

namespace fs = std::filesystem;

class RecordFiles : public DashboardInput {
 public:
  explicit RecordFiles(fs::path directory) : directory_(std::move(directory)) {}

  std::string name() const override { return "'" + directory_.string() + "'"; }

 protected:
  std::size_t add_records(Dashboard& dashboard) override {
    std::size_t count = 0;
    std::error_code error;  // what vanishes while tests run is passed over
    fs::recursive_directory_iterator at(directory_, error);
    for (; !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
      if (at->path().filename() != "record.json") continue;
      const auto stamp = at->last_write_time(error);
      auto [seen, is_new] = seen_.try_emplace(at->path().string(), stamp);
      if (!is_new && seen->second == stamp) continue;
      seen->second = stamp;
      const auto text = read_file_if_exists(at->path());
      if (!text) continue;
      add(dashboard, at->path().string(), *text);
      ++count;
    }
    return count;
  }

 private:
  fs::path directory_;
  std::map<std::string, fs::file_time_type> seen_;
};

// Followed as it grows: a line that has no end yet is read next time.
class RecordLines : public DashboardInput {
 public:
  explicit RecordLines(fs::path file) : file_(std::move(file)) {}

  std::string name() const override { return "'" + file_.string() + "'"; }

 protected:
  std::size_t add_records(Dashboard& dashboard) override {
    std::ifstream stream(file_, std::ios::binary);
    if (!stream) throw Error("cannot read " + file_.string());
    stream.seekg(read_);
    std::size_t count = 0;
    for (std::string line; std::getline(stream, line) && !stream.eof(); ++number_) {
      read_ = stream.tellg();
      if (trim(line).empty()) continue;
      add(dashboard, file_.string() + ":" + std::to_string(number_), line);
      ++count;
    }
    return count;
  }

 private:
  fs::path file_;
  std::streamoff read_ = 0;
  int number_ = 1;
};

struct FoundRecord {
  std::int64_t id = 0;
  std::string json;
};

// What one thread reads and another one takes, some hundred records at a time: half of the time of
// a large history is the database's.
class RecordPipe {
 public:
  // Hands records to `take` while `read` runs in a thread of its own. What either throws is thrown.
  static void run(const std::function<void(RecordPipe&)>& read,
                  const std::function<void(const FoundRecord&)>& take) {
    RecordPipe pipe;
    std::exception_ptr problem;
    std::jthread reader([&] {
      try {
        read(pipe);
        pipe.flush();
      } catch (...) {
        problem = std::current_exception();
      }
      pipe.end();
    });
    try {
      for (auto batch = pipe.next(); !batch.empty(); batch = pipe.next()) {
        for (const auto& found : batch) take(found);
      }
    } catch (...) {
      pipe.abandon();  // else its reader would wait for a place for ever
      throw;
    }
    reader.join();
    if (problem) std::rethrow_exception(problem);
  }

  void put(std::int64_t id, std::string_view json) {
    filling_.push_back({id, std::string(json)});
    if (filling_.size() == k_batch) flush();
  }

 private:
  static constexpr std::size_t k_batch = 256;
  static constexpr std::size_t k_most_batches = 8;  // a few megabytes

  void flush() {
    if (filling_.empty()) return;
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return batches_.size() < k_most_batches || is_abandoned_; });
    if (is_abandoned_) return filling_.clear();
    batches_.push_back(std::exchange(filling_, {}));
    changed_.notify_all();
  }
  void end() {
    const std::lock_guard lock(mutex_);
    has_ended_ = true;
    changed_.notify_all();
  }
  void abandon() {
    const std::lock_guard lock(mutex_);
    is_abandoned_ = true;
    changed_.notify_all();
  }
  // Empty when there is nothing more to come.
  std::vector<FoundRecord> next() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !batches_.empty() || has_ended_; });
    if (batches_.empty()) return {};
    auto batch = std::move(batches_.front());
    batches_.pop_front();
    changed_.notify_all();
    return batch;
  }

  std::vector<FoundRecord> filling_;  // the reader's
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::vector<FoundRecord>> batches_;
  bool has_ended_ = false;
  bool is_abandoned_ = false;
};

class HistoryRecords : public DashboardInput {
 public:
  HistoryRecords(fs::path file, int days)
      : file_(std::move(file)), history_(file_), since_(now() - std::chrono::hours(24) * days) {}

  std::string name() const override { return file_.string(); }

 protected:
  std::size_t add_records(Dashboard& dashboard) override {
    History::Query query;
    query.all = true;  // the dashboard itself takes the newest of a run
    query.since = since_;
    query.after_id = last_;
    std::size_t count = 0;
    const auto read = [&](RecordPipe& pipe) {
      history_.visit(query, [&](std::int64_t id, std::string_view json) { pipe.put(id, json); });
    };
    RecordPipe::run(read, [&](const FoundRecord& found) {
      add(dashboard, file_.string() + ", record " + std::to_string(found.id), found.json);
      last_ = std::max(last_, found.id);
      ++count;
    });
    return count;
  }

 private:
  fs::path file_;
  History history_;
  TimePoint since_;
  std::int64_t last_ = 0;
};

// What its logs say of each metric that is more than one number.
std::vector<Series> logged_curves(const Record& record, const fs::path& directory) {
  MetricSources sources;
  sources.logs_dir = directory / "logs";
  sources.stdout_log = directory / "stdout.log";
  for (const auto& metric : record.metrics) {
    if (metric.point_count < 2) continue;
    auto& loggers = sources.loggers;
    if (std::find(loggers.begin(), loggers.end(), metric.source) == loggers.end()) {
      loggers.push_back(metric.source);
    }
  }
  if (sources.loggers.empty()) return {};
  auto collected = collect(sources, {});
  std::vector<Series> curves;
  for (const auto& metric : record.metrics) {
    const auto found =
        std::find_if(collected.series.begin(), collected.series.end(), [&](const Series& series) {
          return series.name == metric.name && series.source == metric.source &&
                 series.points.size() > 1;
        });
    if (found != collected.series.end()) curves.push_back(std::move(*found));
  }
  return curves;
}

// What it was held against, as its driver left it.
std::vector<Series> golden_curves(const fs::path& directory) {
  const auto text = read_file_if_exists(directory / "golden.json");
  if (!text) return {};
  std::vector<Series> curves;
  try {
    for (auto& golden : parse_golden(*text, (directory / "golden.json").string())) {
      Series series;
      series.name = std::move(golden.metric);
      series.points = std::move(golden.points);
      curves.push_back(std::move(series));
    }
  } catch (const InputError& error) {
    std::cerr << error.what() << '\n';
  }
  return curves;
}

}  // namespace

std::size_t DashboardInput::add_new(Dashboard& dashboard) {
  const auto count = add_records(dashboard);
  if (count == 0) return 0;
  for (const auto& record : dashboard.without_curves()) {
    DashboardCurves curves;
    if (!record.attempts.empty() && !record.attempts.back().directory.empty()) {
      const fs::path directory = record.attempts.back().directory;
      std::error_code ignored;  // not to be read is as good as not there
      if (fs::is_directory(directory, ignored)) {
        curves = {logged_curves(record, directory), golden_curves(directory)};
      }
    }
    dashboard.set_curves(record, std::move(curves));
  }
  return count;
}

void DashboardInput::add(Dashboard& dashboard, const std::string& what, std::string_view json) {
  try {
    dashboard.add(json);
  } catch (const Error& error) {
    std::cerr << what << ": " << error.what() << '\n';
    ++unreadable_;
  }
}

std::unique_ptr<DashboardInput> records_at(const fs::path& path) {
  if (fs::is_directory(path)) return std::make_unique<RecordFiles>(path);
  if (fs::is_regular_file(path)) return std::make_unique<RecordLines>(path);
  throw InputError({"--records", 1, 1}, "no such directory or file: '" + path.string() + "'");
}

std::unique_ptr<DashboardInput> records_of_history(const fs::path& file, int days) {
  return std::make_unique<HistoryRecords>(file, days);
}

}  // namespace assay
