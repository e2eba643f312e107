#include "recipe/yaml_reader.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <map>
#include <sstream>

#include "base/text.h"

namespace assay {

namespace {

constexpr std::size_t k_most_bytes = std::size_t{16} << 20U;
constexpr std::size_t k_most_values = 1'000'000;
constexpr std::size_t k_deepest = 200;

// The kind of a plain scalar by YAML 1.2's core schema (yaml.org/spec/1.2.2, section 10.3.2).
bool is_integer(std::string_view text) {
  if (text.starts_with("0x") || text.starts_with("0o")) {
    const auto* digits = text[1] == 'x' ? "0123456789abcdefABCDEF" : "01234567";
    return text.size() > 2 && text.substr(2).find_first_not_of(digits) == std::string_view::npos;
  }
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_real(std::string_view text) {
  if (text == ".nan" || text == ".NaN" || text == ".NAN") return true;
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  if (text == ".inf" || text == ".Inf" || text == ".INF") return true;
  std::size_t digits = 0;
  std::size_t i = 0;
  const auto skip_digits = [&] {
    for (; i < text.size() && text[i] >= '0' && text[i] <= '9'; ++i) ++digits;
  };
  skip_digits();
  if (i < text.size() && text[i] == '.') {
    ++i;
    skip_digits();
  }
  if (digits == 0) return false;
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
    digits = 0;
    skip_digits();
    if (digits == 0) return false;
  }
  return i == text.size();
}

Value::Kind plain_kind(std::string_view text) {
  if (text == "true" || text == "True" || text == "TRUE" || text == "false" || text == "False" ||
      text == "FALSE") {
    return Value::Kind::boolean;
  }
  if (is_integer(text)) return Value::Kind::integer;
  if (is_real(text)) return Value::Kind::real;
  return Value::Kind::string;
}

Value::Kind tagged_kind(const std::string& tag, std::string_view text) {
  if (tag == "?" || tag.empty()) return plain_kind(text);
  if (tag.ends_with(":int")) return Value::Kind::integer;
  if (tag.ends_with(":float")) return Value::Kind::real;
  if (tag.ends_with(":bool")) return Value::Kind::boolean;
  if (tag.ends_with(":null")) return Value::Kind::null;
  return Value::Kind::string;
}

// Builds one Value from a parser's events.
class Builder : public YAML::EventHandler {
 public:
  Builder(const std::string& file, int first_line, std::vector<Place>& duplicates)
      : file_(file), first_line_(first_line), duplicates_(duplicates) {}

  Value take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& /*mark*/) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add(placed(mark), anchor, mark);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) fail(mark, "an alias cannot be used inside the value it names");
    Value copy = found->second.first;
    count(found->second.second, mark);
    add(std::move(copy), 0, mark);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override {
    Value value = placed(mark);
    value.kind = tagged_kind(tag, text);
    if (value.kind != Value::Kind::null) value.text = text;
    add(std::move(value), anchor, mark);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    open(mark, anchor, Value::Kind::list);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    open(mark, anchor, Value::Kind::map);
  }
  void OnMapEnd() override { close(); }

 private:
  // A list or map that is not finished.
  struct Frame {
    Value value;
    YAML::anchor_t anchor = 0;
    YAML::Mark mark;
    std::size_t values_before = 0;
    bool has_key = false;
    std::string key;
    YAML::Mark key_mark;
    std::vector<Value> merged;  // what `<<` named
  };

  Place place_of(const YAML::Mark& mark) const {
    return {file_, first_line_ + mark.line, mark.column + 1};
  }

  [[noreturn]] void fail(const YAML::Mark& mark, std::string message) const {
    throw InputError(place_of(mark), std::move(message));
  }

  Value placed(const YAML::Mark& mark) const {
    Value value;
    value.line = first_line_ + mark.line;
    value.column = mark.column + 1;
    return value;
  }

  void count(std::size_t more, const YAML::Mark& mark) {
    values_ += more;
    if (values_ > k_most_values) {
      fail(mark, "this document expands to more than a million values");
    }
  }

  void open(const YAML::Mark& mark, YAML::anchor_t anchor, Value::Kind kind) {
    if (frames_.size() >= k_deepest) {
      fail(mark, "nested deeper than " + std::to_string(k_deepest) + " levels");
    }
    Frame frame;
    frame.value = placed(mark);
    frame.value.kind = kind;
    frame.anchor = anchor;
    frame.mark = mark;
    frame.values_before = values_;
    frames_.push_back(std::move(frame));
  }

  void close() {
    Frame frame = std::move(frames_.back());
    frames_.pop_back();
    merge(frame);
    if (frame.anchor != 0) {
      anchors_[frame.anchor] = {frame.value, values_ - frame.values_before + 1};
    }
    add(std::move(frame.value), 0, frame.mark);
  }

  // What a merge key brings stands first; the map's own entries go before it, and of several merged
  // maps the earlier one (yaml.org/type/merge.html).
  void merge(Frame& frame) {
    if (frame.merged.empty()) return;
    std::vector<std::pair<std::string, Value>> entries;
    const auto has = [](const auto& list, const std::string& key) {
      for (const auto& [name, value] : list) {
        if (name == key) return true;
      }
      return false;
    };
    for (auto& map : frame.merged) {
      for (auto& entry : map.entries) {
        if (!has(entries, entry.first) && !has(frame.value.entries, entry.first)) {
          entries.push_back(std::move(entry));
        }
      }
    }
    for (auto& entry : frame.value.entries) entries.push_back(std::move(entry));
    frame.value.entries = std::move(entries);
  }

