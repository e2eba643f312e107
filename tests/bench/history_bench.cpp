// The history's speed. ASSAY_BENCH_RECORDS=1000000 makes it as large as a big site's (4 GB in the
// temporary directory, or where ASSAY_BENCH_HISTORY says: a file there is used again).
#include <benchmark/benchmark.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "../unit/model/sample_record.h"
#include "../unit/temporary_directory.h"
#include "history/history.h"
#include "history/insert.h"
#include "history/schema.h"

namespace assay {
namespace {

constexpr int k_cases = 1000;
constexpr int k_metrics = 10;

int record_count() {
  const char* asked = std::getenv("ASSAY_BENCH_RECORDS");
  return asked != nullptr ? std::atoi(asked) : 50'000;
}

// Record `number` of a site that runs its thousand cases once in six hours.
Record record_of(int number) {
  Record record = test::passed_record();
  const int run = number / k_cases;
  const int one = number % k_cases;
  record.run_id = "pipeline-" + std::to_string(run);
  record.pipeline_id = std::to_string(run);
  record.key = "recipe/model" + std::to_string(one % 40) + "_case-" + std::to_string(one);
  record.name = record.key.substr(7);
  record.git_commit = std::to_string(10'000'000 + run) + std::string(32, 'a');
  record.labels = {{"model", "model" + std::to_string(one % 40)},
                   {"variant", one % 2 == 0 ? "train" : "infer"},
                   {"precision", "fp32"},
                   {"scope", "nightly"}};
  record.created = test::at("2026-11-21T00:00:00.000Z") -
                   std::chrono::hours(6) * ((record_count() - number) / k_cases + 1) +
                   std::chrono::milliseconds(one);
  record.ended = record.created + std::chrono::seconds(60);
  record.attempts[0].job_id = std::to_string(number);
  if (number % 50 == 7) record.verdict = Verdict::failed;
  record.metrics.resize(k_metrics, record.metrics.front());
  for (int i = 0; i < k_metrics; ++i) {
    auto& metric = record.metrics[static_cast<std::size_t>(i)];
    metric.name = "metric_" + std::to_string(i);
    metric.value = i + 0.001 * run;
  }
  return record;
}

void fill(const std::filesystem::path& file) {
  History(file).append(record_of(0));  // makes the schema
  SQLite::Database database(file.string(), SQLite::OPEN_READWRITE);
  database.exec("PRAGMA synchronous = OFF");
  detail::Inserter inserter(database);
  for (int number = 0; number < record_count();) {
    SQLite::Transaction transaction(database);
    for (int i = 0; i < 10'000 && number < record_count(); ++i, ++number) {
      const auto record = record_of(number);
      inserter.insert(record, to_json_line(record));
    }
    transaction.commit();
  }
}

// Made once for all benchmarks of this process.
const std::filesystem::path& history_file() {
  static const test::TemporaryDirectory directory;
  static const std::filesystem::path file = [] {
    const char* asked = std::getenv("ASSAY_BENCH_HISTORY");
    const std::filesystem::path path =
        asked != nullptr ? std::filesystem::path(asked) : directory.path() / "history.sqlite";
    if (!std::filesystem::exists(path)) {
      std::cerr << "writing " << record_count() << " records to " << path << "\n";
      fill(path);
    }
    return path;
  }();
  return file;
}

std::string middle_key() { return record_of(k_cases / 2).key; }

void BM_PassingSeries(benchmark::State& state) {
  const History history(history_file());
  std::size_t points = 0;
  for (auto _ : state) {
    points = history.passing_series(middle_key(), "local", "", "main", "metric_3", 0).size();
  }
  state.counters["points"] = static_cast<double>(points);
}
BENCHMARK(BM_PassingSeries)->Unit(benchmark::kMillisecond);

void query_rows(benchmark::State& state, const History::Query& query) {
  const History history(history_file());
  std::size_t rows = 0;
  for (auto _ : state) rows = history.rows(query).size();
  state.counters["rows"] = static_cast<double>(rows);
}

TimePoint newest() { return record_of(record_count() - 1).created; }

void BM_NewestRun(benchmark::State& state) {
  const History history(history_file());
  for (auto _ : state) benchmark::DoNotOptimize(history.newest_run());
}
BENCHMARK(BM_NewestRun)->Unit(benchmark::kMillisecond);

void BM_RowsOfNewestRun(benchmark::State& state) {
  query_rows(state, {.run_id = record_of(record_count() - 1).run_id});
}
BENCHMARK(BM_RowsOfNewestRun)->Unit(benchmark::kMillisecond);

void BM_RowsOfPipeline(benchmark::State& state) {
  query_rows(state, {.pipeline_id = record_of(record_count() / 2).pipeline_id});
}
BENCHMARK(BM_RowsOfPipeline)->Unit(benchmark::kMillisecond);

void BM_RowsOfKey(benchmark::State& state) { query_rows(state, {.key = middle_key()}); }
BENCHMARK(BM_RowsOfKey)->Unit(benchmark::kMillisecond);

void BM_RowsOfJob(benchmark::State& state) {
  query_rows(state, {.job_id = std::to_string(record_count() / 2)});
}
BENCHMARK(BM_RowsOfJob)->Unit(benchmark::kMillisecond);

void BM_RowsOfModelSinceTwoWeeks(benchmark::State& state) {
  query_rows(state, {.model = "model7", .since = newest() - std::chrono::weeks(2)});
}
BENCHMARK(BM_RowsOfModelSinceTwoWeeks)->Unit(benchmark::kMillisecond);

void BM_FailuresSinceTwoWeeks(benchmark::State& state) {
  query_rows(state, {.verdict = Verdict::failed, .since = newest() - std::chrono::weeks(2)});
}
BENCHMARK(BM_FailuresSinceTwoWeeks)->Unit(benchmark::kMillisecond);

void BM_RowsSinceTwoWeeks(benchmark::State& state) {
  query_rows(state, {.since = newest() - std::chrono::weeks(2)});
}
BENCHMARK(BM_RowsSinceTwoWeeks)->Unit(benchmark::kMillisecond);

void BM_RecordsOfNewestRun(benchmark::State& state) {
  const History history(history_file());
  const History::Query query{.run_id = record_of(record_count() - 1).run_id};
  for (auto _ : state) benchmark::DoNotOptimize(history.find(query));
}
BENCHMARK(BM_RecordsOfNewestRun)->Unit(benchmark::kMillisecond);

void BM_Append(benchmark::State& state) {
  History history(history_file());
  int number = record_count();
  for (auto _ : state) history.append(record_of(number++));
}
BENCHMARK(BM_Append)->Unit(benchmark::kMillisecond);

void BM_Keys(benchmark::State& state) {
  const History history(history_file());
  for (auto _ : state) benchmark::DoNotOptimize(history.keys());
}
BENCHMARK(BM_Keys)->Unit(benchmark::kMillisecond);

void BM_Labels(benchmark::State& state) {
  const History history(history_file());
  for (auto _ : state) benchmark::DoNotOptimize(history.labels());
}
BENCHMARK(BM_Labels)->Unit(benchmark::kMillisecond);

void BM_Launchers(benchmark::State& state) {
  const History history(history_file());
  for (auto _ : state) benchmark::DoNotOptimize(history.launchers());
}
BENCHMARK(BM_Launchers)->Unit(benchmark::kMillisecond);

void BM_Runs(benchmark::State& state) {
  const History history(history_file());
  for (auto _ : state) benchmark::DoNotOptimize(history.runs());
}
BENCHMARK(BM_Runs)->Unit(benchmark::kMillisecond);

void BM_PastOfAllCases(benchmark::State& state) {
  const History history(history_file());
  const auto keys = history.keys();
  for (auto _ : state) benchmark::DoNotOptimize(history.past(keys, "local"));
}
BENCHMARK(BM_PastOfAllCases)->Unit(benchmark::kMillisecond);

// Each of `writers` processes ends its case at some moment of two seconds, as drivers do; the
// counter is the median time of one append, opening included.
void BM_AppendOfManyWriters(benchmark::State& state) {
  const auto writers = static_cast<int>(state.range(0));
  const test::TemporaryDirectory directory;
  const auto file = directory.path() / "history.sqlite";
  std::vector<double> times;
  for (auto _ : state) {
    int ends[2];
    if (::pipe(ends) != 0) return state.SkipWithError("pipe");
    for (int writer = 0; writer < writers; ++writer) {
      if (::fork() != 0) continue;
      auto record = record_of(writer);
      record.run_id = "run " + std::to_string(times.size());
      ::usleep(static_cast<useconds_t>(writer * 2'000'000LL / writers));
      const auto begin = std::chrono::steady_clock::now();
      History(file).append(record);
      const std::chrono::duration<double, std::milli> took =
          std::chrono::steady_clock::now() - begin;
      const double milliseconds = took.count();
      const bool is_said = ::write(ends[1], &milliseconds, sizeof milliseconds) > 0;
      ::_exit(is_said ? 0 : 1);
    }
    ::close(ends[1]);
    double milliseconds = 0;
    while (::read(ends[0], &milliseconds, sizeof milliseconds) > 0) times.push_back(milliseconds);
    ::close(ends[0]);
    while (::wait(nullptr) > 0) {
    }
  }
  if (times.empty()) return state.SkipWithError("no writer");
  std::sort(times.begin(), times.end());
  state.counters["median_ms"] = times[times.size() / 2];
  state.counters["p99_ms"] = times[times.size() * 99 / 100];
  const History history(file);
  const auto kept = history.rows({.all = true}).size();
  state.counters["lost"] = static_cast<double>(times.size()) - static_cast<double>(kept);
}
BENCHMARK(BM_AppendOfManyWriters)->Arg(200)->Iterations(1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace assay

BENCHMARK_MAIN();
