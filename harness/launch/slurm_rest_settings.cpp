#include "launch/slurm_rest_settings.h"

#include <algorithm>
#include <cstdlib>

#include "base/error.h"
#include "base/names.h"
#include "base/text.h"
#include "launch/slurm_rest_options.h"

namespace assay {

namespace {

[[noreturn]] void fail(const LauncherConfig& config, const Value& value, const std::string& what) {
  throw InputError({config.place.file, value.line, value.column},
                   "launcher '" + config.name + "': " + what);
}

// Empty where the key is not there.
std::string text_of(const LauncherConfig& config, const char* key) {
  const auto* value = config.settings.find(key);
  if (value == nullptr || value->is_null()) return {};
  if (!value->is_scalar()) fail(config, *value, "expected a text for '" + std::string(key) + "'");
  return std::string(trim(value->rendered()));
}

// A broker that works for several shells has no directory of its own.
std::filesystem::path file_of(const LauncherConfig& config, const char* key) {
  auto text = text_of(config, key);
  const char* home = std::getenv("HOME");
  if (text.starts_with("~/") && home != nullptr) text.replace(0, 1, home);
  if (!text.empty() && text.front() != '/') {
    fail(config, *config.settings.find(key),
         "'" + std::string(key) + "' must be an absolute path, or begin with ~/");
  }
  return text;
}

bool is_rest(const LauncherConfig& config) {
  const auto text = text_of(config, "transport");
  if (text.empty() || text == "commands") return false;
  if (text != "rest") {
    fail(config, *config.settings.find("transport"),
         unknown_name("transport", text, {"commands", "rest"}));
  }
  return true;
}

void read_url(const LauncherConfig& config, SlurmRestSettings& settings) {
  constexpr std::string_view k_unix = "unix:";
  auto url = text_of(config, "url");
  if (url.empty()) {
    fail(config, *config.settings.find("transport"),
         "'transport: rest' needs 'url', where slurmrestd listens");
  }
  const auto& value = *config.settings.find("url");
  while (url.ends_with('/')) url.pop_back();
  if (url.starts_with(k_unix)) {
    auto path = url.substr(k_unix.size());
    if (path.starts_with("//")) path.erase(0, 2);
    if (path.empty() || path.front() != '/') {
      fail(config, value, "expected unix: and an absolute path for 'url', not '" + url + "'");
    }
    settings.unix_socket = path;
    settings.url = "http://slurmrestd";
    return;
  }
  const bool is_web = url.starts_with("http://") || url.starts_with("https://");
  if (!is_web || url.find_first_of("?#@") != std::string::npos) {
    fail(config, value,
         "expected http://HOST:PORT, https://HOST:PORT or unix:/PATH for 'url'" +
             std::string(is_web ? ", without user, query and fragment" : ", not '" + url + "'"));
  }
  settings.url = url;
}

}  // namespace

const std::vector<std::string>& slurm_rest_setting_names() {
  static const std::vector<std::string> names{"transport",  "url",     "user",
                                              "token_file", "ca_file", "api_version"};
  return names;
}

std::optional<SlurmRestSettings> read_slurm_rest_settings(const LauncherConfig& config) {
  if (const auto* token = config.settings.find("token")) {
    fail(config, *token,
         "a token cannot stand in a site file; name a file of mode 600 as 'token_file', or set "
         "SLURM_JWT");
  }
  if (!is_rest(config)) {
    for (const auto& key : slurm_rest_setting_names()) {
      const auto* value = config.settings.find(key);
      if (key == "transport" || value == nullptr || value->is_null()) continue;
      fail(config, *value, "'" + key + "' is of 'transport: rest' alone");
    }
    return std::nullopt;
  }
  SlurmRestSettings settings;
  read_url(config, settings);
  settings.user = text_of(config, "user");
  settings.token_file = file_of(config, "token_file");
  settings.ca_file = file_of(config, "ca_file");
  settings.api_version = text_of(config, "api_version");
  const auto& known = known_rest_versions();
  if (!settings.api_version.empty() &&
      std::find(known.begin(), known.end(), settings.api_version) == known.end()) {
    fail(config, *config.settings.find("api_version"),
         "slurmrestd's version '" + settings.api_version +
             "' is not known good (known: " + join(known, ", ") + ")");
  }
  return settings;
}

}  // namespace assay