  void add(Value value, YAML::anchor_t anchor, const YAML::Mark& mark) {
    count(1, mark);
    if (anchor != 0) anchors_[anchor] = {value, 1};
    if (frames_.empty()) {
      root_ = std::move(value);
      return;
    }
    Frame& frame = frames_.back();
    if (frame.value.kind == Value::Kind::list) {
      frame.value.items.push_back(std::move(value));
    } else if (!frame.has_key) {
      if (!value.is_scalar()) fail(mark, "a key must be a scalar");
      frame.has_key = true;
      frame.key = value.is_null() ? "null" : value.text;
      frame.key_mark = mark;
    } else {
      add_entry(frame, std::move(value), mark);
    }
  }

  void add_entry(Frame& frame, Value value, const YAML::Mark& mark) {
    frame.has_key = false;
    if (frame.key == "<<") {
      if (value.kind == Value::Kind::map) {
        frame.merged.push_back(std::move(value));
        return;
      }
      for (auto& item : value.items) {
        if (item.kind != Value::Kind::map) fail(mark, "'<<' takes maps");
        frame.merged.push_back(std::move(item));
      }
      if (value.kind != Value::Kind::list) fail(mark, "'<<' takes a map or a list of maps");
      return;
    }
    value.key_line = place_of(frame.key_mark).line;
    value.key_column = place_of(frame.key_mark).column;
    for (auto& [name, old] : frame.value.entries) {
      if (name != frame.key) continue;
      duplicates_.push_back(place_of(frame.key_mark));
      old = std::move(value);
      return;
    }
    frame.value.entries.emplace_back(std::move(frame.key), std::move(value));
  }

  const std::string& file_;
  int first_line_;
  std::vector<Place>& duplicates_;
  Value root_;
  std::vector<Frame> frames_;
  std::map<YAML::anchor_t, std::pair<Value, std::size_t>> anchors_;  // value, how many it counts
  std::size_t values_ = 0;
};

// One document's text and the line of the file it starts at.
struct Chunk {
  std::string_view text;
  int first_line = 1;
};

bool is_marker(std::string_view line, std::string_view marker) {
  return line.starts_with(marker) && (line.size() == marker.size() || line[marker.size()] == ' ' ||
                                      line[marker.size()] == '\t' || line[marker.size()] == '\r');
}

// A line that starts with `---` begins a document wherever it stands, so that one that does not
// parse leaves the others alone.
std::vector<Chunk> documents_of(std::string_view text) {
  std::vector<Chunk> chunks;
  std::size_t begin = 0;
  int first_line = 1;
  int line = 1;
  for (std::size_t at = 0; at < text.size(); ++line) {
    const auto end = std::min(text.find('\n', at), text.size());
    if (at > begin && is_marker(text.substr(at, end - at), "---")) {
      chunks.push_back({text.substr(begin, at - begin), first_line});
      begin = at;
      first_line = line;
    }
    at = end + 1;
  }
  chunks.push_back({text.substr(begin), first_line});
  return chunks;
}

// yaml-cpp's message in a person's words, where it is known to mislead.
std::string explain(const YAML::ParserException& error) {
  std::string message = error.msg;
  if (!message.empty() && message.back() == '.') message.pop_back();
  return "not valid YAML: " + message;
}

YamlDocument read_document(const Chunk& chunk, std::string_view text, const std::string& file) {
  YamlDocument document;
  document.place = {file, chunk.first_line, 1};
  const auto line_at = [&](int line) { return line_of(text, line); };
  try {
    std::istringstream stream{std::string(chunk.text)};
    YAML::Parser parser(stream);
    Builder builder(file, chunk.first_line, document.duplicates);
    if (parser.HandleNextDocument(builder)) document.value = builder.take();
    if (document.value.line > 0) document.place.line = document.value.line;
    if (document.value.column > 0) document.place.column = document.value.column;
  } catch (const InputError& error) {
    document.error.emplace(error.place(), error.message(), line_at(error.place().line));
  } catch (const YAML::ParserException& error) {
    Place place{file, chunk.first_line + std::max(error.mark.line, 0),
                std::max(error.mark.column, 0) + 1};
    // What is missing at the end is shown behind the last line that says something.
    while (place.line > chunk.first_line && trim(line_at(place.line)).empty()) {
      --place.line;
      place.column = static_cast<int>(line_at(place.line).size()) + 1;
    }
    document.error.emplace(place, explain(error), line_at(place.line));
  }
  return document;
}

}  // namespace

std::vector<YamlDocument> read_yaml(std::string_view text, const std::string& file) {
  if (text.size() > k_most_bytes) {
    YamlDocument document;
    document.place = {file, 1, 1};
    document.error.emplace(document.place, "larger than 16 MiB: no recipe is that long");
    return {std::move(document)};
  }
  std::vector<YamlDocument> documents;
  for (const auto& chunk : documents_of(text)) {
    auto document = read_document(chunk, text, file);
    if (document.error || !document.value.is_null()) documents.push_back(std::move(document));
  }
  return documents;
}

}  // namespace assay
