// Small text helpers that several modules need.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace assay {

std::string_view trim(std::string_view text);
std::string to_lower(std::string_view text);
std::string to_upper(std::string_view text);
std::vector<std::string> split(std::string_view text, char separator);
std::string join(const std::vector<std::string>& parts, std::string_view separator);

// One word for a POSIX shell, quoted only where needed.
std::string shell_quote(std::string_view word);

// Valid UTF-8: each byte that is part of no valid sequence becomes U+FFFD.
std::string valid_utf8(std::string_view bytes);

// The shortest text that reads back as the same double, without an exponent for magnitudes
// from 1e-5 up to 1e15; "nan", "inf", "-inf" for what is no number.
std::string format_number(double value);

// All of `text` as a number, as C's strtod reads it; nothing when there is more or less than that.
std::optional<double> parse_number(std::string_view text);

// All of `text` as a decimal integer.
std::optional<long long> parse_integer(std::string_view text);

}  // namespace assay
