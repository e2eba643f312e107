#include "metrics/known_lines.h"

#include <charconv>

#include "base/text.h"
#include "metrics/step.h"

namespace assay {

namespace {

std::string_view trim_front(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  return text;
}

// The unit that stands in parentheses at a name's end: "elapsed time per iteration (ms)".
std::string_view unit_in(std::string_view name) {
  if (!name.ends_with(')')) return {};
  const auto open = name.rfind('(');
  if (open == std::string_view::npos) return {};
  return name.substr(open + 1, name.size() - open - 2);
}

void read_bar_separated(std::string_view line, std::int64_t step, SeriesSink& sink) {
  while (!line.empty()) {
    const auto bar = line.find('|');
    const auto part = line.substr(0, bar);
    line.remove_prefix(bar == std::string_view::npos ? line.size() : bar + 1);
    const auto colon = part.rfind(':');
    if (colon == std::string_view::npos) continue;
    const auto name = trim(part.substr(0, colon));
    // A unit may follow: "train_step_timing in s: 6.5", "... TFLOP/s/GPU: 390.1".
    const auto value = parse_number(trim(part.substr(colon + 1)));
    if (name.empty() || !value) continue;
    Series& series = sink.series(name);
    if (series.points.empty()) series.unit = valid_utf8(unit_in(name));
    sink.add(series, step, *value);
  }
}

// "(0, 10)", "[0, 10]", "10", "()", "PARAMETER": how many characters it takes, and what it says.
struct DllStep {
  enum class Kind { parameter, summary, number, other };
  Kind kind = Kind::other;
  std::int64_t step = 0;
  std::size_t size = 0;
};

DllStep read_dll_step(std::string_view text) {
  DllStep found;
  if (text.starts_with('(') || text.starts_with('[')) {
    const auto close = text.find_first_of(")]");
    if (close == std::string_view::npos) return found;
    found.size = close + 1;
    found.kind = DllStep::Kind::summary;
    int place = 0;
    for (const auto& part : split(text.substr(1, close - 1), ',')) {
      const auto number = parse_integer(trim(part));
      if (!number || place++ >= 2) continue;
      found.kind = DllStep::Kind::number;
      found.step = *number;
    }
    return found;
  }
  found.size = std::min(text.find(' '), text.size());
  const auto word = text.substr(0, found.size);
  if (word == "PARAMETER") found.kind = DllStep::Kind::parameter;
  if (const auto number = parse_integer(word)) {
    found.kind = DllStep::Kind::number;
    found.step = *number;
  }
  return found;
}

// `name : value unit name : value unit ...`; a name is the word before its colon.
void read_dll_line(std::string_view line, SeriesSink& sink) {
  const auto dash = line.find(" - ");
  if (dash == std::string_view::npos) return;
  auto rest = trim_front(line.substr(dash + 3));
  const DllStep step = read_dll_step(rest);
  if (step.kind == DllStep::Kind::parameter) return;
  rest.remove_prefix(step.size);

  constexpr std::string_view k_colon = " : ";
  auto colon = rest.find(k_colon);
  while (colon != std::string_view::npos) {
    const auto before = trim(rest.substr(0, colon));
    const auto space = before.rfind(' ');
    const auto name = before.substr(space == std::string_view::npos ? 0 : space + 1);
    rest = trim_front(rest.substr(colon + k_colon.size()));
    const auto value_size = std::min(rest.find(' '), rest.size());
    const auto value = parse_number(rest.substr(0, value_size));
    rest.remove_prefix(value_size);
    colon = rest.find(k_colon);
    auto unit = trim(rest.substr(0, colon));
    if (colon != std::string_view::npos) {
      const auto next_name = unit.rfind(' ');
      unit = next_name == std::string_view::npos ? std::string_view{}
                                                 : trim(unit.substr(0, next_name));
    }
    if (name.empty() || !value) continue;
    Series& series = sink.series(name);
    if (series.unit.empty()) series.unit = valid_utf8(unit);
    if (step.kind == DllStep::Kind::summary) {
      series.summary = *value;
    } else {
      sink.add(series, step.step, *value);
    }
  }
}

}  // namespace

std::optional<std::int64_t> find_iteration(std::string_view line) {
  constexpr std::string_view k_word = "iteration";
  for (auto at = line.find(k_word); at != std::string_view::npos;
       at = line.find(k_word, at + k_word.size())) {
    const auto rest = trim_front(line.substr(at + k_word.size()));
    std::int64_t number = 0;
    const auto [stop, code] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
    if (code == std::errc{}) return number;
  }
  return std::nullopt;
}

void read_known_line(std::string_view line, SeriesSink& sink) {
  if (const auto bar = line.find('|'); bar != std::string_view::npos) {
    if (const auto step = find_iteration(line.substr(0, bar))) {
      read_bar_separated(line.substr(bar + 1), *step, sink);
      return;
    }
  }
  const auto mark = line.find("DLL ");
  if (mark != std::string_view::npos && (mark == 0 || line[mark - 1] == ' ')) {
    read_dll_line(line.substr(mark), sink);
  }
}

}  // namespace assay
