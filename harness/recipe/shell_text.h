// Where a shell would see quotes in a script that still has placeholders.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace assay::detail {

enum class Quoting {
  none,  // a word of a command
  double_quotes,
  single_quotes,
  comment,
  here_document,
};

// Follows a POSIX shell's quoting through a text fed in pieces.
class ShellQuoting {
 public:
  void feed(std::string_view text);

  // Something that is no quote and no blank stands here in the text.
  void feed_word();

  Quoting quoting() const;

 private:
  void feed_plain(std::string_view text, std::size_t& i);
  void feed_quoted(char c, std::string_view text, std::size_t& i);
  void end_line();
  void open_here_document(std::string_view text, std::size_t& i);

  enum class Open : char { double_quotes, single_quotes, substitution };
  std::vector<Open> open_;
  std::vector<std::string> here_documents_;  // delimiters whose bodies are still to come
  std::string here_line_;                    // the line of a body, as far as it was fed
  bool in_here_document_ = false;
  bool in_comment_ = false;
  bool word_started_ = false;
};

// What of a value the shell would take apart or act on, if it stands in such a place: a blank, a
// semicolon, the quote that ends the place. Quotes that the value brings itself count.
// Zero when there is nothing.
char special_character(std::string_view value, Quoting quoting);

}  // namespace assay::detail
