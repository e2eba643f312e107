#include "cli/completion.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <map>
#include <memory>

#include "base/text.h"
#include "cli/arguments.h"
#include "cli/command_line.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/record_query.h"

namespace assay {

namespace {

using Words = std::vector<std::string>;

constexpr const char* k_files = ":files";
constexpr const char* k_directories = ":directories";

// The command line as far as it is written.
struct Line {
  const CLI::App* command = nullptr;
  const CLI::Option* pending = nullptr;  // an option whose value is being written
  Words positionals;
  std::map<std::string, std::string> values;  // of options, by their long names
};

std::string long_name(const CLI::Option& option) {
  return option.get_lnames().empty() ? std::string{} : option.get_lnames().front();
}

const CLI::Option* find_option(const CLI::App& command, const std::string& word) {
  for (const auto* option : command.get_options()) {
    for (const auto& name : option->get_lnames()) {
      if (word == "--" + name) return option;
    }
    for (const auto& name : option->get_snames()) {
      if (word == "-" + name) return option;
    }
  }
  return nullptr;
}

const CLI::App* find_command(const CLI::App& command, const std::string& word) {
  for (const auto* part : command.get_subcommands({})) {
    if (part->get_name() == word) return part;
  }
  return nullptr;
}

bool takes_value(const CLI::Option& option) { return option.get_items_expected_max() > 0; }

// Everything before the word that is to be completed.
Line read_line(const CLI::App& app, std::span<const std::string> words) {
  Line line;
  line.command = &app;
  for (const auto& word : words) {
    if (line.pending != nullptr) {
      line.values[long_name(*line.pending)] = word;
      line.pending = nullptr;
      continue;
    }
    if (word.starts_with("-")) {
      const auto equals = word.find('=');
      const auto* option = find_option(*line.command, word.substr(0, equals));
      if (option == nullptr || !takes_value(*option)) continue;
      if (equals == std::string::npos) {
        line.pending = option;
      } else {
        line.values[long_name(*option)] = word.substr(equals + 1);
      }
    } else if (const auto* part = find_command(*line.command, word);
               part != nullptr && line.positionals.empty()) {
      line.command = part;
    } else {
      line.positionals.push_back(word);
    }
  }
  return line;
}

// The history that the command line means.
History history_of(const Line& line) {
  HistoryOptions options;
  if (const auto found = line.values.find("history"); found != line.values.end()) {
    options.file = found->second;
  }
  const auto site = line.values.find("site");
  return options.open(site == line.values.end() ? std::string{} : site->second);
}

Words without_type(const Words& keys, std::string_view prefix) {
  if (prefix.find('/') != std::string_view::npos) return keys;
  Words out;
  for (const auto& key : keys) out.push_back(key.substr(key.find('/') + 1));
  return out;
}

// The products of the recipes that the command line names, where it names any.
Words products_of(const Line& line) {
  if (line.positionals.empty()) return {};
  SelectionOptions options;
  options.paths = {line.positionals.front()};
  Words out;
  for (const auto& product : select(options).products) out.push_back(product.key);
  return out;
}

Words launchers_of(const Line& line) {
  SiteOptions options;
  if (const auto found = line.values.find("site"); found != line.values.end()) {
    options.site = found->second;
  }
  Words out;
  for (const auto& launcher : options.load().launchers) out.push_back(launcher.name);
  return out;
}

Words models_of(const History& history) {
  constexpr std::string_view k_label = "model=";
  Words out;
  for (const auto& label : history.labels()) {
    if (label.starts_with(k_label)) out.push_back(label.substr(k_label.size()));
  }
  return out;
}

// The words that CLI11 writes into an option's type as "{table,json}".
Words words_of_type(const std::string& type) {
  const auto begin = type.find('{');
  const auto end = type.find('}');
  if (begin == std::string::npos || end == std::string::npos || end < begin) return {};
  return split(type.substr(begin + 1, end - begin - 1), ',');
}

// What may be the value of an option or positional of that name. Throws what asking throws.
Words values_of(const Line& line, const CLI::Option& option, std::string_view prefix) {
  const auto& name = option.get_positional() ? option.get_name(true) : "--" + long_name(option);
  const auto type = option.get_type_name();
  if (name == "--product") return without_type(products_of(line), prefix);
  if (name == "KEY") return without_type(history_of(line).keys(), prefix);
  if (name == "--run" || name == "BEFORE" || name == "AFTER") return history_of(line).runs();
  if (name == "--pipeline") return history_of(line).pipelines();
  if (name == "--branch" || name == "--ref") return history_of(line).branches();
  if (name == "--model") return models_of(history_of(line));
  if (name == "--label") return history_of(line).labels();
  if (name == "--verdict") return {"errored", "failed", "passed", "skipped"};
  if (name == "--launcher") {
    const bool is_question = line.command->get_name() == "results";
    return is_question ? history_of(line).launchers() : launchers_of(line);
  }
  if (auto words = words_of_type(type); !words.empty()) return words;
  if (type == "DIR") return {k_directories};
  const bool is_file = type == "FILE" || name == "PATH" || name == "RECIPE" || name == "FILE" ||
                       name == "SITE" || name == "--site";
  return is_file ? Words{k_files} : Words{};
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

void add_commands(const CLI::App& command, std::vector<Candidate>& out) {
  for (const auto* part : command.get_subcommands({})) {
    out.push_back({part->get_name(), first_line(part->get_description())});
  }
}

void add_options(const CLI::App& command, std::vector<Candidate>& out) {
  for (const auto* option : command.get_options()) {
    for (const auto& name : option->get_lnames()) {
      out.push_back({"--" + name, first_line(option->get_description())});
    }
    if (!option->get_lnames().empty()) continue;
    for (const auto& name : option->get_snames()) {
      out.push_back({"-" + name, first_line(option->get_description())});
    }
  }
}

// The positional that the next word is for; the last one may take all that follow.
const CLI::Option* next_positional(const Line& line) {
  const CLI::Option* last = nullptr;
  std::size_t place = 0;
  for (const auto* option : line.command->get_options()) {
    if (!option->get_positional()) continue;
    if (place++ == line.positionals.size()) return option;
    last = option;
  }
  const bool takes_more = last != nullptr && last->get_items_expected_max() > 1;
  return takes_more ? last : nullptr;
}

// The candidates that begin with `prefix`, each with `before` in front of it.
void add_values(const Line& line, const CLI::Option& option, std::string_view prefix,
                const std::string& before, std::vector<Candidate>& out) {
  try {
    for (const auto& value : values_of(line, option, prefix)) {
      const bool is_for_shell = value == k_files || value == k_directories;
      // A shell's script reads lines.
      if (value.find_first_of("\n\t") != std::string::npos) continue;
      out.push_back({is_for_shell ? value : before + value, {}});
    }
  } catch (const std::exception&) {
    // No history, a recipe that does not parse: completion has nothing to say, and says nothing.
    return;
  }
}

}  // namespace

std::vector<Candidate> complete(const CLI::App& app, std::span<const std::string> words) {
  if (words.empty()) return {};
  const auto& prefix = words.back();
  const auto line = read_line(app, words.first(words.size() - 1));
  std::vector<Candidate> out;
  const auto equals = prefix.find('=');
  if (line.pending != nullptr) {
    add_values(line, *line.pending, prefix, {}, out);
  } else if (prefix.starts_with("--") && equals != std::string::npos) {
    const auto* option = find_option(*line.command, prefix.substr(0, equals));
    if (option != nullptr) {
      add_values(line, *option, prefix.substr(equals + 1), prefix.substr(0, equals + 1), out);
    }
  } else if (prefix.starts_with("-")) {
    add_options(*line.command, out);
  } else {
    if (line.positionals.empty()) add_commands(*line.command, out);
    if (const auto* option = next_positional(line)) add_values(line, *option, prefix, {}, out);
  }
  std::erase_if(out, [&](const Candidate& candidate) {
    return !candidate.word.starts_with(":") && !candidate.word.starts_with(prefix);
  });
  return out;
}

std::string candidates_text(std::span<const Candidate> candidates) {
  std::string out;
  for (const auto& candidate : candidates) {
    out += candidate.word;
    if (!candidate.description.empty()) out += "\t" + candidate.description;
    out += "\n";
  }
  return out;
}

void add_completion_command(CliCommand app, int& exit_code) {
  auto command =
      app.add_subcommand("completion", "Print the script that completes assay in a shell");
  auto shell = std::make_shared<std::string>();
  command.add_option("SHELL", *shell, "bash, zsh or fish")
      .required()
      .one_of({"bash", "zsh", "fish"});
  command.footer(
      "bash: source <(assay completion bash)     in ~/.bashrc\n"
      "zsh:  source <(assay completion zsh)      in ~/.zshrc, after compinit\n"
      "fish: assay completion fish | source      in ~/.config/fish/config.fish\n"
      "It completes commands, options, files, and keys, labels, runs and branches of\n"
      "the history that --history or ASSAY_HISTORY names.");
  command.callback([shell, &exit_code] {
    std::cout << completion_script(*shell) << std::flush;
    exit_code = exit_passed;
  });
}

}  // namespace assay
