#include <fmt/format.h>

#include "base/text.h"
#include "metrics/readers.h"
#include "metrics/step.h"

namespace assay {

namespace {

// Python's csv rules: commas, double quotes (doubled inside), rows end in \n, \r or \r\n.
class CsvRows {
 public:
  explicit CsvRows(Input& input) : window_(input) {}

  // False at the end of the file.
  bool next() {
    count_ = 0;
    row_offset_ = window_.offset();
    is_terminated_ = true;
    for (;;) {
      const int end = read_cell();
      if (end == ',') continue;
      if (end == '\r' && peek() == '\n') window_.consume(1);
      if (end < 0) is_terminated_ = false;
      return end >= 0 || count_ > 1 || !cells_[0].empty();
    }
  }

  std::size_t size() const { return count_; }
  const std::string& cell(std::size_t index) const { return cells_[index]; }
  std::uint64_t offset() const { return row_offset_; }
  bool is_terminated() const { return is_terminated_; }

 private:
  // Longer cells and rows than these are no table of metrics: the rest is read over.
  static constexpr std::size_t k_longest_cell = std::size_t{1} << 16;
  static constexpr std::size_t k_most_cells = 100'000;

  int peek() {
    if (window_.view().empty() && !window_.fill()) return -1;
    return static_cast<unsigned char>(window_.view().front());
  }

  std::string& start_cell() {
    if (count_ < k_most_cells) ++count_;
    if (cells_.size() < count_) cells_.emplace_back();
    cells_[count_ - 1].clear();
    return cells_[count_ - 1];
  }

  static void append(std::string& cell, std::string_view piece) {
    if (cell.size() < k_longest_cell) cell.append(piece);
  }

  // The character behind the cell: ',', '\n', '\r' or -1.
  int read_cell() {
    std::string& cell = start_cell();
    if (peek() == '"') {
      window_.consume(1);
      read_quoted(cell);
    }
    for (;;) {
      const auto view = window_.view();
      std::size_t size = 0;
      while (size < view.size() && view[size] != ',' && view[size] != '\n' && view[size] != '\r') {
        ++size;
      }
      append(cell, view.substr(0, size));
      if (size < view.size()) {
        const char end = view[size];
        window_.consume(size + 1);
        return end;
      }
      window_.consume(size);
      if (!window_.fill()) return -1;
    }
  }

  void read_quoted(std::string& cell) {
    for (;;) {
      const auto view = window_.view();
      const auto quote = view.find('"');
      append(cell, view.substr(0, quote));
      if (quote == std::string_view::npos) {
        window_.consume(view.size());
        if (!window_.fill()) return;
        continue;
      }
      window_.consume(quote + 1);
      if (peek() != '"') return;
      append(cell, "\"");
      window_.consume(1);
    }
  }

  Window window_;
  std::vector<std::string> cells_;
  std::size_t count_ = 0;
  std::uint64_t row_offset_ = 0;
  bool is_terminated_ = true;
};

class CsvReader {
 public:
  CsvReader(Input& input, SeriesSink& sink) : rows_(input), sink_(sink) {}

  void read() {
    if (!rows_.next()) return;
    read_header();
    while (rows_.next()) {
      const bool is_blank = rows_.size() == 1 && trim(rows_.cell(0)).empty();
      if (is_blank) continue;
      if (is_header_again()) {
        read_header();
      } else {
        read_row();
      }
    }
  }

 private:
  static constexpr std::size_t k_none = static_cast<std::size_t>(-1);

  void read_header() {
    header_.clear();
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      std::string_view name = rows_.cell(i);
      if (i == 0 && name.starts_with("\xEF\xBB\xBF")) name.remove_prefix(3);
      header_.emplace_back(trim(name));
    }
    step_column_ = k_none;
    for (const auto name : k_step_names) {
      for (std::size_t i = 0; i < header_.size() && step_column_ == k_none; ++i) {
        if (header_[i] == name) step_column_ = i;
      }
    }
  }

  // A restarted job that appends to its file writes its header again, perhaps a longer one.
  bool is_header_again() const {
    if (step_column_ != k_none) {
      for (std::size_t i = 0; i < rows_.size(); ++i) {
        if (rows_.cell(i) == header_[step_column_]) return true;
      }
      return false;
    }
    return !header_.empty() && !header_[0].empty() && rows_.cell(0) == header_[0];
  }

  void read_row() {
    std::size_t count = rows_.size();
    if (!rows_.is_terminated()) {
      sink_.warn(rows_.offset(), "the file ends within this row; its last cell was left out");
      --count;
    } else if (count != header_.size()) {
      sink_.warn(rows_.offset(),
                 fmt::format("a row of {} cells below a header of {}", count, header_.size()));
    }
    count = std::min(count, header_.size());
    std::optional<double> own_step;
    if (step_column_ < count) own_step = parse_number(trim(rows_.cell(step_column_)));
    const auto step = steps_.next(own_step);
    for (std::size_t i = 0; i < count; ++i) {
      if (i == step_column_) continue;
      const auto text = trim(rows_.cell(i));
      if (text.empty()) continue;
      if (const auto value = parse_number(text)) sink_.add(header_[i], step, *value);
    }
  }

  CsvRows rows_;
  SeriesSink& sink_;
  std::vector<std::string> header_;
  std::size_t step_column_ = k_none;
  StepCounter steps_;
};

}  // namespace

void read_csv(Input& input, SeriesSink& sink) { CsvReader(input, sink).read(); }

}  // namespace assay
