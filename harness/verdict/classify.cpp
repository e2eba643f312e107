#include "verdict/classify.h"

#include <fmt/format.h>
#include <re2/re2.h>
#include <re2/set.h>

#include <algorithm>
#include <csignal>
#include <optional>

#include "base/error.h"
#include "base/text.h"
#include "verdict/built_in_rules.h"
#include "verdict/log_lines.h"

namespace assay {

namespace {

constexpr int k_default_infra_attempts = 2;
constexpr int k_shell_signal_base = 128;
constexpr std::int64_t k_pattern_memory_bytes = std::int64_t{64} << 20U;

// Where a pattern matched first.
struct Match {
  std::string place;  // "stderr.log:12"
  std::string line;
};

re2::RE2::Options options() {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(k_pattern_memory_bytes);
  return options;
}

// The first match of each of the patterns, in one pass over all logs.
std::vector<std::optional<Match>> first_matches(const std::vector<std::string>& patterns,
                                                std::span<const std::filesystem::path> logs) {
  std::vector<std::optional<Match>> matches(patterns.size());
  if (patterns.empty() || logs.empty()) return matches;
  re2::RE2::Set set(options(), re2::RE2::UNANCHORED);
  std::string any = "(?m)";
  for (const auto& pattern : patterns) {
    std::string error;
    if (set.Add(pattern, &error) < 0) throw Error("bad pattern '" + pattern + "': " + error);
    any += (any.size() > 4 ? "|(?:" : "(?:") + pattern + ")";
  }
  const re2::RE2 any_of_them(any, options());
  if (!set.Compile() || !any_of_them.ok()) throw Error("too many or too large log patterns");

  for (const auto& log : logs) {
    visit_lines(log, any_of_them, [&](const LogLine& line) {
      std::vector<int> found;
      set.Match({line.text.data(), line.text.size()}, &found);
      for (const int index : found) {
        auto& match = matches.at(static_cast<std::size_t>(index));
        if (match) continue;
        match = Match{fmt::format("{}:{}", log.filename().string(), line.number),
                      readable_line(line.text)};
      }
      const bool all = std::all_of(matches.begin(), matches.end(),
                                   [](const auto& match) { return match.has_value(); });
      return all ? NextLine::none : NextLine::matching;
    });
  }
  return matches;
}

// All patterns of the recipe's and the built-in rules with what they matched.
class LogMatches {
 public:
  LogMatches(std::span<const RetryRule> rules, std::span<const std::filesystem::path> logs) {
    for (const auto& rule : rules) add(rule.pattern);
    for (const auto& rule : built_in_rules()) add(rule.pattern);
    matches_ = first_matches(patterns_, logs);
  }

  const Match* find(std::string_view pattern) const {
    const auto it = std::find(patterns_.begin(), patterns_.end(), pattern);
    if (it == patterns_.end()) return nullptr;
    const auto& match = matches_[static_cast<std::size_t>(it - patterns_.begin())];
    return match ? &*match : nullptr;
  }

 private:
  void add(std::string_view pattern) {
    if (!pattern.empty()) patterns_.emplace_back(pattern);
  }

