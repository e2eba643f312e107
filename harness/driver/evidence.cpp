#include "driver/evidence.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "base/files.h"
#include "base/text.h"
#include "history/history.h"
#include "metrics/golden.h"
#include "metrics/metrics.h"
#include "verdict/past.h"
#include "verdict/statistics.h"

namespace assay {

namespace {

// The product's numeric parameters, for metrics that are computed from others.
std::vector<std::pair<std::string, double>> constants_of(const Product& product) {
  std::vector<std::pair<std::string, double>> constants{{"nodes", product.nodes},
                                                        {"gpus", product.gpus_per_node}};
  for (const auto& parameter : product.parameters) {
    if (parameter.name == "nodes" || parameter.name == "gpus") continue;
    const bool is_number =
        parameter.value.kind == Value::Kind::integer || parameter.value.kind == Value::Kind::real;
    const auto number = is_number ? parse_number(parameter.value.text) : std::nullopt;
    if (number) constants.emplace_back(parameter.name, *number);
  }
  return constants;
}

// NaN wins: a value that is no number must not disappear among those that are.
double median_of(const std::vector<double>& values) {
  const auto is_nan = [](double value) { return std::isnan(value); };
  if (std::any_of(values.begin(), values.end(), is_nan)) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  return median(values).value_or(std::numeric_limits<double>::quiet_NaN());
}

const Metric* find_metric(const Measured& measured, const std::string& name) {
  const auto found = std::find_if(measured.metrics.begin(), measured.metrics.end(),
                                  [&](const Metric& metric) { return metric.name == name; });
  return found == measured.metrics.end() ? nullptr : &*found;
}

// The repeats' curves of one metric, each reduced as the check wants it, as a curve of one point.
// Nothing when a repeat lacks the metric or the reduction finds no step.
std::optional<Series> reduced_over_repeats(std::span<const Measured> repeats,
                                           const std::string& name, const Reduction& reduction) {
  std::vector<double> values;
  Series series;
  for (const auto& repeat : repeats) {
    const auto* metric = find_metric(repeat, name);
    const auto found =
        std::find_if(repeat.series.begin(), repeat.series.end(), [&](const Series& candidate) {
          return candidate.name == name &&
                 (metric == nullptr || candidate.source == metric->source);
        });
    const auto value = found == repeat.series.end() ? std::nullopt : reduce(*found, reduction);
    if (!value) return std::nullopt;
    values.push_back(*value);
    series.name = name;
    series.source = found->source;
    series.unit = found->unit;
    series.is_float32 = found->is_float32;
  }
  series.points = {{0, median_of(values)}};
  return series;
}

void add_steps(const std::optional<Reduction>& reduction, std::vector<StepRange>& steps) {
  if (!reduction) return;
  if (reduction->kind == Reduction::Kind::at_step) {
    steps.push_back({reduction->step, reduction->step});
  } else if (reduction->window_from || reduction->window_to) {
    using Limits = std::numeric_limits<std::int64_t>;
    steps.push_back({reduction->window_from.value_or(Limits::min()),
                     reduction->window_to.value_or(Limits::max())});
  }
}

std::vector<StepRange> steps_asked_for(const Product& product,
                                       std::span<const GoldenCurve> golden) {
  std::vector<StepRange> steps;
  for (const auto& metric : product.metrics) add_steps(metric.reduction, steps);
  for (const auto& baseline : product.checks.baselines) add_steps(baseline.reduction, steps);
  for (const auto& check : product.checks.history) add_steps(check.reduction, steps);
  for (const auto& curve : golden) {
    for (const auto& point : curve.points) steps.push_back({point.step, point.step});
  }
  return steps;
}

// Whether a check's findings are about a metric rather than about the job's end.
void append_of_metrics(std::vector<Finding> judged, std::vector<Finding>& findings) {
  for (auto& finding : judged) {
    if (!finding.metric.empty()) findings.push_back(std::move(finding));
  }
}

}  // namespace

Measured measure(const Product& product, std::span<const GoldenCurve> golden,
                 const std::filesystem::path& attempt_directory) {
  MetricSources sources;
  sources.logs_dir = attempt_directory / "logs";
  sources.stdout_log = attempt_directory / "stdout.log";
  sources.loggers = product.loggers;
  sources.kept_steps = steps_asked_for(product, golden);
  auto collected = collect(sources, product.metrics);
  auto reduced =
      reduce_all(collected.series, product.metrics, constants_of(product), product.loggers);
  Measured measured;
  measured.series = std::move(collected.series);
  measured.metrics = std::move(reduced.metrics);
  measured.warnings = std::move(collected.warnings);
  measured.warnings.insert(measured.warnings.end(), reduced.warnings.begin(),
                           reduced.warnings.end());
  return measured;
}

Measured over_repeats(std::span<const Measured> repeats) {
  Measured merged;
  merged.warnings = repeats.back().warnings;
  if (repeats.size() == 1) {
    merged.metrics = repeats.back().metrics;
    return merged;
  }
  std::set<std::string> done;
  for (const auto& any : repeats) {
    for (const auto& metric : any.metrics) {
      if (!done.insert(metric.name).second) continue;
      std::vector<double> values;
      for (const auto& repeat : repeats) {
        if (const auto* found = find_metric(repeat, metric.name)) values.push_back(found->value);
      }
      if (values.size() < repeats.size()) {
        merged.warnings.push_back(metric.name + " was logged by " + std::to_string(values.size()) +
                                  " of " + std::to_string(repeats.size()) +
                                  " repeats, so it counts as missing");
        continue;
      }
      merged.metrics.push_back(metric);
      merged.metrics.back().value = median_of(values);
    }
  }
  return merged;
}

std::vector<Finding> judge_repeats(const Checks& checks, const JobEnd& end,
                                   std::span<const Measured> repeats, const Measured& merged,
                                   std::span<const PastValues> past,
                                   std::span<const GoldenCurve> golden) {
  const auto series =
      repeats.empty() ? std::span<const Series>{} : std::span<const Series>(repeats.back().series);
  const Evidence evidence{end, series, merged.metrics, past, golden};
  if (repeats.size() <= 1 || is_infrastructure(end.kind)) return judge(checks, evidence);

  Checks plain = checks;
  std::erase_if(plain.baselines, [](const Baseline& b) { return b.reduction.has_value(); });
  std::erase_if(plain.history, [](const HistoryCheck& h) { return h.reduction.has_value(); });
  auto findings = judge(plain, evidence);
  const auto judge_reduced = [&](Checks one, const std::string& metric, const Reduction& reduction,
                                 std::span<const PastValues> own_past) {
    one.exit_codes = checks.exit_codes;
    std::vector<Series> reduced;
    if (auto found = reduced_over_repeats(repeats, metric, reduction)) {
      reduced.push_back(std::move(*found));
    }
    append_of_metrics(judge(one, Evidence{end, reduced, merged.metrics, own_past, {}}), findings);
  };
  for (const auto& baseline : checks.baselines) {
    if (!baseline.reduction) continue;
    Checks one;
    one.baselines = {baseline};
    one.baselines[0].reduction = Reduction{};
    judge_reduced(std::move(one), baseline.metric, *baseline.reduction, {});
  }
  for (const auto& check : checks.history) {
    if (!check.reduction) continue;
    Checks one;
    one.history = {check};
    one.history[0].reduction = Reduction{};
    std::vector<PastValues> own_past;
    for (const auto& values : past) {
      if (values.metric == history_name(check)) {
        own_past.push_back({history_name(one.history[0]), values.values});
      }
    }
    judge_reduced(std::move(one), check.metric, *check.reduction, own_past);
  }
  return findings;
}

std::vector<GoldenCurve> read_golden(const Checks& checks) {
  std::vector<GoldenCurve> curves;
  std::set<std::string> done;
  for (const auto& check : checks.golden) {
    if (!done.insert(check.file).second) continue;
    const auto text = read_file_if_exists(check.file);
    if (!text) throw InputError(check.place, "no such golden-values file: " + check.file);
    auto parsed = parse_golden(*text, check.file);
    curves.insert(curves.end(), std::make_move_iterator(parsed.begin()),
                  std::make_move_iterator(parsed.end()));
  }
  return curves;
}

std::vector<Metric> metrics_for_history(const Checks& checks, std::span<const Finding> findings,
                                        std::span<const Metric> metrics) {
  std::vector<Metric> more;
  for (const auto& check : checks.history) {
    if (!check.reduction) continue;
    const auto finding = std::find_if(findings.begin(), findings.end(), [&](const Finding& one) {
      return one.check == check.metric + ".history" && one.actual_value;
    });
    if (finding == findings.end()) continue;
    const auto like = std::find_if(metrics.begin(), metrics.end(),
                                   [&](const Metric& one) { return one.name == check.metric; });
    Metric metric = like == metrics.end() ? Metric{} : *like;
    metric.name = history_name(check);
    metric.value = *finding->actual_value;
    more.push_back(std::move(metric));
  }
  return more;
}

std::vector<PastValues> read_past(const Checks& checks, const Record& record,
                                  const std::filesystem::path& history,
                                  const std::string& reference_branch) {
  if (checks.history.empty() || history.empty() || !std::filesystem::exists(history)) return {};
  const History database(history);
  std::vector<PastValues> all;
  for (const auto& check : checks.history) {
    const auto points = database.passing_series(record.key, record.launcher, record.gpu_model(),
                                                reference_branch, history_name(check),
                                                static_cast<std::size_t>(std::max(check.last, 0)));
    PastValues past{history_name(check), {}};
    for (const auto& point : points) {
      if (!check.since || point.created >= *check.since) past.values.push_back(point.value);
    }
    all.push_back(std::move(past));
  }
  return all;
}

}  // namespace assay
