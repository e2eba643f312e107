#include "cli/table.h"

#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
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

winsize terminal_size() {
  winsize size{};
  const bool is_known =
      ::isatty(STDOUT_FILENO) == 1 && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0;
  return is_known ? size : winsize{};
}

// Hands the text to the pager and waits for it; false when the shell could not start it.
bool page(const std::string& text) {
  const char* asked = std::getenv("PAGER");
  const std::string pager = asked != nullptr && *asked != '\0' ? asked : "less";
  ::setenv("LESS", "FRX", 0);  // colours shown, short texts printed; unless the user set it
  std::cout.flush();
  // A pager that is left early closes the pipe: its user's wish, no error.
  const auto before = std::signal(SIGPIPE, SIG_IGN);
  FILE* pipe = ::popen(pager.c_str(), "w");
  int status = -1;
  if (pipe != nullptr) {
    std::fwrite(text.data(), 1, text.size(), pipe);
    status = ::pclose(pipe);
  }
  std::signal(SIGPIPE, before);
  // 126 and 127: POSIX's shell says that it could not run the command.
  return status >= 0 && !(WIFEXITED(status) && WEXITSTATUS(status) >= 126);
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

bool wants_colour() {
  if (::isatty(STDOUT_FILENO) != 1) return false;
  const char* refused = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  return (refused == nullptr || *refused == '\0') &&
         (terminal == nullptr || std::string_view(terminal) != "dumb");
}

std::size_t terminal_width() { return terminal_size().ws_col; }

void show_paged(const std::string& text) {
  const auto rows = terminal_size().ws_row;
  const auto lines = std::count(text.begin(), text.end(), '\n');
  if (rows > 0 && lines >= rows && page(text)) return;
  std::cout << text << std::flush;
}

}  // namespace assay