  std::vector<std::string> patterns_;
  std::vector<std::optional<Match>> matches_;
};

std::string with_match(std::string_view meaning, const Match& match) {
  return fmt::format("{} ({}: {})", meaning, match.place, match.line);
}

bool is_good(const Finding& finding) {
  return finding.status == Finding::Status::passed || finding.status == Finding::Status::improved ||
         finding.status == Finding::Status::no_baseline;
}

bool is_about_the_end(const Finding& finding) { return finding.metric.empty(); }

// The job exited as it should.
bool exited_as_expected(const JobEnd& end, std::span<const Finding> findings) {
  return end.kind == EndKind::exited && std::any_of(findings.begin(), findings.end(), is_good) &&
         std::all_of(findings.begin(), findings.end(), [](const Finding& finding) {
           return !is_about_the_end(finding) || finding.check != "exit_code" || is_good(finding);
         });
}

Classification real(std::string reason) { return {AttemptClass::real, std::move(reason), 1}; }

Classification infra(std::string reason, int max_attempts = k_default_infra_attempts) {
  return {AttemptClass::infra, std::move(reason), max_attempts};
}

Classification by_rule(const RetryRule& rule, const std::string& why) {
  const bool is_infra = rule.class_ == RetryRule::Class::infra;
  return {is_infra ? AttemptClass::infra : AttemptClass::flaky, "the recipe's rule: " + why,
          rule.max_attempts};
}

bool names_end(const RetryRule& rule, const JobEnd& end) {
  if (rule.exit_code) return end.kind == EndKind::exited && end.exit_code == *rule.exit_code;
  return !rule.state.empty() && rule.state == to_string(end.kind);
}

std::optional<Classification> by_recipe(std::span<const RetryRule> rules, const JobEnd& end,
                                        const LogMatches* matches) {
  for (const auto& rule : rules) {
    if (names_end(rule, end)) return by_rule(rule, describe(end));
    const auto* match = matches != nullptr ? matches->find(rule.pattern) : nullptr;
    if (match != nullptr) return by_rule(rule, with_match("'" + rule.pattern + "'", *match));
  }
  return std::nullopt;
}

std::optional<Classification> by_end(const JobEnd& end) {
  for (const auto& rule : end_rules()) {
    if (rule.attempt_class != AttemptClass::infra || rule.state != to_string(end.kind)) continue;
    return infra(describe(end), max_attempts(rule));
  }
  return std::nullopt;
}

std::optional<Classification> by_logs(std::span<const BuiltInRule> rules,
                                      const LogMatches& matches) {
  for (const auto& rule : rules) {
    const auto* match = matches.find(rule.pattern);
    if (match == nullptr) continue;
    auto reason = with_match(rule.meaning, *match);
    return rule.attempt_class == AttemptClass::infra ? infra(std::move(reason))
                                                     : real(std::move(reason));
  }
  return std::nullopt;
}

// Signals that a program raises by its own fault.
bool is_crash(const JobEnd& end) {
  int signal = end.signal;
  if (end.kind == EndKind::exited)
    signal = end.exit_code - k_shell_signal_base;
  else if (end.kind != EndKind::signaled)
    return false;
  return signal == SIGSEGV || signal == SIGBUS || signal == SIGFPE || signal == SIGILL;
}

}  // namespace

std::string to_string(AttemptClass attempt_class) {
  switch (attempt_class) {
    case AttemptClass::none:
      return "";
    case AttemptClass::infra:
      return "infra";
    case AttemptClass::flaky:
      return "flaky";
    case AttemptClass::real:
      return "real";
  }
  return {};
}

Classification classify(std::span<const RetryRule> rules, const JobEnd& end,
                        std::span<const Finding> findings,
                        std::span<const std::filesystem::path> logs) {
  if (exited_as_expected(end, findings)) {
    if (std::all_of(findings.begin(), findings.end(), is_good)) return {};
    if (auto by_rule_of_recipe = by_recipe(rules, end, nullptr)) return *by_rule_of_recipe;
    return real("a failed baseline is not repeated");
  }
  if (const auto by_state = by_end(end); by_state && by_state->max_attempts == 1) return *by_state;
  const LogMatches matches(rules, logs);
  if (auto found = by_recipe(rules, end, &matches)) return *found;
  if (auto found = by_end(end)) return *found;
  if (auto found = by_logs(hardware_rules(), matches)) return *found;
  if (is_crash(end) || end.kind == EndKind::out_of_memory) return real(describe(end));
  if (auto found = by_logs(real_rules(), matches)) return *found;
  if (auto found = by_logs(network_rules(), matches)) return *found;
  return real(describe(end));
}

int max_attempts(const BuiltInRule& rule) {
  const bool is_final =
      rule.state == to_string(EndKind::cancelled) || rule.state == to_string(EndKind::deadline);
  return rule.attempt_class == AttemptClass::infra && !is_final ? k_default_infra_attempts : 1;
}

bool is_another_due(const Classification& classification, int attempts) {
  const bool may_repeat = classification.attempt_class == AttemptClass::infra ||
                          classification.attempt_class == AttemptClass::flaky;
  return may_repeat && attempts < classification.max_attempts;
}

}  // namespace assay
