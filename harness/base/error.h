// The three kinds of failure that every module throws; nothing is caught and dropped.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace assay {

// Where something stands in a file a person wrote. Lines and columns count from 1; 0 means unknown.
// For command-line arguments `file` is the option's name, such as "--filter".
struct Place {
  std::string file;
  int line = 0;
  int column = 0;

  bool operator==(const Place&) const = default;
};

// "file:line:column", leaving out what is unknown.
std::string to_string(const Place& place);

// Anything that went wrong and is neither the user's input nor passing.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Worth trying again; how often is the caller's policy.
class TransientError : public Error {
 public:
  using Error::Error;
};

// The user's file or arguments are wrong. what() is the whole diagnosis: place, message, the
// source line and a caret under `place.column`.
class InputError : public Error {
 public:
  // `source_line` is the line of the file that `place` points into, empty when it is not at hand.
  InputError(Place place, std::string message, std::string_view source_line = {});

  const Place& place() const { return place_; }
  const std::string& message() const { return message_; }

 private:
  Place place_;
  std::string message_;
};

// Line `line` (from 1) of `text` without its line end; empty when there is no such line.
std::string_view line_of(std::string_view text, int line);

// The candidate nearest to `name` by edit distance, where it is near enough to be a misspelling;
// empty otherwise. Case differences count as near.
std::string nearest_name(std::string_view name, const std::vector<std::string>& candidates);

// "; did you mean 'nodes'?", or nothing when no candidate is near.
std::string did_you_mean(std::string_view name, const std::vector<std::string>& candidates);

}  // namespace assay
