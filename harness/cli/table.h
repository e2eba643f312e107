// Tables for people and for programs: one set of rows, several forms.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace assay {

enum class TableFormat { text, csv, markdown };

struct Table {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;
};

// As text the columns are aligned and the last one is cut so that lines have at most `width`
// characters (0: never cut). CSV is RFC 4180; Markdown is a pipe table.
std::string render(const Table& table, TableFormat format, std::size_t width = 0);

// How many characters (not bytes) a text has.
std::size_t width_of(std::string_view text);

// Whether stdout is a terminal that wants colour (https://no-color.org).
bool wants_colour();

// Characters per line of the terminal that stdout is; 0 when it is none.
std::size_t terminal_width();

// Writes a long text to stdout, on a terminal through $PAGER (default: less) where it does not fit.
void show_paged(const std::string& text);

}  // namespace assay
