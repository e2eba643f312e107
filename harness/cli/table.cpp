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

bool is_printable_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
}

// One line of valid text: what a record's summary or a label holds may be anything.
std::string cell(std::string_view text) {
  std::string out = valid_utf8(text);
  std::replace_if(
      out.begin(), out.end(),
      [](char c) { return static_cast<unsigned char>(c) < 0x20U || c == 0x7F; }, ' ');
  return out;
}

// At most `width` characters, with a mark where something is missing.
void cut(std::string& text, std::size_t width) {
  if (width == 0 || text.size() <= width || width_of(text) <= width) return;
  std::size_t count = 0;
  const auto end = std::find_if(text.begin(), text.end(),
                                [&](char c) { return (c & 0xC0) != 0x80 && ++count >= width; });
  text.erase(end, text.end());
  text += "…";
}

// visit(text, column) for all cells, line by line, the columns' names first.
template <typename Visit>
void for_each_cell(const Table& table, Visit visit) {
  const auto columns = table.columns().size();
  for (std::size_t i = 0; i < columns; ++i) visit(table.columns()[i], i);
  for (std::size_t row = 0; row < table.row_count(); ++row) {
    for (std::size_t i = 0; i < columns; ++i) visit(table.cell(row, i), i);
  }
}

std::string render_text(const Table& table, std::size_t width) {
  std::vector<std::size_t> widths(table.columns().size(), 0);
  for_each_cell(table, [&](std::string_view text, std::size_t column) {
    const auto needed = is_printable_ascii(text) ? text.size() : width_of(cell(text));
    widths[column] = std::max(widths[column], needed);
  });
  std::string out;
  std::string line;
  std::size_t blanks = 0;  // that the next cell needs before it
  for_each_cell(table, [&](std::string_view text, std::size_t column) {
    line.append(blanks, ' ');
    const auto begin = line.size();
    is_printable_ascii(text) ? line += text : line += cell(text);
    blanks = widths[column] - width_of(std::string_view(line).substr(begin)) + 2;
    if (column + 1 < widths.size()) return;
    while (line.ends_with(' ')) line.pop_back();
    cut(line, width);
    out += line;
    out += '\n';
    line.clear();
    blanks = 0;
  });
  return out;
}

std::string csv_cell(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

std::string render_csv(const Table& table) {
  std::string out;
  for_each_cell(table, [&](std::string_view text, std::size_t column) {
    out += csv_cell(valid_utf8(text));
    out += column + 1 < table.columns().size() ? "," : "\r\n";
  });
  return out;
}

std::string markdown_cell(std::string_view text) {
  std::string out;
  for (const char c : cell(text)) {
    if (c == '|' || c == '\\' || c == '<' || c == '`' || c == '*' || c == '_') out += '\\';
    out += c;
  }
  return out;
}

std::string render_markdown(const Table& table) {
  const auto columns = table.columns().size();
  std::string rule = "|";  // under the columns' names
  for (std::size_t i = 0; i < columns; ++i) rule += " --- |";
  rule += "\n";
  std::string out;
  for_each_cell(table, [&](std::string_view text, std::size_t column) {
    out += (column == 0 ? "| " : " ") + markdown_cell(text) + " |";
    if (column + 1 == columns) out += "\n" + std::exchange(rule, {});
  });
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

void Table::add(std::string_view cell) {
  text_ += cell;
  ends_.push_back(text_.size());
}

void Table::add_cells(std::initializer_list<std::string_view> cells) {
  for (const auto cell : cells) add(cell);
}

std::string_view Table::cell(std::size_t row, std::size_t column) const {
  const auto at = row * columns_.size() + column;
  const auto begin = at == 0 ? 0 : ends_[at - 1];
  return std::string_view(text_).substr(begin, ends_[at] - begin);
}

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
