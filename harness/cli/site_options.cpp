// --site and --launcher: which launcher a command is about.

#include "base/text.h"
#include "cli/arguments.h"
#include "cli/options.h"
#include "recipe/site.h"

namespace assay {

namespace {

std::filesystem::path default_site_file() {
  const auto config_home = environment_or_empty("XDG_CONFIG_HOME");
  if (!config_home.empty()) return std::filesystem::path(config_home) / "assay/site.yaml";
  const auto home = environment_or_empty("HOME");
  if (home.empty()) return {};
  return std::filesystem::path(home) / ".config/assay/site.yaml";
}

}  // namespace

void SiteOptions::add_to(CliCommand command) {
  command
      .add_option("--site", site,
                  "Site file that says what launchers there are\n"
                  "(default: $ASSAY_SITE, else the person's own in\n"
                  "~/.config/assay/site.yaml,\n"
                  "else one launcher 'local': this machine)")
      .type_name("FILE");
  command.add_option("--launcher", launcher, "Launcher of the site file (default: its default)")
      .type_name("NAME");
}

Site SiteOptions::load() const {
  std::string file = site.empty() ? environment_or_empty("ASSAY_SITE") : site;
  if (file.empty()) {
    const auto own = default_site_file();
    std::error_code ignored;
    if (own.empty() || !std::filesystem::exists(own, ignored)) return built_in_site();
    file = own.string();
  }
  return read_site_file(file);
}

const LauncherConfig& pick_launcher(const Site& site, const std::string& name) {
  const auto& wanted = name.empty() ? site.default_launcher : name;
  if (const auto* found = site.find(wanted)) return *found;
  std::vector<std::string> names;
  for (const auto& launcher : site.launchers) names.push_back(launcher.name);
  throw InputError({name.empty() ? site.file : "--launcher", 0, 0},
                   "unknown launcher '" + wanted + "'" + did_you_mean(wanted, names) + " (" +
                       (site.file.empty() ? std::string("built-in site") : site.file) + " has " +
                       join(names, ", ") + ")");
}

}  // namespace assay
