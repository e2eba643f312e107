#include "cli/arguments.h"

#include <CLI/CLI.hpp>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <utility>

namespace assay {

CliArgument CliArgument::type_name(const std::string& name) {
  return CliArgument(*option_->type_name(name));
}

CliArgument CliArgument::show_default() { return CliArgument(*option_->capture_default_str()); }

CliArgument CliArgument::required() { return CliArgument(*option_->required()); }

CliArgument CliArgument::repeatable() { return CliArgument(*option_->expected(1)->take_all()); }

CliArgument CliArgument::one_of(const std::vector<std::string>& words) {
  return CliArgument(*option_->check(CLI::IsMember(words)));
}

CliArgument CliArgument::positive() { return CliArgument(*option_->check(CLI::PositiveNumber)); }

CliArgument CliArgument::in_range(int least, int most) {
  return CliArgument(*option_->check(CLI::Range(least, most)));
}

CliArgument CliArgument::in_range(double least, double most) {
  return CliArgument(*option_->check(CLI::Range(least, most)));
}

CliArgument CliArgument::needs(CliArgument other) {
  return CliArgument(*option_->needs(other.option_));
}

CliArgument CliArgument::excludes(CliArgument other) {
  return CliArgument(*option_->excludes(other.option_));
}

template <typename Variable>
CliArgument CliCommand::add_option(const std::string& name, Variable& variable,
                                   const std::string& help) {
  return CliArgument(*app_->add_option(name, variable, help));
}

template <typename Variable>
CliArgument CliCommand::add_flag(const std::string& name, Variable& variable,
                                 const std::string& help) {
  return CliArgument(*app_->add_flag(name, variable, help));
}

template CliArgument CliCommand::add_option(const std::string&, std::string&, const std::string&);
template CliArgument CliCommand::add_option(const std::string&, std::vector<std::string>&,
                                            const std::string&);
template CliArgument CliCommand::add_option(const std::string&, std::filesystem::path&,
                                            const std::string&);
template CliArgument CliCommand::add_option(const std::string&, int&, const std::string&);
template CliArgument CliCommand::add_option(const std::string&, std::uint16_t&, const std::string&);
template CliArgument CliCommand::add_option(const std::string&, std::size_t&, const std::string&);
template CliArgument CliCommand::add_option(const std::string&, double&, const std::string&);
template CliArgument CliCommand::add_option(const std::string&, std::optional<double>&,
                                            const std::string&);
template CliArgument CliCommand::add_flag(const std::string&, bool&, const std::string&);
template CliArgument CliCommand::add_flag(const std::string&, int&, const std::string&);

CliCommand CliCommand::add_subcommand(const std::string& name, const std::string& help) {
  return CliCommand(*app_->add_subcommand(name, help));
}

void CliCommand::require_subcommand() { app_->require_subcommand(1); }

CliCommand CliCommand::add_required_group(const std::string& heading, const std::string& help) {
  auto* group = app_->add_option_group(heading, help);
  group->require_option(1, 0);
  return CliCommand(*group);
}

void CliCommand::footer(const std::string& text) { app_->footer(text); }

void CliCommand::hide() { app_->group(""); }

void CliCommand::callback(std::function<void()> run) { app_->callback(std::move(run)); }

void throw_missing(const std::string& argument) { throw CLI::RequiredError(argument); }

}  // namespace assay
