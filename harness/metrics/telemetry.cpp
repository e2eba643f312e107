#include "metrics/telemetry.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <map>
#include <optional>

#include "base/clock.h"
#include "base/text.h"

namespace assay {

namespace {

enum Field { util, memory, power, temperature, clock_rate, ecc, field_count };
enum class Over { mean, largest, sum };

struct FieldMetric {
  std::string_view name;
  std::string_view unit;
  Over over;
};

constexpr std::array<FieldMetric, field_count> k_metrics = {{
    {"gpu.util.mean", "%", Over::mean},
    {"gpu.memory.max_bytes", "bytes", Over::largest},
    {"gpu.power.mean_watts", "W", Over::mean},
    {"gpu.temperature.max", "C", Over::largest},
    {"gpu.clock.mean_mhz", "MHz", Over::mean},
    {"gpu.ecc_errors", "", Over::sum},
}};

constexpr double k_mebibyte = 1024.0 * 1024.0;
constexpr std::size_t k_most_gpus = 4096;

struct Sample {
  std::string gpu;
  std::optional<double> seconds;
  std::array<std::optional<double>, field_count> values;
};

// Which column of a tool's table holds what.
struct Columns {
  std::optional<std::size_t> time;
  std::optional<std::size_t> gpu;
  std::array<std::optional<std::size_t>, field_count> fields;
  double memory_unit = 1;
};

// "utilization.gpu [%]" is what nvidia-smi calls the query "utilization.gpu".
Columns nvidia_columns(const std::vector<std::string>& names) {
  Columns columns;
  columns.memory_unit = k_mebibyte;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto name = trim(std::string_view(names[i]).substr(0, names[i].find('[')));
    if (name == "timestamp") columns.time = i;
    if (name == "uuid") columns.gpu = i;
    if (name == "utilization.gpu") columns.fields[util] = i;
    if (name == "memory.used") columns.fields[memory] = i;
    if (name == "power.draw") columns.fields[power] = i;
    if (name == "temperature.gpu") columns.fields[temperature] = i;
    if (name == "clocks.sm" || name == "clocks.current.sm") columns.fields[clock_rate] = i;
    if (name == "ecc.errors.uncorrected.volatile.total") columns.fields[ecc] = i;
  }
  return columns;
}

// rocm-smi's names differ between its versions; the first that fits counts.
Columns rocm_columns(const std::vector<std::string>& names) {
  Columns columns;
  columns.gpu = 0;
  const auto set = [&columns](Field field, std::size_t index) {
    if (!columns.fields[field]) columns.fields[field] = index;
  };
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string_view name = names[i];
    const auto has = [name](std::string_view part) {
      return name.find(part) != std::string_view::npos;
    };
    if (has("GPU use")) set(util, i);
    if (has("VRAM Total Used")) set(memory, i);
    if (has("Power (W)")) set(power, i);
    if (has("Temperature (Sensor")) set(temperature, i);
    if (has("sclk clock speed")) set(clock_rate, i);
  }
  return columns;
}

// "2024/05/01 12:00:00.123".
std::optional<double> nvidia_time(std::string_view text) {
  if (text.size() < 19 || text[4] != '/' || text[7] != '/') return std::nullopt;
  std::string iso(text);
  iso[4] = iso[7] = '-';
  iso[10] = 'T';
  const auto time = from_iso8601(iso);
  if (!time) return std::nullopt;
  return static_cast<double>(time->time_since_epoch().count()) / 1000;
}

// "87", "87 %", "(1700Mhz)"; nothing for "[N/A]".
std::optional<double> number_in(std::string_view text) {
  if (text.starts_with('(')) text.remove_prefix(1);
  const auto end = text.find_first_not_of("+-.0123456789eE");
  return parse_number(text.substr(0, end));
}

class SampleReader {
 public:
  explicit SampleReader(SeriesSink& sink) : sink_(sink) {}

  void read(Input& input) {
    LineReader lines(input);
    Line line;
    while (lines.next(line)) {
      // The sampler is ended together with its job, often within a line.
      if (line.is_terminated) read_line(line);
    }
    finish_moment();
    for (int field = 0; field < field_count; ++field) finish(static_cast<Field>(field));
    if (has_energy_) {
      Series& series = sink_.series("gpu.energy_joules");
      series.unit = "J";
      series.summary = energy_;
    }
  }

 private:
  struct Gpu {
    std::optional<double> last_seconds;
    std::optional<double> last_watts;
    std::optional<double> first_ecc;
    bool is_in_moment = false;
  };

  // Of one field, over a moment or over all time.
  struct Total {
    double sum = 0;
    double largest = 0;
    std::size_t count = 0;

