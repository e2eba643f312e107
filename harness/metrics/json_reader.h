// JSON as a stream of tokens, in constant memory, as Python's json module writes it: NaN, Infinity
// and -Infinity are numbers, bytes that are no UTF-8 pass through.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/input.h"

namespace assay {

enum class JsonToken {
  begin_object,
  end_object,
  begin_array,
  end_array,
  key,      // text()
  string,   // text()
  number,   // number()
  boolean,  // number() is 1 or 0
  null,
  end,    // the document is whole
  error,  // error() and offset() say what is wrong and where; there is nothing more to read
};

class JsonReader {
 public:
  static constexpr std::size_t k_deepest_nesting = 128;
  static constexpr std::size_t k_longest_text_bytes = std::size_t{1} << 20;

  // One document in memory, such as a line; offsets count from `offset`. Bytes behind the document
  // are an error.
  explicit JsonReader(std::string_view text, std::uint64_t offset = 0);
  // One document in a file.
  explicit JsonReader(Input& input);

  // Starts on another document in memory, keeping what is allocated.
  void reset(std::string_view text, std::uint64_t offset);

  JsonToken next();
  // Reads to the end of the value whose first token was `first`; false on an error.
  bool skip(JsonToken first);

  std::string_view text() const { return text_; }  // valid until the next token
  double number() const { return number_; }
  const std::string& error() const { return error_; }
  bool is_cut() const { return is_cut_; }  // the error is that the text ends too early
  // Where the last token starts, or where an error is.
  std::uint64_t offset() const { return token_offset_; }

 private:
  enum class Expect { value, value_or_end, key, key_or_end, comma_or_end, nothing };

  bool more();
  int peek();  // the next byte, or -1 at the end
  // The next byte that is no white space, or -1.
  int peek_text() {
    if (at_ != end_ && *at_ == ' ') ++at_;  // Python's json writes one behind ',' and ':'
    const bool is_plain = at_ != end_ && static_cast<unsigned char>(*at_) > ' ';
    return is_plain ? static_cast<unsigned char>(*at_) : skip_space();
  }
  int skip_space();
  std::uint64_t here() const { return offset_ + static_cast<std::uint64_t>(at_ - begin_); }
  JsonToken fail(std::string reason);
  JsonToken begin_container(bool is_object);
  JsonToken end_container(bool is_object);
  JsonToken read_key();
  JsonToken read_value(int first);
  bool read_string();
  bool read_escape();
  std::optional<unsigned> read_hex4();
  void keep(std::string_view piece);
  JsonToken read_word();
  JsonToken read_number();
  void after_value();
  bool is_in_object() const { return is_object_[depth_ - 1]; }

  std::optional<Window> window_;
  const char* begin_ = nullptr;  // bytes at hand: [begin_, end_), read up to at_
  const char* at_ = nullptr;
  const char* end_ = nullptr;
  std::uint64_t offset_ = 0;  // of begin_
  std::uint64_t token_offset_ = 0;
  std::array<bool, k_deepest_nesting> is_object_{};  // the open containers
  std::size_t depth_ = 0;                            // how many are open
  Expect expect_ = Expect::value;
  std::string_view text_;
  std::string kept_;  // text that had escapes or lay across two pieces of the file
  double number_ = 0;
  std::string error_;
  bool is_cut_ = false;
};

// Numbers under their names: nested objects and lists joined by dots, booleans as 1 and 0, strings
// that hold a number as that number; other values are left out. Reusable without allocating.
class FlatValues {
 public:
  void clear();
  void add(std::string_view name, double value);
  // The value whose first token was `first`, under `name`; false on an error.
  bool read(JsonReader& json, JsonToken first, std::string_view name);

  std::size_t size() const { return entries_.size(); }
  std::string_view name(std::size_t index) const;
  double value(std::size_t index) const { return entries_[index].value; }
  // The value of that name, and its index.
  std::optional<std::size_t> find(std::string_view name) const;

 private:
  static constexpr std::size_t k_longest_name_bytes = 4096;

  struct Entry {
    std::size_t begin;  // of its name, in names_
    std::size_t size;
    double value;
  };
  bool read_named(JsonReader& json, JsonToken first, Entry named);
  bool read_below(JsonReader& json, const Entry& named);

  std::string names_;
  std::vector<Entry> entries_;
};

}  // namespace assay
