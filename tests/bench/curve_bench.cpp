// Drawing a metric's curve: at most 20 ms and 40 KB.
#include <benchmark/benchmark.h>

#include <cmath>

#include "report/curve.h"

namespace assay {
namespace {

void draw(benchmark::State& state) {
  Series series;
  series.name = "val_loss";
  for (int64_t step = 0; step < state.range(0); ++step) {
    const auto x = static_cast<double>(step) / static_cast<double>(state.range(0));
    series.points.push_back(
        {step, 2.5 + 8 * std::exp(-10 * x) + 0.02 * std::sin(static_cast<double>(step * step))});
  }
  Finding finding;
  finding.metric = series.name;
  finding.status = Finding::Status::failed;
  finding.minimum = 2.48;
  finding.maximum = 2.59;
  finding.reason = "val_loss 2.61 above max 2.59 (+0.8 %)";
  const std::vector<Finding> findings{finding};
  std::size_t bytes = 0;
  for (auto _ : state) bytes = draw_curve(series, findings, {"", "case"}).size();
  state.counters["png_bytes"] = static_cast<double>(bytes);
}
BENCHMARK(draw)->Arg(50)->Arg(1'000)->Arg(17'000)->Arg(300'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace assay

BENCHMARK_MAIN();
