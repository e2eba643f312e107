// What commands take from the command line, declared without the library that reads it: CLI11 is
// header only, and a file that includes it takes nine seconds longer to compile (g++ -O3).
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace assay {

// An option, a flag or a positional argument of a command. A handle, as CliCommand: the object is
// the application's.
class CliArgument {
 public:
  explicit CliArgument(CLI::Option& option) : option_(&option) {}

  CliArgument type_name(const std::string& name);  // what stands for its value in the help
  CliArgument show_default();                      // what the variable holds now, in the help
  CliArgument required();
  CliArgument repeatable();  // one value each time that it is given
  CliArgument one_of(const std::vector<std::string>& words);
  CliArgument positive();
  CliArgument in_range(int least, int most);
  CliArgument in_range(double least, double most);
  CliArgument needs(CliArgument other);
  CliArgument excludes(CliArgument other);

 private:
  CLI::Option* option_;
};

class CliCommand {
 public:
  explicit CliCommand(CLI::App& app) : app_(&app) {}

  // `name` is "--name", "-n,--name" or, of a positional argument, "NAME". `variable` keeps its
  // value where the argument is not given, and must live as long as the application. The types that
  // it may have are listed in arguments.cpp; a flag counts into an int.
  template <typename Variable>
  CliArgument add_option(const std::string& name, Variable& variable, const std::string& help);
  template <typename Variable>
  CliArgument add_flag(const std::string& name, Variable& variable, const std::string& help);

  CliCommand add_subcommand(const std::string& name, const std::string& help);
  void require_subcommand();  // exactly one

  // Options with a heading of their own, at least one of which must be given.
  CliCommand add_required_group(const std::string& heading, const std::string& help);

  void footer(const std::string& text);
  void hide();  // from its parent's help
  void callback(std::function<void()> run);

 private:
  CLI::App* app_;
};

// For a callback that misses an argument which not every use of its command needs.
[[noreturn]] void throw_missing(const std::string& argument);

}  // namespace assay
