#include "recipe/yaml_reader.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <istream>
#include <map>
#include <optional>
#include <streambuf>
#include <unordered_map>

#include "base/files.h"
#include "base/text.h"
#include "recipe/folded_scalar.h"
#include "recipe/yaml_limits.h"

namespace assay {

namespace {

constexpr std::string_view k_yaml_tag = "tag:yaml.org,2002:";
// A value in a vector that grew by doubling, and its key.
constexpr std::size_t k_value_cost_bytes = 128;
// Maps larger than this find their keys by hash.
constexpr std::size_t k_small_map = 16;

std::size_t cost_of(const Value& value) {
  std::size_t cost = k_value_cost_bytes + value.text.size();
  for (const auto& item : value.items) cost += cost_of(item);
  for (const auto& [name, entry] : value.entries) cost += name.size() + cost_of(entry);
  return cost;
}

// Puts entries into a map, a later one over an earlier one of the same name.
class MapBuilder {
 public:
  // False when the name was there before.
  bool put(Value& map, std::string name, Value value) {
    if (auto* known = find(map, name)) {
      *known = std::move(value);
      return false;
    }
    if (!index_.empty()) index_.emplace(name, map.entries.size());
    map.entries.emplace_back(std::move(name), std::move(value));
    if (map.entries.size() == k_small_map) {
      for (std::size_t i = 0; i < map.entries.size(); ++i) index_[map.entries[i].first] = i;
    }
    return true;
  }

 private:
  Value* find(Value& map, const std::string& name) const {
    if (!index_.empty()) {
      const auto found = index_.find(name);
      return found == index_.end() ? nullptr : &map.entries[found->second].second;
    }
    for (auto& [known, value] : map.entries) {
      if (known == name) return &value;
    }
    return nullptr;
  }

  std::unordered_map<std::string, std::size_t> index_;
};

struct Frame {
  Value value;
  YAML::anchor_t anchor = 0;
  MapBuilder builder{};
  std::optional<Value> key{};
  bool is_merge = false;        // `key` is a plain `<<`
  std::vector<Value> merged{};  // what follows `<<`
};

// Reads straight from the text, without a copy.
class ViewBuffer : public std::streambuf {
 public:
  explicit ViewBuffer(std::string_view text) {
    char* begin = const_cast<char*>(text.data());
    setg(begin, begin, begin + text.size());
  }
};

// Builds Values from one document's events.
class ValueBuilder : public YAML::EventHandler {
 public:
  ValueBuilder(const detail::YamlChunk& chunk, const std::string& file, std::size_t& cost)
      : chunk_(chunk), file_(file), cost_(cost) {}

  std::optional<Value> root;
  std::vector<Place> duplicates;

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (root) throw error(mark, "the document has ended before this");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add(value_at(mark, Value::Kind::null), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) throw error(mark, "an alias cannot stand inside its own anchor");
    spend(found->second.cost, mark);
    attach(Value(found->second.value), false);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override {
    Value value = value_at(mark, scalar_kind(mark, tag, text));
    if (!value.is_null()) value.text = with_line_ends(text, mark);
    spend(text.size(), mark);
    add(std::move(value), anchor, tag == "?" && text == "<<");
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    open(mark, tag, "seq", anchor, Value::Kind::list);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    open(mark, tag, "map", anchor, Value::Kind::map);
  }
  void OnMapEnd() override {
    merge(frames_.back());
    close();
  }

  // What is missing at the end is shown behind the last line that says something.
  InputError parse_error(const YAML::Exception& problem) const {
    YAML::Mark mark = problem.mark;
    mark.line = std::max(mark.line, 0);
    mark.column = std::max(mark.column, 0);
    while (mark.line > 0 && trim(line_of(chunk_.text, mark.line + 1)).empty()) {
      mark.column = static_cast<int>(line_of(chunk_.text, mark.line).size());
      --mark.line;
    }
    auto message = problem.msg;
    if (message.ends_with('.')) message.pop_back();
    return error(mark, "not valid YAML: " + message);
  }

  InputError error(const YAML::Mark& mark, const std::string& message) const {
    const Place place{file_, chunk_.lines_before + mark.line + 1, mark.column + 1};
    return {place, message, line_of(chunk_.text, mark.line + 1)};
  }

 private:
  struct Anchored {
    Value value;
    std::size_t cost;
  };

  std::string with_line_ends(const std::string& text, const YAML::Mark& mark) const {
    if (!text.ends_with('\n')) return text;
    const std::size_t byte_order_mark = chunk_.text.starts_with("\xEF\xBB\xBF") ? 3 : 0;
    const auto offset = static_cast<std::size_t>(std::max(mark.pos, 0)) + byte_order_mark;
    return detail::with_kept_line_ends(text, chunk_.text, offset);
  }

