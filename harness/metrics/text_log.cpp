// Text logs: known lines and patterns.
#include <fmt/format.h>
#include <re2/re2.h>

#include <memory>

#include "base/text.h"
#include "metrics/known_lines.h"
#include "metrics/literal_filter.h"
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

// Where the line ends that `from` lies in: a progress bar ends its lines with '\r'.
std::size_t line_end(std::string_view block, std::size_t from) {
  const auto end = std::min(block.find('\n', from), block.size());
  return std::min(block.substr(0, end).find('\r', from), end);
}

// How many bytes of the block are lines with their ends, when its first `searched` bytes hold none.
std::size_t whole_lines(std::string_view block, std::size_t searched) {
  for (std::size_t size = block.size(); size > searched; --size) {
    if (block[size - 1] == '\n' || block[size - 1] == '\r') return size;
  }
  return 0;
}

// What one line of a log is handed to, together with a literal that the line must hold.
struct LineMatcher {
  std::string literal;
  PatternReader* pattern = nullptr;  // nothing: read_known_line
};

class TextLogReader {
 public:
  TextLogReader(std::span<const LogPattern> patterns, bool read_known_lines, SeriesSink& sink)
      : sink_(sink) {
    RE2::Options options;
    options.set_log_errors(false);
    options.set_encoding(RE2::Options::EncodingLatin1);  // a log may hold any bytes
    for (const LogPattern& pattern : patterns) {
      auto reader = std::make_unique<PatternReader>(pattern, options);
      if (!reader->problem().empty()) {
        sink.warn(fmt::format("the pattern of metric '{}' cannot be used: {}", pattern.metric,
                              reader->problem()));
        continue;
      }
      matchers_.push_back({required_literal(pattern.pattern), reader.get()});
      if (matchers_.back().literal.size() < k_shortest_literal) reads_every_line_ = true;
      readers_.push_back(std::move(reader));
    }
    if (read_known_lines) {
      for (const auto word : k_known_line_words) {
        matchers_.push_back({std::string(word), nullptr});
      }
    }
  }

  void read(Input& input) {
    std::vector<std::string> literals;
    for (const auto& matcher : matchers_) {
      literals.push_back(reads_every_line_ ? "-" : matcher.literal);
    }
    const LiteralFilter filter(literals);
    Window window(input);
    std::size_t searched = 0;  // bytes at hand that hold no line end
    bool is_more = true;
    while (is_more) {
      is_more = window.fill();
      auto block = window.view();
      if (is_more) {
        // Only whole lines, but for one that is too long to wait for its end.
        const auto whole = whole_lines(block, searched);
        searched = block.size();
        if (whole == 0 && block.size() < LineReader::k_longest_line_bytes) continue;
        if (whole > 0) block = block.substr(0, whole);
        searched -= block.size();
      }
      if (reads_every_line_) {
        read_every_line(block, window.offset());
      } else if (!matchers_.empty()) {
        read_candidates(filter, block, window.offset());
      }
      window.consume(block.size());
    }
  }

 private:
  static constexpr std::size_t k_shortest_literal = 2;

  void read_candidates(const LiteralFilter& filter, std::string_view block, std::uint64_t offset) {
    std::size_t at = 0;
    while (at < block.size()) {
      const auto hit = filter.find(block, at);
      if (hit == std::string_view::npos) return;
      const auto before = block.substr(0, hit).find_last_of("\r\n");
      const auto begin = before == std::string_view::npos ? 0 : before + 1;
      at = line_end(block, hit);
      const auto line = block.substr(begin, at - begin);
      read_line(line, offset + begin, filter.buckets_in(line));
    }
  }

  void read_every_line(std::string_view block, std::uint64_t offset) {
    for (std::size_t begin = 0; begin < block.size();) {
      const auto end = line_end(block, begin);
      read_line(block.substr(begin, end - begin), offset + begin, ~0U);
      begin = end + 1;
    }
  }

  void read_line(std::string_view line, std::uint64_t offset, unsigned buckets) {
    bool is_read = false;  // as a known line
    for (std::size_t i = 0; i < matchers_.size(); ++i) {
      if ((buckets >> (i % LiteralFilter::k_buckets) & 1U) == 0) continue;
      if (PatternReader* pattern = matchers_[i].pattern) {
        pattern->read(line, offset, sink_);
      } else if (!is_read) {
        is_read = true;
        read_known_line(line, sink_);
      }
    }
  }

  SeriesSink& sink_;
  std::vector<std::unique_ptr<PatternReader>> readers_;
  std::vector<LineMatcher> matchers_;
  bool reads_every_line_ = false;
};

}  // namespace

void read_text_log(Input& input, std::span<const LogPattern> patterns, bool read_known_lines,
                   SeriesSink& sink) {
  TextLogReader(patterns, read_known_lines, sink).read(input);
}

}  // namespace assay
