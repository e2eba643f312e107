#include "cli/table.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iostream>

#include "base/text.h"

namespace assay {

namespace {

// One line of valid text: what a record's summary or a label holds may be anything.
std::string cell(std::string_view text) {
  std::string out = valid_utf8(text);
  std::replace_if(
      out.begin(), out.end(),
      [](char c) { return static_cast<unsigned char>(c) < 0x20U || c == 0x7F; }, ' ');
  return out;
}

// At most `width` characters, with a mark where something is missing.
std::string cut(const std::string& text, std::size_t width) {
  if (width == 0 || width_of(text) <= width) return text;
  std::string out;
  std::size_t count = 0;
  for (const char c : text) {
    if ((c & 0xC0) != 0x80 && ++count >= width) break;
    out += c;
  }
  return out + "…";
}

std::string render_text(const Table& table, std::size_t width) {
  std::vector<std::vector<std::string>> lines{table.columns};
  lines.insert(lines.end(), table.rows.begin(), table.rows.end());
  std::vector<std::size_t> widths(table.columns.size(), 0);
  for (auto& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) {
      line[i] = cell(line[i]);
      widths[i] = std::max(widths[i], width_of(line[i]));
    }
  }
  std::string out;
  for (const auto& line : lines) {
    std::string text;
    for (std::size_t i = 0; i < line.size(); ++i) {
      text += line[i];
      if (i + 1 < line.size()) text.append(widths[i] - width_of(line[i]) + 2, ' ');
    }
    while (text.ends_with(' ')) text.pop_back();
    out += cut(text, width) + "\n";
  }
  return out;
}

std::string csv_cell(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

std::string render_csv(const Table& table) {
  std::string out;
  const auto add = [&](const std::vector<std::string>& line) {
    for (std::size_t i = 0; i < line.size(); ++i) {
      out += (i > 0 ? "," : "") + csv_cell(valid_utf8(line[i]));
    }
    out += "\r\n";
  };
  add(table.columns);
  for (const auto& row : table.rows) add(row);
  return out;
}

std::string markdown_cell(const std::string& text) {
  std::string out;
  for (const char c : cell(text)) {
    if (c == '|' || c == '\\' || c == '<' || c == '`' || c == '*' || c == '_') out += '\\';
    out += c;
  }
  return out;
}

std::string render_markdown(const Table& table) {
  std::string out;
  const auto add = [&](const std::vector<std::string>& line) {
    out += "|";
    for (const auto& text : line) out += " " + markdown_cell(text) + " |";
    out += "\n";
  };
  add(table.columns);
  out += "|";
  for (std::size_t i = 0; i < table.columns.size(); ++i) out += " --- |";
  out += "\n";
  for (const auto& row : table.rows) add(row);
  return out;
}

std::size_t terminal_rows() {
  winsize size{};
  return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_row : 0;
}

}  // namespace

std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string render(const Table& table, TableFormat format, std::size_t width) {
  switch (format) {
    case TableFormat::text:
      return render_text(table, width);
    case TableFormat::csv:
      return render_csv(table);
    case TableFormat::markdown:
      return render_markdown(table);
  }
  return {};
}

bool wants_colour() { return ::isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr; }

void show_paged(const std::string& text) {
  const auto rows = ::isatty(STDOUT_FILENO) == 1 ? terminal_rows() : 0;
  const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  if (rows > 0 && lines >= rows) {
    const char* asked = std::getenv("PAGER");
    const std::string pager = asked != nullptr && *asked != '\0' ? asked : "less -FRX";
    std::cout.flush();
    if (FILE* pipe = ::popen(pager.c_str(), "w")) {
      const bool is_written = std::fwrite(text.data(), 1, text.size(), pipe) == text.size();
      // A pager that was left early closes the pipe: that is its user's wish. One that could not
      // be started wrote nothing.
      if (::pclose(pipe) == 0 || is_written) return;
    }
  }
  std::cout << text << std::flush;
}

}  // namespace assay
