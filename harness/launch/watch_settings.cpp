#include "launch/watch_settings.h"

#include <optional>

#include "base/error.h"
#include "base/text.h"

namespace assay {

namespace {

[[noreturn]] void fail(const LauncherConfig& config, const Value& value, const std::string& what) {
  throw InputError({config.place.file, value.line, value.column},
                   what + " for launcher '" + config.name + "', got '" + value.rendered() + "'");
}

const Value* setting(const LauncherConfig& config, const char* name) {
  const auto* value = config.settings.find(name);
  return value == nullptr || value->is_null() ? nullptr : value;
}

void read_flag(const LauncherConfig& config, const char* name, bool& into) {
  const auto* value = setting(config, name);
  if (value == nullptr) return;
  if (value->kind != Value::Kind::boolean) {
    fail(config, *value, "expected true or false as '" + std::string(name) + "'");
  }
  into = value->rendered() == "True";
}

// A number of seconds, with a fraction where the duration has one.
template <class Duration>
void read_seconds(const LauncherConfig& config, const char* name, double least, Duration& into) {
  const auto* value = setting(config, name);
  if (value == nullptr) return;
  const auto number = value->is_scalar() ? parse_number(value->text) : std::nullopt;
  if (!number || !(*number >= least) || *number > 1e9) {
    fail(config, *value,
         "expected seconds, " + format_number(least) + " or more, as '" + std::string(name) + "'");
  }
  into = std::chrono::duration_cast<Duration>(std::chrono::duration<double>(*number));
}

}  // namespace

WatchSettings read_watch_settings(const LauncherConfig& config) {
  WatchSettings settings;
  read_flag(config, "broker", settings.broker);
  if (const auto* value = setting(config, "orphans")) {
    const auto word = value->rendered();
    if (word != "cancel" && word != "keep") {
      fail(config, *value, "expected cancel or keep as 'orphans'");
    }
    settings.keep_orphans = word == "keep";
  }
  read_seconds(config, "orphan_grace", 0, settings.orphan_grace);
  read_seconds(config, "kept", 0, settings.kept);
  read_seconds(config, "lease", 0, settings.lease);
  read_seconds(config, "poll_interval", 0.05, settings.poll_interval);
  read_seconds(config, "longest_poll_interval", 0.05, settings.longest_interval);
  settings.longest_interval = std::max(settings.longest_interval, settings.poll_interval);
  return settings;
}

const std::vector<std::string>& watch_setting_names() {
  static const std::vector<std::string> names{
      "broker", "orphans",       "orphan_grace",         "kept",
      "lease",  "poll_interval", "longest_poll_interval"};
  return names;
}

}  // namespace assay
