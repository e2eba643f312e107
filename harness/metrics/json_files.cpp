// JSON lines and JSON documents.
#include "base/text.h"
#include "metrics/json_reader.h"
#include "metrics/readers.h"
#include "metrics/step.h"

namespace assay {

void read_json_lines(Input& input, SeriesSink& sink) {
  LineReader lines(input);
  JsonReader json(std::string_view{});
  FlatValues record;
  StepCounter steps;
  Line line;
  while (lines.next(line)) {
    if (line.is_too_long) {
      sink.warn(line.offset, "a line too long to be a record");
      continue;
    }
    json.reset(line.text, line.offset);
    record.clear();
    const auto first = json.next();
    const bool is_object = first == JsonToken::begin_object;
    if (is_object && record.read(json, first, "") && json.next() == JsonToken::end) {
      add_record(record, steps, sink);
    } else if (trim(line.text).empty()) {
      continue;
    } else if (json.is_cut() && !line.is_terminated) {
      sink.warn(line.offset, "the file ends within this record; those before it were kept");
    } else if (!json.error().empty()) {
      sink.warn(json.offset(), "broken record: " + json.error());
    } else {
      sink.warn(line.offset, "no JSON object");
    }
  }
}

namespace {

class DocumentReader {
 public:
  DocumentReader(Input& input, SeriesSink& sink) : json_(input), sink_(sink) {}

  void read() {
    const auto first = json_.next();
    if (first == JsonToken::end || (first == JsonToken::error && json_.is_cut())) {
      sink_.warn(json_.offset(), "the file is empty or holds no whole value");
      return;
    }
    std::string name;
    const bool is_whole = read_value(first, name) && json_.next() == JsonToken::end;
    if (is_whole) return;
    sink_.warn(json_.offset(),
               (json_.is_cut() ? "the JSON document is cut off: " : "broken JSON document: ") +
                   json_.error() + "; what came before was kept");
  }

 private:
  bool read_value(JsonToken first, std::string& name) {
    if (first == JsonToken::begin_object) return read_object(name);
    if (first == JsonToken::begin_array) return read_list(name);
    if (const auto number = as_number(first); number && !name.empty()) {
      sink_.series(name).summary = *number;
    }
    return first != JsonToken::error;
  }

  std::optional<double> as_number(JsonToken token) const {
    if (token == JsonToken::number || token == JsonToken::boolean) return json_.number();
    if (token == JsonToken::string) return parse_number(json_.text());
    return std::nullopt;
  }

  // A key that is an integer is a step of the metric that the object belongs to.
  bool read_object(std::string& name) {
    const std::size_t above = name.size();
    auto token = json_.next();
    for (; token == JsonToken::key; token = json_.next()) {
      const auto step = above > 0 ? parse_integer(json_.text()) : std::nullopt;
      if (above > 0) name += '.';
      name.append(json_.text());
      token = json_.next();
      const auto number = as_number(token);
      if (step && number) {
        name.resize(above);
        sink_.add(name, *step, *number);
      } else if (!read_value(token, name)) {
        return false;
      }
      name.resize(above);
    }
    return token == JsonToken::end_object;
  }

  // Numbers are a curve; objects are records, whose names stand for themselves in Hugging Face's
  // `log_history` and in a document that is one list.
  bool read_list(std::string& name) {
    StepCounter steps;
    std::int64_t index = 0;
    auto token = json_.next();
    for (; token != JsonToken::end_array; token = json_.next(), ++index) {
      if (token == JsonToken::begin_object) {
        record_.clear();
        if (!record_.read(json_, token, "")) return false;
        if (name.empty() || name == "log_history") add_record(record_, steps, sink_);
      } else if (const auto number = as_number(token); number && !name.empty()) {
        sink_.add(name, index, *number);
      } else if (!json_.skip(token)) {
        return false;
      }
    }
    return true;
  }

  JsonReader json_;
  SeriesSink& sink_;
  FlatValues record_;
};

}  // namespace

void read_json_document(Input& input, SeriesSink& sink) { DocumentReader(input, sink).read(); }

}  // namespace assay
