#include <fmt/format.h>

#include <array>

#include "base/text.h"
#include "report/report.h"

namespace assay {

namespace {

// U+FFFE and U+FFFF are valid UTF-8 but no characters of XML 1.0 (its production 2).
bool is_no_xml_character(std::string_view text) {
  return text.starts_with("\xEF\xBF\xBE") || text.starts_with("\xEF\xBF\xBF");
}

}  // namespace

std::string xml_escape(std::string_view text) {
  constexpr std::string_view k_replacement = "\xEF\xBF\xBD";
  const std::string valid = valid_utf8(text);
  std::string out;
  out.reserve(valid.size());
  for (std::size_t i = 0; i < valid.size(); ++i) {
    const char c = valid[i];
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&apos;";
        break;
      case '\n':
      case '\r':
      case '\t':
        out += fmt::format("&#{};", static_cast<int>(c));
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20U) {
          out += k_replacement;
        } else if (is_no_xml_character(std::string_view(valid).substr(i))) {
          out += k_replacement;
          i += 2;
        } else {
          out += c;
        }
    }
  }
  return out;
}

std::string without_ctest_tags(std::string_view text) {
  // What CTest's expressions look for; a blank after the first character makes each plain text.
  constexpr std::array<std::string_view, 5> k_marks = {"<CTest", "<Dart", "</CTest", "</Dart",
                                                       "CTEST_FULL_OUTPUT"};
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    std::size_t length = 1;
    for (const auto mark : k_marks) {
      if (text.starts_with(mark)) length = mark.size();
    }
    out += text.front();
    if (length > 1) out += ' ';
    out += text.substr(1, length - 1);
    text.remove_prefix(length);
  }
  return out;
}

}  // namespace assay
