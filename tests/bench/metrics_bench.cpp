// Speed and memory of the metric readers; metrics_bench.py runs it beside public tools.
//
//   metrics_bench make dllogger|jsonl|tensorboard|tensors|log FILE MEBIBYTES
//   metrics_bench read dllogger|jsonl|tensorboard|log FILE
#include <fmt/format.h>
#include <sys/resource.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <functional>
#include <iostream>
#include <string>

#include "../unit/metrics/event_file.h"
#include "base/error.h"
#include "base/text.h"
#include "metrics/readers.h"

namespace assay {
namespace {

// Ten metrics that a training script may print; metrics_bench.py gives grep the same.
constexpr std::array<std::pair<const char*, const char*>, 10> k_patterns = {{
    {"train_loss", R"(train_loss[=:] *([0-9.eE+-]+))"},
    {"val_loss", R"(val_loss[=:] *([0-9.eE+-]+))"},
    {"accuracy", R"(accuracy[=:] *([0-9.]+))"},
    {"throughput", R"(throughput: ([0-9.]+) samples/s)"},
    {"grad_norm", R"(grad_norm ([0-9.]+))"},
    {"perplexity", R"(ppl=([0-9.]+))"},
    {"lr", R"(learning_rate=([0-9.e-]+))"},
    {"memory", R"(max memory ([0-9.]+) GiB)"},
    {"step_time", R"(step_time_ms ([0-9.]+))"},
    {"tflops", R"(TFLOPS_per_GPU ([0-9.]+))"},
}};

std::string dllogger_record(std::int64_t step) {
  return fmt::format(
      R"(DLLL {{"timestamp": "1570716921.{:06}", "datetime": "2019-10-10 19:15:21.{:06}", )"
      R"("elapsedtime": "{}.68", "type": "LOG", "step": [{}, {}], "data": {{"train_loss": )"
      R"({:.12f}, "throughput": {:.4f}, "grad_norm": {:.8f}, "learning_rate": {:.6e}}}}})"
      "\n",
      step % 1000000, step % 1000000, step / 10, step / 1000, step,
      10.0 / (1.0 + 0.001 * double(step)), 1000.0 + double(step % 97), 0.5 + double(step % 13) / 7,
      1e-4 / (1.0 + double(step)));
}

std::string json_line(std::int64_t step) {
  return fmt::format(
      R"({{"step": {}, "epoch": {}, "loss": {:.12f}, "grad_norm": {:.8f}, "learning_rate": )"
      R"({:.6e}, "samples_per_second": {:.3f}}})"
      "\n",
      step, step / 1000, 10.0 / (1.0 + 0.001 * double(step)), 0.5 + double(step % 13) / 7,
      1e-4 / (1.0 + double(step)), 1000.0 + double(step % 97));
}

std::string scalar_events(std::int64_t step) {
  static const std::array<std::string, 4> tags = {"train/loss", "train/grad_norm", "lr",
                                                  "throughput"};
  std::string out;
  for (const auto& tag : tags) out += event_file::scalar(step + 1, tag, 1.0F / float(step + 1));
  return out;
}

std::string tensor_events(std::int64_t step) {
  return event_file::tensor(step + 1, "epoch_loss", 1,
                            event_file::of_bytes(4, event_file::raw(1.0F / float(step + 1))),
                            step == 0 ? "scalars" : "");
}

// One line in fifty tells a metric.
std::string log_line(std::int64_t step) {
  if (step % 50 != 0) {
    return fmt::format(
        "2024-05-01 12:00:{:02}.{:03} [rank{}] INFO  loading shard {:05} of the training corpus, "
        "prefetch queue {} deep, worker {}\n",
        step % 60, step % 1000, step % 8, step % 99999, step % 32, step % 16);
  }
  return fmt::format(
      "2024-05-01 12:00:00 step {}: train_loss: {:.5f} throughput: {:.2f} samples/s\n", step,
      10.0 / (1.0 + double(step)), 1000.0 + double(step % 97));
}

void make(const std::string& kind, const std::string& path, std::uint64_t mebibytes) {
  const std::function<std::string(std::int64_t)> record = kind == "dllogger"      ? dllogger_record
                                                          : kind == "jsonl"       ? json_line
                                                          : kind == "tensorboard" ? scalar_events
                                                          : kind == "tensors"     ? tensor_events
                                                                                  : log_line;
  std::ofstream file(path, std::ios::binary);
  std::uint64_t size = 0;
  for (std::int64_t step = 0; size < mebibytes << 20U; ++step) {
    const auto bytes = record(step);
    file << bytes;
    size += bytes.size();
  }
  if (!file.flush()) throw Error("cannot write " + path);
}

void read(const std::string& kind, Input& input, SeriesSink& sink) {
  if (kind == "dllogger") return read_dllogger(input, sink);
  if (kind == "jsonl") return read_json_lines(input, sink);
  if (kind == "tensorboard") return TensorboardReader(sink).read(input);
  std::vector<LogPattern> patterns;
  for (const auto& [metric, pattern] : k_patterns) patterns.push_back({metric, pattern});
  read_text_log(input, patterns, true, sink);
}

double cpu_seconds(const rusage& usage) {
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

int measure(const std::string& kind, const std::string& path) {
  FileInput input(path);
  SeriesSink sink(kind);
  sink.begin_group();
  sink.begin_file(path);
  read(kind, input, sink);
  sink.end_file();
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::size_t points = 0;
  for (const auto& series : sink.take_series()) points += series.points.size();
  for (const auto& warning : sink.take_warnings()) std::cerr << warning << '\n';
  std::cout << fmt::format("points={} cpu_seconds={:.3f} peak_kib={}\n", points, cpu_seconds(usage),
                           usage.ru_maxrss);
  return points > 0 ? 0 : 1;
}

}  // namespace
}  // namespace assay

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  try {
    if (arguments.size() == 4 && arguments[0] == "make") {
      const auto size = assay::parse_integer(arguments[3]);
      if (!size || *size <= 0) throw assay::Error("a number of mebibytes expected");
      assay::make(arguments[1], arguments[2], static_cast<std::uint64_t>(*size));
      return 0;
    }
    if (arguments.size() == 3 && arguments[0] == "read") {
      return assay::measure(arguments[1], arguments[2]);
    }
  } catch (const assay::Error& problem) {
    std::cerr << problem.what() << '\n';
    return 1;
  }
  std::cerr << "usage: metrics_bench make KIND FILE MEBIBYTES | metrics_bench read KIND FILE\n";
  return 2;
}
