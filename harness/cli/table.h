// Tables for people and for programs: one set of rows, several forms.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace assay {

enum class TableFormat { text, csv, markdown };

// Cells are put in from left to right, row after row. They lie in one piece of memory, as there may
// be tens of thousands of rows.
class Table {
 public:
  explicit Table(std::vector<std::string> columns) : columns_(std::move(columns)) {}

  void add(std::string_view cell);
  void add_cells(std::initializer_list<std::string_view> cells);

  const std::vector<std::string>& columns() const { return columns_; }
  std::size_t row_count() const { return ends_.size() / columns_.size(); }
  std::string_view cell(std::size_t row, std::size_t column) const;

 private:
  std::vector<std::string> columns_;
  std::string text_;               // of all cells
  std::vector<std::size_t> ends_;  // of each cell, in text_
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
