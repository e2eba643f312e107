#include <unordered_map>

#include "base/text.h"
#include "metrics/json_reader.h"
#include "metrics/readers.h"
#include "metrics/step.h"

namespace assay {

namespace {

constexpr std::string_view k_mark = "DLLL ";

// What one record says, whatever the order of its keys.
struct DlloggerRecord {
  enum class Type { log, metadata, other };
  enum class Step { none, parameter, summary, number };
  Type type = Type::log;
  Step step_kind = Step::none;
  std::int64_t step = 0;
  FlatValues values;
  std::string metric;  // of METADATA
  std::string unit;
  Goal goal = Goal::none;

  void clear() {
    type = Type::log;
    step_kind = Step::none;
    step = 0;
    values.clear();
    metric.clear();
    unit.clear();
    goal = Goal::none;
  }
};

class DlloggerReader {
 public:
  explicit DlloggerReader(SeriesSink& sink) : sink_(sink) {}

  void read(Input& input) {
    LineReader lines(input);
    Line line;
    while (lines.next(line)) read_line(line);
    for (const auto& [metric, metadata] : metadata_) {
      Series* series = sink_.find(metric);
      if (series == nullptr) continue;
      if (!metadata.unit.empty()) series->unit = valid_utf8(metadata.unit);
      if (metadata.goal != Goal::none) series->goal = metadata.goal;
    }
  }

 private:
  struct Metadata {
    std::string unit;
    Goal goal;
  };

  void read_line(const Line& line) {
    if (line.is_too_long) {
      sink_.warn(line.offset, "a line too long to be a DLLogger record");
      return;
    }
    // Another process's output may stand before the record on the same line.
    const auto mark = line.text.find(k_mark);
    if (mark == std::string_view::npos) {
      if (!trim(line.text).empty()) sink_.warn(line.offset, "no DLLogger record (no 'DLLL ')");
      return;
    }
    const auto begin = mark + k_mark.size();
    json_.reset(line.text.substr(begin), line.offset + begin);
    record_.clear();
    if (read_record() && json_.next() == JsonToken::end) {
      keep_record();
    } else if (json_.is_cut() && !line.is_terminated) {
      sink_.warn(line.offset, "the file ends within this record; those before it were kept");
    } else {
      sink_.warn(json_.offset(), "broken DLLogger record: " +
                                     (json_.error().empty() ? "no object" : json_.error()));
    }
  }

  bool read_record() {
    auto token = json_.next();
    if (token != JsonToken::begin_object) return false;
    for (token = json_.next(); token == JsonToken::key; token = json_.next()) {
      if (!read_field(json_.text())) return false;
    }
    return token == JsonToken::end_object;
  }

  bool read_field(std::string_view key) {
    if (key == "type") {
      const auto token = json_.next();
      if (token != JsonToken::string) return json_.skip(token);
      record_.type = json_.text() == "LOG"        ? DlloggerRecord::Type::log
                     : json_.text() == "METADATA" ? DlloggerRecord::Type::metadata
                                                  : DlloggerRecord::Type::other;
      return true;
    }
    if (key == "step") return read_step();
    if (key == "data") return record_.values.read(json_, json_.next(), "");
    if (key == "metric") {
      const auto token = json_.next();
      if (token == JsonToken::string) record_.metric = json_.text();
      return json_.skip(token);
    }
    if (key == "metadata") return read_metadata();
    return json_.skip(json_.next());
  }

  // `[epoch, iteration, val_iteration]`: the training step is the iteration, else the epoch.
  bool read_step() {
    const auto token = json_.next();
    if (token == JsonToken::number) {
      set_step(json_.number());
    } else if (token == JsonToken::string) {
      if (json_.text() == "PARAMETER") {
        record_.step_kind = DlloggerRecord::Step::parameter;
      } else if (const auto number = parse_number(json_.text())) {
        set_step(*number);
      }
    } else if (token == JsonToken::begin_array) {
      record_.step_kind = DlloggerRecord::Step::summary;
      int place = 0;
      for (auto item = json_.next(); item != JsonToken::end_array; item = json_.next(), ++place) {
        if (item == JsonToken::number && place < 2) set_step(json_.number());
        if (!json_.skip(item)) return false;
      }
    } else {
      if (token == JsonToken::null) record_.step_kind = DlloggerRecord::Step::summary;
      return json_.skip(token);
    }
    return true;
  }

  void set_step(double number) {
    record_.step_kind = DlloggerRecord::Step::number;
    record_.step = to_step(number);
  }

  bool read_metadata() {
    auto token = json_.next();
    if (token != JsonToken::begin_object) return json_.skip(token);
    for (token = json_.next(); token == JsonToken::key; token = json_.next()) {
      const bool is_unit = json_.text() == "unit";
      const bool is_goal = to_lower(json_.text()) == "goal";
      token = json_.next();
      if (token == JsonToken::string && is_unit) record_.unit = json_.text();
      if (token == JsonToken::string && is_goal) {
        const auto goal = to_lower(json_.text());
        if (goal.starts_with("max")) record_.goal = Goal::maximize;
        if (goal.starts_with("min")) record_.goal = Goal::minimize;
      }
      if (!json_.skip(token)) return false;
    }
    return token == JsonToken::end_object;
  }

  void keep_record() {
    if (record_.type == DlloggerRecord::Type::other) return;
    if (record_.type == DlloggerRecord::Type::metadata) {
      if (metadata_.size() < SeriesSink::k_most_series) {
        metadata_[record_.metric] = {record_.unit, record_.goal};
      }
      return;
    }
    if (record_.step_kind == DlloggerRecord::Step::parameter) return;
    // A step that is a word ("final") stands where the log stands.
    if (record_.step_kind == DlloggerRecord::Step::number) last_step_ = record_.step;
    for (std::size_t i = 0; i < record_.values.size(); ++i) {
      Series& series = sink_.series(record_.values.name(i));
      if (record_.step_kind == DlloggerRecord::Step::summary) {
        series.summary = record_.values.value(i);
      } else {
        sink_.add(series, last_step_, record_.values.value(i));
      }
    }
  }

  SeriesSink& sink_;
  JsonReader json_{std::string_view{}};
  DlloggerRecord record_;
  std::unordered_map<std::string, Metadata> metadata_;
  std::int64_t last_step_ = 0;
};

}  // namespace

void read_dllogger(Input& input, SeriesSink& sink) { DlloggerReader(sink).read(input); }

}  // namespace assay
