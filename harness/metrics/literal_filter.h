// Finds the few lines of a log that any of several patterns could match, without running them.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace assay {

// The longest text that every match of the regular expression (RE2's syntax) must contain; empty
// where that is not plain to see.
std::string required_literal(std::string_view pattern);

// Looks for all of several literals at once, two instructions per byte: a shift-or automaton over
// each literal's last eight bytes, in eight buckets. May report what is not there, never misses.
class LiteralFilter {
 public:
  static constexpr std::size_t k_buckets = 8;

  // Literal number i falls into bucket i % k_buckets. None may be empty or hold a line end.
  explicit LiteralFilter(std::span<const std::string> literals);

  // The last byte of the first literal that ends at or behind `from`; std::string_view::npos when
  // there is none. Nothing before `from` is looked at.
  std::size_t find(std::string_view text, std::size_t from) const;

  // One bit for each bucket of which a literal may be in the text.
  unsigned buckets_in(std::string_view text) const;

 private:
  // Byte lane n of an entry has a bucket's bit clear where the byte may stand at place n of the
  // bucket's last eight bytes.
  std::array<std::uint64_t, 256> steps_{};
  std::uint64_t start_ = ~std::uint64_t{0};
};

}  // namespace assay