  Value value_at(const YAML::Mark& mark, Value::Kind kind) {
    spend(k_value_cost_bytes, mark);
    Value value;
    value.kind = kind;
    value.line = chunk_.lines_before + mark.line + 1;
    value.column = mark.column + 1;
    return value;
  }

  Value::Kind scalar_kind(const YAML::Mark& mark, const std::string& tag,
                          const std::string& text) const {
    if (tag == "?") return plain_scalar_kind(text);
    if (tag == "!") return Value::Kind::string;
    const auto plain = plain_scalar_kind(text);
    for (const auto& [name, kind] :
         {std::pair{"str", Value::Kind::string}, std::pair{"int", Value::Kind::integer},
          std::pair{"float", Value::Kind::real}, std::pair{"bool", Value::Kind::boolean},
          std::pair{"null", Value::Kind::null}}) {
      if (tag != std::string(k_yaml_tag) + name) continue;
      const bool fits = kind == Value::Kind::string || kind == plain ||
                        (kind == Value::Kind::real && plain == Value::Kind::integer);
      if (!fits) throw error(mark, "'" + text + "' is no " + name);
      return kind;
    }
    throw error(mark, "unknown YAML tag '" + tag + "'");
  }

  void open(const YAML::Mark& mark, const std::string& tag, const char* plain_tag,
            YAML::anchor_t anchor, Value::Kind kind) {
    if (tag != "?" && tag != "!" && !tag.empty() && tag != std::string(k_yaml_tag) + plain_tag) {
      throw error(mark, "unknown YAML tag '" + tag + "'");
    }
    if (frames_.size() >= k_yaml_depth_limit) {
      throw error(mark, "nested deeper than " + std::to_string(k_yaml_depth_limit) + " levels");
    }
    frames_.push_back({value_at(mark, kind), anchor});
  }

  void close() {
    Value value = std::move(frames_.back().value);
    const auto anchor = frames_.back().anchor;
    frames_.pop_back();
    add(std::move(value), anchor);
  }

  void add(Value value, YAML::anchor_t anchor, bool is_merge = false) {
    if (anchor != 0) {
      const auto cost = cost_of(value);
      spend(cost, mark_of(value));
      anchors_[anchor] = {value, cost};
    }
    attach(std::move(value), is_merge);
  }

  void attach(Value value, bool is_merge) {
    if (frames_.empty()) {
      root = std::move(value);
      return;
    }
    Frame& frame = frames_.back();
    if (frame.value.kind == Value::Kind::list) {
      frame.value.items.push_back(std::move(value));
    } else if (!frame.key) {
      if (!value.is_scalar()) throw error(mark_of(value), "a key must be a scalar");
      frame.key = std::move(value);
      frame.is_merge = is_merge;
    } else {
      put(frame, std::move(value));
    }
  }

  void put(Frame& frame, Value value) {
    const Value key = *std::exchange(frame.key, std::nullopt);
    if (frame.is_merge) {
      add_merged(frame, std::move(value));
      return;
    }
    // An empty value's mark is that of whatever comes next.
    if (value.is_null() && value.line != key.line) {
      value.line = key.line;
      value.column = key.column;
    }
    value.key_line = key.line;
    value.key_column = key.column;
    const auto name = key.is_null() ? key.rendered() : key.text;
    if (!frame.builder.put(frame.value, name, std::move(value))) {
      duplicates.push_back({file_, key.line, key.column});
    }
  }

  void add_merged(Frame& frame, Value value) const {
    const auto require_map = [&](const Value& merged) {
      if (merged.kind != Value::Kind::map) {
        throw error(mark_of(merged), "'<<' merges maps, and this is none");
      }
    };
    if (value.kind != Value::Kind::list) {
      require_map(value);
      frame.merged.push_back(std::move(value));
      return;
    }
    // Of several maps the earlier ones count more.
    for (auto item = value.items.rbegin(); item != value.items.rend(); ++item) {
      require_map(*item);
      frame.merged.push_back(std::move(*item));
    }
  }

  // Merged entries come first, and the map's own replace them.
  static void merge(Frame& frame) {
    if (frame.merged.empty()) return;
    auto own = std::exchange(frame.value.entries, {});
    MapBuilder builder;
    for (auto& source : frame.merged) {
      for (auto& [name, value] : source.entries) builder.put(frame.value, name, std::move(value));
    }
    for (auto& [name, value] : own) builder.put(frame.value, name, std::move(value));
  }