    void add(double value) {
      largest = count == 0 ? value : std::max(largest, value);
      sum += value;
      ++count;
    }
    double value(Over over) const {
      if (over == Over::largest) return largest;
      return over == Over::sum ? sum : sum / static_cast<double>(count);
    }
  };

  void read_line(const Line& line) {
    const auto text = trim(line.text);
    if (text.empty()) return;
    if (text.starts_with('#')) {
      moment_seconds_ = parse_number(trim(text.substr(1)));
      return;
    }
    auto cells = split(text, ',');
    for (auto& cell : cells) cell = trim(cell);
    if (cells[0] == "timestamp") {
      columns_ = nvidia_columns(cells);
    } else if (cells[0] == "device") {
      columns_ = rocm_columns(cells);
    } else if (auto sample = read_sample(cells)) {
      add(*sample);
    } else {
      sink_.warn(line.offset, fmt::format("no sample of a GPU: '{}'", text.substr(0, 100)));
    }
  }

  std::optional<Sample> read_sample(const std::vector<std::string>& cells) const {
    const auto cell = [&cells](std::optional<std::size_t> index) -> std::string_view {
      return index && *index < cells.size() ? std::string_view(cells[*index]) : std::string_view{};
    };
    Sample sample;
    sample.gpu = cell(columns_.gpu);
    sample.seconds = columns_.time ? nvidia_time(cell(columns_.time)) : moment_seconds_;
    if (sample.gpu.empty() || !sample.seconds) return std::nullopt;
    for (std::size_t field = 0; field < field_count; ++field) {
      sample.values[field] = number_in(cell(columns_.fields[field]));
    }
    if (sample.values[memory]) *sample.values[memory] *= columns_.memory_unit;
    return sample;
  }

  void add(Sample& sample) {
    if (!gpus_.contains(sample.gpu) && gpus_.size() >= k_most_gpus) {
      sink_.warn("samples of more GPUs than a job can have; further ones are left out");
      return;
    }
    // A moment ends where a GPU comes again.
    if (gpus_[sample.gpu].is_in_moment) finish_moment();
    Gpu& gpu = gpus_[sample.gpu];
    gpu.is_in_moment = true;
    if (!first_seconds_) first_seconds_ = sample.seconds;
    now_ = *sample.seconds;
    add_energy(gpu, sample);
    if (auto& errors = sample.values[ecc]) {
      if (!gpu.first_ecc) gpu.first_ecc = errors;
      *errors -= *gpu.first_ecc;
    }
    for (std::size_t field = 0; field < field_count; ++field) {
      if (!sample.values[field]) continue;
      moment_[field].add(*sample.values[field]);
      all_[field].add(*sample.values[field]);
    }
  }

  // The mean of two samples' power, over the time between them.
  void add_energy(Gpu& gpu, const Sample& sample) {
    const auto watts = sample.values[power];
    if (watts && gpu.last_watts && gpu.last_seconds) {
      const double seconds = *sample.seconds - *gpu.last_seconds;
      if (seconds > 0) energy_ += seconds * (*watts + *gpu.last_watts) / 2;
      has_energy_ = true;
    }
    gpu.last_watts = watts;
    gpu.last_seconds = sample.seconds;
  }

  void finish_moment() {
    if (!first_seconds_) return;
    const auto step = static_cast<std::int64_t>(std::clamp(now_ - *first_seconds_, -1e12, 1e12));
    for (std::size_t field = 0; field < field_count; ++field) {
      if (moment_[field].count == 0) continue;
      sink_.add(k_metrics[field].name, step, moment_[field].value(k_metrics[field].over));
      if (k_metrics[field].over == Over::sum) last_sum_ = moment_[field].sum;
      moment_[field] = {};
    }
    if (has_energy_) sink_.add("gpu.energy_joules", step, energy_);
    for (auto& [name, gpu] : gpus_) gpu.is_in_moment = false;
  }

  void finish(Field field) {
    if (all_[field].count == 0) return;
    const FieldMetric& metric = k_metrics[field];
    Series& series = sink_.series(metric.name);
    series.unit = metric.unit;
    series.summary = metric.over == Over::sum ? last_sum_ : all_[field].value(metric.over);
  }

  SeriesSink& sink_;
  Columns columns_ = nvidia_columns(split(k_nvidia_smi_query, ','));
  std::map<std::string, Gpu, std::less<>> gpus_;
  std::array<Total, field_count> moment_;
  std::array<Total, field_count> all_;
  std::optional<double> moment_seconds_;
  std::optional<double> first_seconds_;
  double now_ = 0;
  double energy_ = 0;
  double last_sum_ = 0;
  bool has_energy_ = false;
};

}  // namespace

void read_gpu_samples(Input& input, SeriesSink& sink) { SampleReader(sink).read(input); }

}  // namespace assay
