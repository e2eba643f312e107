#include "metrics/json_reader.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/text.h"
#include "metrics/decimal.h"

namespace assay {

namespace {

bool is_space(char c) {
  // Nearly every byte is above the space.
  return c <= ' ' && (c == ' ' || c == '\n' || c == '\t' || c == '\r');
}

bool is_number_char(char c) {
  return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// Where the next '"' or '\\' is, eight bytes at a time: a byte that is zero after the exclusive or
// borrows from its high bit, and the lowest such byte is a true one.
const char* find_quote_or_escape(const char* at, const char* end) {
  constexpr std::uint64_t k_ones = 0x0101010101010101U;
  constexpr std::uint64_t k_highs = 0x8080808080808080U;
  constexpr auto k_width = static_cast<std::ptrdiff_t>(sizeof(std::uint64_t));
  if constexpr (std::endian::native == std::endian::little) {
    for (; end - at >= k_width; at += k_width) {
      std::uint64_t word = 0;
      std::memcpy(&word, at, sizeof word);
      const auto quote = word ^ (k_ones * '"');
      const auto escape = word ^ (k_ones * '\\');
      const auto found = (((quote - k_ones) & ~quote) | ((escape - k_ones) & ~escape)) & k_highs;
      if (found != 0) return at + std::countr_zero(found) / 8;
    }
  }
  while (at != end && *at != '"' && *at != '\\') ++at;
  return at;
}

void append_utf8(std::string& out, unsigned code) {
  const auto byte = [&out](unsigned value) { out += static_cast<char>(value); };
  if (code < 0x80) {
    byte(code);
  } else if (code < 0x800) {
    byte(0xC0U | code >> 6U);
    byte(0x80U | (code & 0x3FU));
  } else if (code < 0x10000) {
    byte(0xE0U | code >> 12U);
    byte(0x80U | (code >> 6U & 0x3FU));
    byte(0x80U | (code & 0x3FU));
  } else {
    byte(0xF0U | code >> 18U);
    byte(0x80U | (code >> 12U & 0x3FU));
    byte(0x80U | (code >> 6U & 0x3FU));
    byte(0x80U | (code & 0x3FU));
  }
}

}  // namespace

JsonReader::JsonReader(std::string_view text, std::uint64_t offset) { reset(text, offset); }

JsonReader::JsonReader(Input& input) : window_(input) {}

void JsonReader::reset(std::string_view text, std::uint64_t offset) {
  begin_ = at_ = text.data();
  end_ = begin_ + text.size();
  offset_ = token_offset_ = offset;
  depth_ = 0;
  expect_ = Expect::value;
  text_ = {};
  error_.clear();
  is_cut_ = false;
}

bool JsonReader::more() {
  if (!window_) return false;
  window_->consume(static_cast<std::size_t>(at_ - begin_));
  const bool has_more = window_->fill();
  const auto view = window_->view();
  begin_ = at_ = view.data();
  end_ = begin_ + view.size();
  offset_ = window_->offset();
  return has_more;
}

int JsonReader::peek() {
  if (at_ == end_ && !more()) return -1;
  return static_cast<unsigned char>(*at_);
}

int JsonReader::skip_space() {
  for (;;) {
    while (at_ != end_ && is_space(*at_)) ++at_;
    if (at_ != end_) return static_cast<unsigned char>(*at_);
    if (!more()) return -1;
  }
}

JsonToken JsonReader::fail(std::string reason) {
  if (error_.empty()) {
    error_ = std::move(reason);
    token_offset_ = here();
  }
  expect_ = Expect::nothing;
  return JsonToken::error;
}

JsonToken JsonReader::next() {
  if (!error_.empty()) return JsonToken::error;
  int first = peek_text();
  token_offset_ = here();
  if (expect_ == Expect::nothing) {
    return first < 0 ? JsonToken::end : fail("more text behind the JSON value");
  }
  if (expect_ == Expect::comma_or_end) {
    const bool in_object = is_in_object();
    if (first == (in_object ? '}' : ']')) return end_container(in_object);
    if (first == ',') {
      ++at_;
      expect_ = in_object ? Expect::key : Expect::value;
      first = peek_text();
      token_offset_ = here();
    } else if (first >= 0) {
      return fail("',' or the end of the object or list expected");
    }
  }
  if (first < 0) {
    is_cut_ = true;
    return fail("it ends too early");
  }
  if (expect_ == Expect::key_or_end && first == '}') return end_container(true);
  if (expect_ == Expect::value_or_end && first == ']') return end_container(false);
  if (expect_ == Expect::key || expect_ == Expect::key_or_end) {
    return first == '"' ? read_key() : fail("a key in double quotes expected");
  }
  return read_value(first);
}

JsonToken JsonReader::begin_container(bool is_object) {
  ++at_;
  if (depth_ == k_deepest_nesting) return fail("nested too deeply");
  is_object_[depth_++] = is_object;
  expect_ = is_object ? Expect::key_or_end : Expect::value_or_end;
  return is_object ? JsonToken::begin_object : JsonToken::begin_array;
}

JsonToken JsonReader::end_container(bool is_object) {
  ++at_;
  --depth_;
  after_value();
  return is_object ? JsonToken::end_object : JsonToken::end_array;
}

void JsonReader::after_value() { expect_ = depth_ == 0 ? Expect::nothing : Expect::comma_or_end; }

JsonToken JsonReader::read_key() {
  if (!read_string()) return JsonToken::error;
  while (at_ == end_ || *at_ != ':') {
    if (at_ == end_) {
      // The view of the key would not outlive the next piece of the file.
      if (text_.data() != kept_.data()) kept_.assign(text_);
      text_ = kept_;
      if (!more()) {
        is_cut_ = true;
        return fail("it ends too early");
      }
    } else if (is_space(*at_)) {
      ++at_;
    } else {
      return fail("':' expected behind a key");
    }
  }
  ++at_;
  expect_ = Expect::value;
  return JsonToken::key;
}

JsonToken JsonReader::read_value(int first) {
  switch (first) {
    case '{':
      return begin_container(true);
    case '[':
      return begin_container(false);
    case '"':
      if (!read_string()) return JsonToken::error;
      after_value();
      return JsonToken::string;
    default:
      break;
  }
  if (is_letter(static_cast<char>(first))) return read_word();
  if (is_number_char(static_cast<char>(first))) return read_number();
  return fail("a value expected");
}

void JsonReader::keep(std::string_view piece) {
  // A text this long is no metric's name and no number: its start will do.
  if (kept_.size() < k_longest_text_bytes) kept_.append(piece);
}

bool JsonReader::read_string() {
  ++at_;
  kept_.clear();
  bool is_kept = false;
  const char* start = at_;
  for (;;) {
    at_ = find_quote_or_escape(at_, end_);
    const std::string_view piece(start, static_cast<std::size_t>(at_ - start));
    if (at_ != end_ && *at_ == '"' && !is_kept) {
      text_ = piece;
      ++at_;
      return true;
    }
    keep(piece);
    is_kept = true;
    if (at_ == end_) {
      if (!more()) {
        is_cut_ = true;
        fail("it ends within a string");
        return false;
      }
    } else if (*at_ == '"') {
      text_ = kept_;
      ++at_;
      return true;
    } else {
      ++at_;
      if (!read_escape()) return false;
    }
    start = at_;
  }
}

std::optional<unsigned> JsonReader::read_hex4() {
  unsigned code = 0;
  for (int i = 0; i < 4; ++i) {
    const int c = peek();
    unsigned digit = 0;
    if (c >= '0' && c <= '9') {
      digit = static_cast<unsigned>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      digit = static_cast<unsigned>(c - 'a') + 10;
    } else if (c >= 'A' && c <= 'F') {
      digit = static_cast<unsigned>(c - 'A') + 10;
    } else {
      is_cut_ = c < 0;
      fail("four hexadecimal digits expected behind \\u");
      return std::nullopt;
    }
    code = code << 4U | digit;
    ++at_;
  }
  return code;
}

bool JsonReader::read_escape() {
  const int c = peek();
  if (c < 0) {
    is_cut_ = true;
    fail("it ends within a string");
    return false;
  }
  ++at_;
  constexpr std::string_view k_letters = "bfnrt\"\\/";
  constexpr std::string_view k_meanings = "\b\f\n\r\t\"\\/";
  if (const auto which = k_letters.find(static_cast<char>(c)); which != std::string_view::npos) {
    keep(k_meanings.substr(which, 1));
    return true;
  }
  if (c != 'u') {
    fail("unknown escape in a string");
    return false;
  }
  auto code = read_hex4();
  while (code && *code >= 0xD800 && *code < 0xDC00 && peek() == '\\') {
    // The first half of a surrogate pair; a lone half reads as U+FFFD.
    ++at_;
    if (peek() != 'u') {
      append_utf8(kept_, 0xFFFD);
      return read_escape();
    }
    ++at_;
    const auto second = read_hex4();
    if (!second) return false;
    if (*second >= 0xDC00 && *second < 0xE000) {
      append_utf8(kept_, 0x10000 + ((*code - 0xD800) << 10U) + (*second - 0xDC00));
      return true;
    }
    append_utf8(kept_, 0xFFFD);
    code = second;
  }
  if (!code) return false;
  append_utf8(kept_, *code >= 0xD800 && *code < 0xE000 ? 0xFFFD : *code);
  return true;
}

JsonToken JsonReader::read_word() {
  kept_.clear();
  while (peek() >= 0 && is_letter(*at_) && kept_.size() < 16) kept_ += *at_++;
  if (at_ == end_) is_cut_ = true;
  after_value();
  if (kept_ == "true" || kept_ == "false") {
    number_ = kept_ == "true" ? 1 : 0;
    return JsonToken::boolean;
  }
  if (kept_ == "null") return JsonToken::null;
  if (kept_ == "NaN" || kept_ == "nan") {
    number_ = std::numeric_limits<double>::quiet_NaN();
    return JsonToken::number;
  }
  if (kept_ == "Infinity" || kept_ == "inf") {
    number_ = std::numeric_limits<double>::infinity();
    return JsonToken::number;
  }
  return fail("'" + kept_ + "' is no JSON value");
}

JsonToken JsonReader::read_number() {
  if (const auto simple = read_simple_decimal(at_, end_);
      simple.end != nullptr && simple.end != end_ && !is_number_char(*simple.end)) {
    at_ = simple.end;
    number_ = simple.value;
    after_value();
    return JsonToken::number;
  }
  const char* start = at_;
  while (at_ != end_ && is_number_char(*at_)) ++at_;
  std::string_view digits(start, static_cast<std::size_t>(at_ - start));
  if (at_ == end_ && window_) {
    kept_.assign(digits);
    while (more()) {
      start = at_;
      while (at_ != end_ && is_number_char(*at_)) ++at_;
      keep({start, static_cast<std::size_t>(at_ - start)});
      if (at_ != end_) break;
    }
    digits = kept_;
  }
  if (digits == "-" && peek() >= 0 && is_letter(*at_)) {
    const auto token = read_word();
    number_ = -number_;
    return token == JsonToken::number && std::isinf(number_) ? token
                                                             : fail("a number expected behind '-'");
  }
  const auto number = parse_decimal(digits);
  if (!number) {
    is_cut_ = at_ == end_;
    return fail("'" + std::string(digits.substr(0, 40)) + "' is no number");
  }
  number_ = *number;
  after_value();
  return JsonToken::number;
}

bool JsonReader::skip(JsonToken first) {
  if (first == JsonToken::error) return false;
  if (first != JsonToken::begin_object && first != JsonToken::begin_array) return true;
  const std::size_t outside = depth_ - 1;
  while (depth_ > outside) {
    if (next() == JsonToken::error) return false;
  }
  return true;
}

void FlatValues::clear() {
  names_.clear();
  entries_.clear();
}

void FlatValues::add(std::string_view name, double value) {
  entries_.push_back({names_.size(), name.size(), value});
  names_.append(name);
}

std::string_view FlatValues::name(std::size_t index) const {
  const Entry& entry = entries_[index];
  return std::string_view(names_).substr(entry.begin, entry.size);
}

std::optional<std::size_t> FlatValues::find(std::string_view wanted) const {
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (name(i) == wanted) return i;
  }
  return std::nullopt;
}

bool FlatValues::read(JsonReader& json, JsonToken first, std::string_view name) {
  const std::size_t begin = names_.size();
  names_.append(name);
  return read_named(json, first, {begin, name.size(), 0});
}

// `named` is the value's name, which stands at the end of names_.
bool FlatValues::read_named(JsonReader& json, JsonToken first, Entry named) {
  const auto keep = [&](double value) {
    named.value = value;
    entries_.push_back(named);
    return true;
  };
  switch (first) {
    case JsonToken::number:
    case JsonToken::boolean:
      return keep(json.number());
    case JsonToken::begin_object:
    case JsonToken::begin_array:
      return read_below(json, named);
    case JsonToken::error:
      return false;
    case JsonToken::string:
      if (const auto number = parse_number(json.text())) return keep(*number);
      break;
    default:
      break;
  }
  names_.resize(named.begin);
  return true;
}

bool FlatValues::read_below(JsonReader& json, const Entry& named) {
  std::size_t index = 0;
  for (auto token = json.next();; token = json.next()) {
    if (token == JsonToken::error) return false;
    if (token == JsonToken::end_object || token == JsonToken::end_array) return true;
    const std::size_t begin = names_.size();
    if (named.size > 0) {
      names_.append(names_, named.begin, named.size);
      names_ += '.';
    }
    if (token == JsonToken::key) {
      names_.append(json.text());
      token = json.next();
    } else {
      names_.append(std::to_string(index++));
    }
    // Deep nesting repeats its names; no metric's name is longer than this.
    if (names_.size() - begin > k_longest_name_bytes) names_.resize(begin + k_longest_name_bytes);
    if (!read_named(json, token, {begin, names_.size() - begin, 0})) return false;
  }
}

}  // namespace assay
