#include "metrics/literal_filter.h"

#include <algorithm>

namespace assay {

namespace {

constexpr std::size_t k_lanes = 8;

// Walks over a regular expression and collects the plain text between everything else.
class LiteralScan {
 public:
  explicit LiteralScan(std::string_view pattern) : rest_(pattern) {}

  std::string longest() {
    while (!rest_.empty() && is_plain_) step();
    end_run();
    return is_plain_ ? best_ : std::string{};
  }

 private:
  void step() {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    switch (c) {
      case '|':  // an alternative need not hold what the other one does
        is_plain_ = false;
        return;
      case '(':
        end_run();
        skip_group();
        return;
      case '[':
        end_run();
        skip_class();
        return;
      case '\\':
        escape();
        return;
      case '*':
      case '?':  // the character before it is optional
        if (!run_.empty()) run_.pop_back();
        end_run();
        return;
      case '{':
        if (!run_.empty()) run_.pop_back();
        end_run();
        rest_.remove_prefix(std::min(rest_.find_first_not_of("0123456789,"), rest_.size()));
        if (rest_.starts_with('}')) rest_.remove_prefix(1);
        return;
      case '+':
      case '.':
      case '^':
      case '$':
      case '\n':
      case '\r':
        end_run();
        return;
      default:
        run_ += c;
    }
  }

  void escape() {
    if (rest_.empty()) return;
    const char c = rest_.front();
    rest_.remove_prefix(1);
    constexpr std::string_view k_one_letter = "dDwWsSbBAzntrfva";
    const bool is_word = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!is_word) {
      run_ += c;
    } else if (k_one_letter.find(c) != std::string_view::npos) {
      end_run();
    } else {
      is_plain_ = false;  // \x41, \pL, \Q...\E, ...
    }
  }

  void skip_class() {
    if (rest_.starts_with('^')) rest_.remove_prefix(1);
    if (rest_.starts_with(']')) rest_.remove_prefix(1);
    while (!rest_.empty() && rest_.front() != ']') {
      if (rest_.starts_with("[:")) {
        rest_.remove_prefix(std::min(rest_.find(":]"), rest_.size() - 2) + 2);
        continue;
      }
      rest_.remove_prefix(rest_.front() == '\\' && rest_.size() > 1 ? 2 : 1);
    }
    if (!rest_.empty()) rest_.remove_prefix(1);
  }

  void skip_group() {
    for (int depth = 1; depth > 0 && !rest_.empty();) {
      if (rest_.starts_with('?') && !rest_.starts_with("?P<") && !rest_.starts_with("?:")) {
        is_plain_ = false;  // flags, which may hold for all that follows
        return;
      }
      const char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '(') ++depth;
      if (c == ')') --depth;
      if (c == '[') skip_class();
      if (c == '\\' && !rest_.empty()) {
        if (rest_.front() == 'Q') is_plain_ = false;
        rest_.remove_prefix(1);
      }
      // A '?' that does not open the group is a quantifier.
      while (c != '(' && rest_.starts_with('?')) rest_.remove_prefix(1);
    }
  }

  void end_run() {
    if (run_.size() > best_.size()) best_ = run_;
    run_.clear();
  }

  std::string_view rest_;
  std::string run_;
  std::string best_;
  bool is_plain_ = true;
};

}  // namespace

std::string required_literal(std::string_view pattern) { return LiteralScan(pattern).longest(); }

LiteralFilter::LiteralFilter(std::span<const std::string> literals) {
  steps_.fill(~std::uint64_t{0});
  for (std::size_t i = 0; i < literals.size(); ++i) {
    const std::uint64_t bucket = std::uint64_t{1} << (i % k_buckets);
    const auto& literal = literals[i];
    const auto size = std::min(literal.size(), k_lanes);
    const auto end = std::string_view(literal).substr(literal.size() - size);
    for (std::size_t lane = 0; lane < k_lanes; ++lane) {
      const std::uint64_t bit = bucket << (8 * lane);
      if (lane < k_lanes - size) {
        for (auto& entry : steps_) entry &= ~bit;  // before a short literal anything may stand
      } else {
        steps_[static_cast<unsigned char>(end[lane - (k_lanes - size)])] &= ~bit;
      }
    }
  }
  // What bytes that are in no literal lead to.
  for (std::size_t i = 0; i < k_lanes; ++i) start_ = start_ << 8U | steps_['\n'];
}

std::size_t LiteralFilter::find(std::string_view text, std::size_t from) const {
  constexpr std::uint64_t k_no_bucket = std::uint64_t{0xFF} << 56U;
  std::uint64_t state = start_;
  for (std::size_t i = from; i < text.size(); ++i) {
    state = state << 8U | steps_[static_cast<unsigned char>(text[i])];
    if (state < k_no_bucket) return i;
  }
  return std::string_view::npos;
}

unsigned LiteralFilter::buckets_in(std::string_view text) const {
  std::uint64_t missed = 0xFF;
  std::uint64_t state = start_;
  for (const char c : text) {
    state = state << 8U | steps_[static_cast<unsigned char>(c)];
    missed &= state >> 56U;
  }
  return static_cast<unsigned>(~missed & 0xFFU);
}

}  // namespace assay
