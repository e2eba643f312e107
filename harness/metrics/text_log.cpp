// Text logs: known lines and patterns.
#include <fmt/format.h>
#include <re2/re2.h>

#include <memory>

#include "base/text.h"
#include "metrics/known_lines.h"
#include "metrics/readers.h"
#include "metrics/step.h"

namespace assay {

namespace {

class PatternReader {
 public:
  PatternReader(const LogPattern& pattern, const RE2::Options& options)
      : metric_(pattern.metric), regex_(pattern.pattern, options) {
    if (!regex_.ok()) {
      problem_ = regex_.error();
      return;
    }
    const auto& groups = regex_.NamedCapturingGroups();
    if (const auto step = groups.find("step"); step != groups.end()) step_group_ = step->second;
    value_group_ = step_group_ == 1 ? 2 : 1;
    if (regex_.NumberOfCapturingGroups() < value_group_) problem_ = "it has no group for the value";
    captures_.resize(static_cast<std::size_t>(std::max(value_group_, step_group_)) + 1);
  }

  const std::string& metric() const { return metric_; }
  const std::string& problem() const { return problem_; }

  void read(std::string_view line, std::uint64_t offset, SeriesSink& sink) {
    if (!regex_.Match(line, 0, line.size(), RE2::UNANCHORED, captures_.data(),
                      static_cast<int>(captures_.size()))) {
      return;
    }
    const auto& captured = captures_[static_cast<std::size_t>(value_group_)];
    const std::string_view text(captured.data(), captured.size());
    const auto value = parse_number(trim(text));
    if (!value) {
      sink.warn(offset, fmt::format("metric '{}': '{}' is no number", metric_, text));
      return;
    }
    sink.add(metric_, steps_.next(step_of(line)), *value);
  }

 private:
  std::optional<double> step_of(std::string_view line) const {
    if (step_group_ == 0) {
      const auto iteration = find_iteration(line);
      return iteration ? std::optional(static_cast<double>(*iteration)) : std::nullopt;
    }
    const auto& captured = captures_[static_cast<std::size_t>(step_group_)];
    return parse_number(trim(std::string_view(captured.data(), captured.size())));
  }

  std::string metric_;
  RE2 regex_;
  std::string problem_;
  int step_group_ = 0;
  int value_group_ = 1;
  std::vector<re2::StringPiece> captures_;
  StepCounter steps_;
};

}  // namespace

void read_text_log(Input& input, std::span<const LogPattern> patterns, bool read_known_lines,
                   SeriesSink& sink) {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_encoding(RE2::Options::EncodingLatin1);  // a log may hold any bytes
  std::vector<std::unique_ptr<PatternReader>> readers;
  for (const LogPattern& pattern : patterns) {
    auto reader = std::make_unique<PatternReader>(pattern, options);
    if (reader->problem().empty()) {
      readers.push_back(std::move(reader));
    } else {
      sink.warn(fmt::format("the pattern of metric '{}' cannot be used: {}", pattern.metric,
                            reader->problem()));
    }
  }
  LineReader lines(input);
  Line line;
  while (lines.next(line)) {
    // Progress bars overwrite their line.
    std::string_view rest = line.text;
    while (!rest.empty()) {
      const auto end = rest.find('\r');
      const auto part = rest.substr(0, end);
      if (read_known_lines) read_known_line(part, sink);
      for (const auto& reader : readers) reader->read(part, line.offset, sink);
      if (end == std::string_view::npos) break;
      rest.remove_prefix(end + 1);
    }
  }
}

}  // namespace assay
