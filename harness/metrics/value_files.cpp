// Small files of values: extra.yaml and MLflow's metric files.
#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "base/text.h"
#include "metrics/readers.h"
#include "metrics/step.h"

namespace assay {

namespace {

// Far more than a person's key/value file, far less than what a broken job can write.
constexpr std::size_t k_largest_yaml_bytes = std::size_t{8} << 20;

std::optional<double> yaml_number(const std::string& text) {
  if (const auto number = parse_number(text)) return number;
  const auto lower = to_lower(text);
  if (lower == "true" || lower == "yes" || lower == "on") return 1;
  if (lower == "false" || lower == "no" || lower == "off") return 0;
  const bool has_sign = lower.starts_with('-') || lower.starts_with('+');
  const auto word = std::string_view(lower).substr(has_sign ? 1 : 0);
  if (word == ".nan") return std::numeric_limits<double>::quiet_NaN();
  if (word == ".inf") {
    return lower.starts_with('-') ? -std::numeric_limits<double>::infinity()
                                  : std::numeric_limits<double>::infinity();
  }
  return std::nullopt;
}

// Aliases may make a small file a huge tree, so the number of nodes is bounded.
void add_yaml(const YAML::Node& node, const std::string& name, std::size_t& budget,
              SeriesSink& sink) {
  if (budget == 0) return;
  --budget;
  const auto below = [&name](std::string_view part) {
    return name.empty() ? std::string(part) : fmt::format("{}.{}", name, part);
  };
  if (node.IsScalar() && !name.empty()) {
    if (const auto number = yaml_number(node.Scalar())) sink.series(name).summary = *number;
  } else if (node.IsMap()) {
    for (const auto& entry : node) {
      if (entry.first.IsScalar()) add_yaml(entry.second, below(entry.first.Scalar()), budget, sink);
    }
  } else if (node.IsSequence()) {
    std::size_t index = 0;
    for (const auto& item : node) add_yaml(item, below(std::to_string(index++)), budget, sink);
  }
}

void add_document(const YAML::Node& root, SeriesSink& sink) {
  if (root.IsNull()) return;
  if (!root.IsMap()) {
    sink.warn("no map of names to values");
    return;
  }
  std::size_t budget = SeriesSink::k_most_series;
  add_yaml(root, "", budget, sink);
  if (budget == 0) sink.warn("too many values; the rest was left out");
}

// Where the last line starts that is not indented.
std::size_t last_entry(std::string_view text) {
  for (auto end = text.size(); end > 0;) {
    const auto line_end = text.substr(0, end - 1).rfind('\n');
    const auto start = line_end == std::string_view::npos ? 0 : line_end + 1;
    if (text[start] != ' ' && text[start] != '\n') return start;
    end = start;
  }
  return 0;
}

// Of a file that is broken at `line` (from 0): the lines before it, else those before the entry
// that it belongs to.
void read_whole_entries(std::string_view text, int line, SeriesSink& sink) {
  std::size_t end = 0;
  for (int i = 0; i < line && end != std::string_view::npos; ++i) {
    end = text.find('\n', end);
    if (end != std::string_view::npos) ++end;
  }
  std::string_view whole = text.substr(0, end);
  for (int attempt = 0; attempt < 2 && !whole.empty(); ++attempt) {
    try {
      add_document(YAML::Load(std::string(whole)), sink);
      return;
    } catch (const YAML::Exception&) {
      whole = whole.substr(0, last_entry(whole));  // the problem is reported already
    }
  }
}

}  // namespace

void read_yaml_values(Input& input, SeriesSink& sink) {
  Window window(input);
  while (window.view().size() <= k_largest_yaml_bytes && window.fill()) {
  }
  if (window.view().size() > k_largest_yaml_bytes) {
    sink.warn(fmt::format("more than {} bytes: too large for a file of values, not read",
                          k_largest_yaml_bytes));
    return;
  }
  const auto text = valid_utf8(window.view());
  try {
    add_document(YAML::Load(text), sink);
  } catch (const YAML::Exception& problem) {
    sink.warn(fmt::format("line {}, column {}: {}; the lines before were kept",
                          problem.mark.line + 1, problem.mark.column + 1, problem.msg));
    read_whole_entries(text, problem.mark.line, sink);
  }
}

void read_mlflow_metric(Input& input, std::string_view name, SeriesSink& sink) {
  LineReader lines(input);
  Line line;
  StepCounter steps;
  while (lines.next(line)) {
    if (!line.is_terminated) {
      sink.warn(line.offset, "the file ends within this line; it was left out");
      continue;
    }
    const auto parts = split(trim(line.text), ' ');
    const auto value = parts.size() >= 2 ? parse_number(parts[1]) : std::nullopt;
    if (!value) {
      sink.warn(line.offset, "no 'timestamp value step'");
      continue;
    }
    sink.add(name, steps.next(parts.size() >= 3 ? parse_number(parts[2]) : std::nullopt), *value);
  }
}

}  // namespace assay
