#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "event_file.h"
#include "metrics/metrics.h"

namespace assay {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Collect : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "assay-collect-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    attempt_ = pattern;
    std::filesystem::create_directories(attempt_ / "logs");
  }
  void TearDown() override { std::filesystem::remove_all(attempt_); }

  void write(const std::string& path, std::string_view content) {
    const auto file = attempt_ / path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << content;
  }

  Collected collect_from(std::vector<std::string> loggers,
                         std::vector<MetricDefinition> definitions = {}) {
    MetricSources sources;
    sources.logs_dir = attempt_ / "logs";
    sources.stdout_log = attempt_ / "stdout.log";
    sources.loggers = std::move(loggers);
    sources.most_points = most_points_;
    return collect(sources, definitions);
  }

  static std::vector<std::string> described(const Collected& collected) {
    std::vector<std::string> all;
    for (const auto& series : collected.series) {
      const auto value = reduce(series, {});
      all.push_back(series.source + " " + series.name + " " +
                    (value ? std::to_string(*value).substr(0, 4) : "none"));
    }
    return all;
  }

  std::filesystem::path attempt_;
  std::size_t most_points_ = MetricSources{}.most_points;
};

TEST_F(Collect, SourcesShareThePointsThatMayBeKept) {
  most_points_ = 1600;
  std::string csv = "step,a\n";
  std::string lines;
  for (int i = 0; i < 5000; ++i) {
    csv += std::to_string(i) + "," + std::to_string(i) + "\n";
    lines += "{\"step\": " + std::to_string(i) + ", \"b\": " + std::to_string(i) + "}\n";
  }
  write("logs/lightning_logs/version_0/metrics.csv", csv);
  write("logs/metrics.jsonl", lines);
  const auto collected = collect_from({"csv", "jsonl"});
  ASSERT_EQ(collected.series.size(), 2U);
  std::size_t points = 0;
  for (const auto& series : collected.series) {
    points += series.points.size();
    EXPECT_EQ(series.point_count(), 5000U);
    EXPECT_EQ(reduce(series, {}), 4999);
  }
  EXPECT_LE(points, 1700U);
  EXPECT_EQ(collected.warnings.size(), 2U);
}

TEST_F(Collect, ReadsTheLoggersThatAreNamed) {
  write("stdout.log", "iteration 1/ 2 | lm loss: 5.5 |\n");
  write("logs/dllogger.json", "DLLL {\"type\": \"LOG\", \"step\": [], \"data\": {\"a\": 1}}\n");
  write("logs/extra.yaml", "b: 2\n");
  write("logs/tb/events.out.tfevents.1.host.2.0", event_file::scalar(1, "c", 3));
  write("logs/lightning_logs/version_9/metrics.csv", "step,d\n1,9\n");
  write("logs/lightning_logs/version_10/metrics.csv", "step,d\n1,4\n");
  write("logs/metrics.jsonl", "{\"step\": 1, \"e\": 5}\n");
  write("logs/out/trainer_state.json", "{\"log_history\": [{\"step\": 2, \"f\": 6}]}");
  write("logs/out/checkpoint-1/trainer_state.json", "{\"log_history\": [{\"step\": 1, \"f\": 1}]}");
  write("logs/out/all_results.json", "{\"g\": 7}");
  write("logs/wandb/run-20240101_000000-x/files/wandb-summary.json", "{\"h\": 1}");
  write("logs/wandb/run-20240102_000000-y/files/wandb-summary.json", "{\"h\": 8}");
  write("logs/mlruns/0/abc/metrics/val/i", "1 9 0\n");
  const auto collected = collect_from(
      {"stdout", "dllogger", "extra", "tensorboard", "csv", "jsonl", "json", "wandb", "mlflow"});
  EXPECT_THAT(described(collected),
              ElementsAre("stdout lm loss 5.50", "dllogger a 1.00", "extra b 2.00",
                          "tensorboard c 3.00", "csv d 4.00", "jsonl e 5.00", "json g 7.00",
                          "json f 6.00", "wandb h 8.00", "mlflow val/i 9.00"));
  EXPECT_THAT(collected.warnings, IsEmpty());
}