  // A mark in the chunk for a value that has its place in the file.
  YAML::Mark mark_of(const Value& value) const {
    YAML::Mark mark;
    mark.line = value.line - 1 - chunk_.lines_before;
    mark.column = value.column - 1;
    return mark;
  }

  void spend(std::size_t bytes, const YAML::Mark& mark) {
    cost_ += bytes;
    if (cost_ <= k_yaml_memory_limit_bytes) return;
    throw error(mark,
                "up to here the file's values, with all that its aliases repeat, need more "
                "than " +
                    std::to_string(k_yaml_memory_limit_bytes >> 20U) + " MiB");
  }

  const detail::YamlChunk& chunk_;
  const std::string& file_;
  std::size_t& cost_;
  std::vector<Frame> frames_;
  std::map<YAML::anchor_t, Anchored> anchors_;
};

YamlDocument read_document(const detail::YamlChunk& chunk, const std::string& file,
                           std::size_t& cost) {
  YamlDocument document;
  document.place = {file, chunk.lines_before + 1, 1};
  ValueBuilder builder(chunk, file, cost);
  try {
    ViewBuffer buffer(chunk.text);
    std::istream stream(&buffer);
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
    if (builder.root) {
      document.value = std::move(*builder.root);
      document.place = {file, document.value.line, document.value.column};
    }
    document.duplicates = std::move(builder.duplicates);
  } catch (const YAML::Exception& problem) {
    document.error.emplace(builder.parse_error(problem));
  } catch (const InputError& problem) {
    document.error.emplace(problem);
  }
  return document;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// [-+]? ( . [0-9]+ | [0-9]+ ( . [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?
Value::Kind number_kind(std::string_view text) {
  std::size_t at = !text.empty() && (text[0] == '-' || text[0] == '+') ? 1 : 0;
  const auto digits = [&] {
    const auto start = at;
    while (at < text.size() && is_digit(text[at])) ++at;
    return at - start;
  };
  const auto whole = digits();
  if (at == text.size()) return whole > 0 ? Value::Kind::integer : Value::Kind::string;
  if (text[at] == '.') {
    ++at;
    if (digits() == 0 && whole == 0) return Value::Kind::string;
  } else if (whole == 0) {
    return Value::Kind::string;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
    if (digits() == 0) return Value::Kind::string;
  }
  return at == text.size() ? Value::Kind::real : Value::Kind::string;
}

bool is_based_integer(std::string_view text) {
  if (text.size() < 3 || text[0] != '0') return false;
  const auto digits = text.substr(2);
  if (text[1] == 'x') return digits.find_first_not_of("0123456789abcdefABCDEF") == digits.npos;
  return text[1] == 'o' && digits.find_first_not_of("01234567") == digits.npos;
}

template <std::size_t Count>
bool is_one_of(std::string_view text, const std::string_view (&words)[Count]) {
  return std::ranges::find(words, text) != std::end(words);
}

}  // namespace

// YAML 1.2.2, section 10.3.2 (core schema).
Value::Kind plain_scalar_kind(std::string_view text) {
  static constexpr std::string_view k_null[] = {"", "~", "null", "Null", "NULL"};
  static constexpr std::string_view k_boolean[] = {"true",  "True",  "TRUE",
                                                   "false", "False", "FALSE"};
  static constexpr std::string_view k_not_finite[] = {".inf",  ".Inf",  ".INF",  "+.inf",
                                                      "+.Inf", "+.INF", "-.inf", "-.Inf",
                                                      "-.INF", ".nan",  ".NaN",  ".NAN"};
  if (is_one_of(text, k_null)) return Value::Kind::null;
  if (is_one_of(text, k_boolean)) return Value::Kind::boolean;
  if (is_one_of(text, k_not_finite)) return Value::Kind::real;
  if (is_based_integer(text)) return Value::Kind::integer;
  return number_kind(text);
}

std::vector<YamlDocument> read_yaml(std::string_view text, const std::string& file) {
  std::vector<YamlDocument> documents;
  if (auto problem = detail::check_yaml_text(text, file)) {
    YamlDocument document;
    document.place = problem->place();
    document.error.emplace(std::move(*problem));
    documents.push_back(std::move(document));
    return documents;
  }
  std::size_t cost = 0;
  for (const auto& chunk : detail::split_documents(text)) {
    auto document = read_document(chunk, file, cost);
    if (document.error || !document.value.is_null()) documents.push_back(std::move(document));
  }
  return documents;
}

std::string read_yaml_file(const std::filesystem::path& path) {
  std::error_code problem;
  const auto size = std::filesystem::file_size(path, problem);
  if (!problem && size > k_yaml_size_limit_bytes) {
    throw *detail::check_yaml_size(size, path.string());
  }
  return read_file(path);
}

}  // namespace assay
