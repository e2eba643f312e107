// Shell completion: the scripts for the shells, and what they ask.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace assay {

// The word after `assay` by which the shells' scripts ask for candidates. It is in no help.
inline constexpr const char* k_complete_word = "__complete";

struct Candidate {
  std::string word;
  std::string description;  // one line; may be empty

  bool operator==(const Candidate&) const = default;
};

// What may stand in place of the last of `words`, which are those after `assay` up to the cursor:
// commands and options of `app`, and keys, labels, runs, branches of the history that the words or
// the environment name. One candidate ":files" or ":directories" leaves it to the shell. Never
// throws: where nothing is known there are no candidates.
std::vector<Candidate> complete(const CLI::App& app, std::span<const std::string> words);

// A line per candidate: the word, and after a tab its description.
std::string candidates_text(std::span<const Candidate> candidates);

// The script that teaches a shell ("bash", "zsh", "fish") to complete `assay`.
std::string completion_script(const std::string& shell);

}  // namespace assay