TEST_F(Collect, ReadsNoLoggerThatIsNotNamed) {
  write("stdout.log", "iteration 1/ 2 | lm loss: 5.5 |\n");
  write("logs/extra.yaml", "b: 2\n");
  EXPECT_THAT(described(collect_from({"extra"})), ElementsAre("extra b 2.00"));
  EXPECT_THAT(described(collect_from({})), IsEmpty());
}

TEST_F(Collect, ALoggerThatLeftNoFileIsReportedWithWhatWasLookedFor) {
  const auto collected = collect_from({"tensorboard", "stdout"});
  EXPECT_THAT(collected.warnings,
              ElementsAre(HasSubstr("logger 'tensorboard' left no file: looked for **/*tfevents*"),
                          HasSubstr("stdout.log: No such file")));
}

TEST_F(Collect, AnUnknownLoggerIsReported) {
  EXPECT_THAT(collect_from({"tensorbord"}).warnings,
              ElementsAre("unknown logger 'tensorbord'; did you mean 'tensorboard'?"));
}

TEST_F(Collect, LooksAroundTheLogsDirectoryWhenItHoldsNothing) {
  write("stdout.log", "");
  write("runs/events.out.tfevents.1.host.2.0", event_file::scalar(1, "c", 3));
  EXPECT_THAT(described(collect_from({"tensorboard"})), ElementsAre("tensorboard c 3.00"));
}

TEST_F(Collect, EventFilesOfADirectoryAreOneSeriesAndDirectoriesAreApart) {
  write("logs/train/events.out.tfevents.2.h", event_file::scalar(2, "loss", 2));
  write("logs/train/events.out.tfevents.10.h",
        event_file::session_start(2) + event_file::scalar(2, "loss", 4));
  write("logs/validation/events.out.tfevents.3.h", event_file::scalar(2, "loss", 3));
  const auto collected = collect_from({"tensorboard"});
  EXPECT_THAT(described(collected), ElementsAre("tensorboard loss 4.00", "tensorboard loss 3.00"));
  EXPECT_THAT(collected.series[0].points, ElementsAre(Point{2, 4}));
}

TEST_F(Collect, DefinitionsSayWhereAMetricComesFrom) {
  write("stdout.log", "speed: 12.5 it/s\n");
  write("logs/custom/run.csv", "step,x\n1,2\n");
  write("logs/train.log", "y=3\n");
  MetricDefinition speed;
  speed.name = "speed";
  speed.pattern = R"(speed: ([\d.]+))";
  MetricDefinition x;
  x.name = "x";
  x.path = "custom/*.csv";
  MetricDefinition y;
  y.name = "y";
  y.path = "*.log";
  y.pattern = R"(y=(\d+))";
  MetricDefinition gone;
  gone.name = "z";
  gone.path = "none/*.csv";
  const auto collected = collect_from({}, {speed, x, y, gone});
  EXPECT_THAT(described(collected),
              testing::UnorderedElementsAre("stdout speed 12.5", "stdout y 3.00", "csv x 2.00"));
  EXPECT_THAT(collected.warnings, ElementsAre(HasSubstr("no file matches 'none/*.csv'")));
}

TEST_F(Collect, SamplesOfGpusBecomeMetricsUnasked) {
  write("gpu_samples.csv", "2024/05/01 12:00:00.000, GPU-a, 40, 1, 100.00, 40, 345, 0\n");
  EXPECT_THAT(described(collect_from({})), Contains("gpu gpu.util.mean 40.0"));
}

TEST_F(Collect, WhatIsNoRegularFileIsNotWaitedFor) {
  ASSERT_EQ(::mkfifo((attempt_ / "stdout.log").c_str(), 0600), 0);
  EXPECT_THAT(collect_from({"stdout"}).warnings, ElementsAre(HasSubstr("not a regular file")));
}

}  // namespace
}  // namespace assay
