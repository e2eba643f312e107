#include "recipe/edit_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/text.h"

namespace assay {

namespace {

// Where line `line` (from 1) begins; the text's size when there is no such line.
std::size_t line_offset(std::string_view text, int line) {
  std::size_t offset = 0;
  for (int i = 1; i < line; ++i) {
    const auto end = text.find('\n', offset);
    if (end == std::string_view::npos) return text.size();
    offset = end + 1;
  }
  return offset;
}

std::string_view line_from(std::string_view text, std::size_t offset) {
  return text.substr(offset, text.find('\n', offset) - offset);
}

std::size_t indent_of(std::string_view line) {
  return std::min(line.find_first_not_of(' '), line.size());
}

// Nothing of a list that has ended can follow: neither blank nor comment.
bool has_content(std::string_view line) {
  const auto text = trim(line);
  return !text.empty() && text.front() != '#';
}

// The length of a quoted scalar, quotes included; 0 when it does not end.
std::size_t quoted_length(std::string_view text) {
  const char quote = text.front();
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (quote == '"' && text[i] == '\\') {
      ++i;
    } else if (text[i] == quote) {
      if (quote == '"' || i + 1 >= text.size() || text[i + 1] != quote) return i + 1;
      ++i;  // '' is a quote within
    }
  }
  return 0;
}

// A plain scalar where that reads back as the same text, else a quoted one.
std::string scalar_text(const std::string& text) {
  constexpr std::string_view k_plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./+-";
  const bool is_plain = !text.empty() && text.find_first_not_of(k_plain) == std::string::npos &&
                        text.front() != '-' && to_lower(text) != "null";
  if (is_plain) return text;
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("''") : std::string(1, c);
  return quoted + "'";
}

std::string indented(const std::string& yaml, std::size_t indent) {
  std::string out;
  for (const auto& line : split(yaml, '\n')) {
    if (!line.empty()) out += std::string(indent, ' ') + line + '\n';
  }
  return out;
}

// Just behind the last line of content from `offset` on that belongs to a block whose own lines are
// indented by more than `indent`, or are list items at `indent`.
std::size_t end_of_block(std::string_view text, std::size_t offset, std::size_t indent) {
  auto end = offset;
  while (offset < text.size()) {
    const auto line = line_from(text, offset);
    const auto next = std::min(offset + line.size() + 1, text.size());
    if (has_content(line)) {
      const bool is_item = indent_of(line) == indent && line.substr(indent).starts_with('-') &&
                           !line.starts_with("---");
      if (indent_of(line) <= indent && !is_item) break;
      end = next;
    }
    offset = next;
  }
  return end;
}

// Where a document ends that has a value at `offset`.
std::size_t end_of_document(std::string_view text, std::size_t offset) {
  auto end = offset;
  while (offset < text.size()) {
    const auto line = line_from(text, offset);
    if (line.starts_with("---") || line.starts_with("...")) break;
    offset = std::min(offset + line.size() + 1, text.size());
    if (has_content(line)) end = offset;
  }
  return end;
}

Splice inserted(std::string_view text, std::size_t offset, std::string lines) {
  const bool needs_line_end = offset > 0 && text[offset - 1] != '\n';
  return {offset, 0, (needs_line_end ? "\n" : "") + std::move(lines)};
}

}  // namespace

std::string applied(std::string_view text, std::vector<Splice> splices) {
  std::stable_sort(splices.begin(), splices.end(),
                   [](const Splice& a, const Splice& b) { return a.offset < b.offset; });
  std::string out;
  std::size_t done = 0;
  for (const Splice& splice : splices) {
    if (splice.offset < done) throw Error("two edits of a recipe overlap");
    out += text.substr(done, splice.offset - done);
    out += splice.text;
    done = splice.offset + splice.length;
  }
  return out += text.substr(done);
}

Splice replace_scalar(std::string_view text, const Value& scalar, const std::string& replacement,
                      const std::string& file) {
  const auto offset = line_offset(text, scalar.line) + static_cast<std::size_t>(scalar.column) - 1;
  const auto rest = text.substr(std::min(offset, text.size()));
  std::size_t length = 0;
  if (rest.starts_with('"') || rest.starts_with('\'')) {
    length = quoted_length(rest);
  } else if (rest.starts_with(scalar.text)) {
    length = scalar.text.size();
  }
  if (scalar.line == 0 || length == 0) {
    throw InputError({file, scalar.line, scalar.column},
                     "this number is not written plainly here; it cannot be edited",
                     line_of(text, scalar.line));
  }
  return {offset, length, replacement};
}

std::string item_text(const std::vector<std::pair<std::string, Bound>>& baselines,
                      const std::vector<std::pair<std::string, std::string>>& identifier) {
  using Operator = Bound::Operator;
  std::string out = "- logic_type: static\n  logic_spec:\n    baselines:\n";
  for (const auto& [metric, bound] : baselines) {
    out += fmt::format("      {}:\n", scalar_text(metric));
    if (bound.op == Operator::range) {
      out += "        operator: range\n";
      if (bound.minimum) out += fmt::format("        min: {}\n", format_number(*bound.minimum));
      if (bound.maximum) out += fmt::format("        max: {}\n", format_number(*bound.maximum));
      continue;
    }
    const auto* name = bound.op == Operator::geq   ? "geq"
                       : bound.op == Operator::leq ? "leq"
                       : bound.op == Operator::gt  ? "gt"
                       : bound.op == Operator::lt  ? "lt"
                       : bound.op == Operator::neq ? "neq"
                       : bound.op == Operator::eq  ? "eq"
                                                   : "approx";
    out +=
        fmt::format("        operator: {}\n        value: {}\n", name, format_number(bound.value));
    if (bound.op != Operator::approx) continue;
    out += fmt::format("        rtol: {}\n        atol: {}\n", format_number(bound.rtol),
                       format_number(bound.atol));
  }
  if (!identifier.empty()) out += "  product_identifier:\n";
  for (const auto& [name, value] : identifier) {
    out += fmt::format("    {}: {}\n", scalar_text(name), scalar_text(value));
  }
  return out;
}

Splice append_items(std::string_view text, const Value& document, const std::string& key,
                    const std::string& yaml, const std::string& file) {
  const Value* items = document.find(key);
  if (items == nullptr) {
    const auto start = line_offset(text, document.line);
    if (text.substr(start).starts_with('{')) {
      throw InputError({file, document.line, document.column},
                       "a recipe in flow style cannot be given a '" + key + "'");
    }
    return inserted(text, end_of_document(text, start), key + ":\n" + indented(yaml, 0));
  }
  const auto line = line_offset(text, items->line);
  const auto offset = line + static_cast<std::size_t>(std::max(items->column, 1)) - 1;
  if (items->kind != Value::Kind::list || offset >= text.size() || text[offset] != '-') {
    throw InputError({file, items->line, items->column},
                     "'" + key + "' is no block list; items cannot be added to it",
                     line_of(text, items->line));
  }
  const auto indent = offset - line;
  return inserted(text, end_of_block(text, line, indent), indented(yaml, indent));
}

}  // namespace assay
