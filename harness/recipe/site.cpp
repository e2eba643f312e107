#include "recipe/site.h"

#include <algorithm>
#include <cstdlib>
#include <set>

#include "base/names.h"
#include "recipe/yaml_reader.h"

namespace assay {

namespace {

const std::vector<std::string> k_site_keys{"extends", "default_launcher", "launchers", "work_dir",
                                           "history"};
// The types that have a launcher, or are known by recipes' selectors.
const std::vector<std::string> k_launcher_types{"local", "slurm", "kubernetes"};

// One site file while it is read: its text is needed for messages.
struct Source {
  std::string file;
  std::string text;
};

[[noreturn]] void fail(const Source& source, int line, int column, std::string message) {
  throw InputError({source.file, line, column}, std::move(message), line_of(source.text, line));
}

[[noreturn]] void fail(const Source& source, const Value& value, std::string message) {
  fail(source, value.line, value.column, std::move(message));
}

// ${NAME} and ${NAME:-default}; a variable that is not set and has no default is an error.
std::string expand_environment(const Source& source, const Value& value) {
  std::string out;
  const std::string_view text = value.text;
  for (std::size_t at = 0; at < text.size();) {
    const auto open = text.find("${", at);
    const auto close = text.find('}', open);
    if (open == std::string_view::npos || close == std::string_view::npos) {
      return out + std::string(text.substr(at));
    }
    out += text.substr(at, open - at);
    const auto inner = text.substr(open + 2, close - open - 2);
    const auto dash = inner.find(":-");
    const std::string name(inner.substr(0, dash));
    const char* found = std::getenv(name.c_str());
    if (found != nullptr && *found != '\0') {
      out += found;
    } else if (dash != std::string_view::npos) {
      out += inner.substr(dash + 2);
    } else {
      fail(source, value, "the environment variable " + name + " is not set");
    }
    at = close + 1;
  }
  return out;
}

void expand_all(const Source& source, Value& value) {
  if (value.kind == Value::Kind::string && value.text.find("${") != std::string::npos) {
    value.text = expand_environment(source, value);
  }
  for (auto& item : value.items) expand_all(source, item);
  for (auto& [name, entry] : value.entries) expand_all(source, entry);
}

// What a later file says of a launcher is merged into what it extends, maps entry by entry.
void merge(Value& base, const Value& over) {
  for (const auto& [name, value] : over.entries) {
    const auto found = std::find_if(base.entries.begin(), base.entries.end(),
                                    [&](const auto& entry) { return entry.first == name; });
    if (found == base.entries.end()) {
      base.entries.emplace_back(name, value);
    } else if (found->second.kind == Value::Kind::map && value.kind == Value::Kind::map) {
      merge(found->second, value);
    } else {
      found->second = value;
    }
  }
}

std::string text_of(const Source& source, const Value& document, const char* key) {
  const auto* value = document.find(key);
  if (value == nullptr || value->is_null()) return {};
  if (!value->is_scalar()) fail(source, *value, "expected a text for '" + std::string(key) + "'");
  return value->rendered();
}

// A path of a site file is meant from where the file lies.
std::string path_of(const Source& source, const Value& document, const char* key) {
  const auto text = text_of(source, document, key);
  if (text.empty()) return {};
  return (std::filesystem::absolute(source.file).parent_path() / text).lexically_normal().string();
}

void add_launcher(const Source& source, const std::string& name, const Value& value, Site& site) {
  if (value.kind != Value::Kind::map) {
    fail(source, value, "expected a map of settings for launcher '" + name + "'");
  }
  auto found = std::find_if(site.launchers.begin(), site.launchers.end(),
                            [&](const LauncherConfig& each) { return each.name == name; });
  if (found == site.launchers.end()) {
    LauncherConfig launcher;
    launcher.name = name;
    launcher.settings.kind = Value::Kind::map;
    site.launchers.push_back(std::move(launcher));
    found = std::prev(site.launchers.end());
  }
  found->place = {source.file, value.key_line, value.key_column};
  merge(found->settings, value);
  const Value* type = found->settings.find("type");
  if (type == nullptr || type->is_null()) {
    fail(source, value.key_line, value.key_column, "launcher '" + name + "' has no 'type'");
  }
  found->type = type->rendered();
  if (std::find(k_launcher_types.begin(), k_launcher_types.end(), found->type) ==
      k_launcher_types.end()) {
    fail(source, *type, unknown_name("launcher type", found->type, k_launcher_types));
  }
}

Value read_document(const Source& source) {
  auto documents = read_yaml(source.text, source.file);
  if (documents.empty()) fail(source, 1, 1, "this site file is empty; expected 'launchers'");
  if (documents.front().error) throw InputError(*documents.front().error);
  if (documents.size() > 1) {
    fail(source, documents[1].place.line, 1, "a site file is one YAML document");
  }
  auto document = std::move(documents.front().value);
  if (document.kind != Value::Kind::map) fail(source, document, "expected a map of site settings");
  for (const auto& [name, value] : document.entries) {
    if (std::find(k_site_keys.begin(), k_site_keys.end(), name) == k_site_keys.end()) {
      fail(source, value.key_line, value.key_column,
           "unknown key '" + name + "' in a site file" + did_you_mean(name, k_site_keys));
    }
  }
  return document;
}

void read_into(const std::filesystem::path& path, Site& site, std::set<std::string>& open) {
  Source source{path.string(), {}};
  if (!std::filesystem::exists(path)) throw InputError({path.string(), 0, 0}, "no such site file");
  source.text = read_yaml_file(path);
  auto document = read_document(source);
  const auto identity = std::filesystem::weakly_canonical(path).string();
  const Value* base = document.find("extends");
  if (!open.insert(identity).second) {
    throw InputError({path.string(), 0, 0}, "this site file extends itself, directly or by others");
  }
  if (base != nullptr && !base->is_null()) {
    const auto named = path.parent_path() / expand_environment(source, *base);
    const auto target = std::filesystem::weakly_canonical(named).string();
    if (open.count(target) > 0) {
      fail(source, *base, "this site file extends itself, directly or by others");
    }
    if (!std::filesystem::exists(named))
      fail(source, *base, "no such site file: " + named.string());
    read_into(named, site, open);
  }
  expand_all(source, document);
  site.file = path.string();
  if (const auto* launchers = document.find("launchers")) {
    if (launchers->kind != Value::Kind::map || launchers->entries.empty()) {
      fail(source, *launchers, "expected a map of launchers");
    }
    for (const auto& [name, value] : launchers->entries) add_launcher(source, name, value, site);
  }
  if (site.launchers.empty()) fail(source, 1, 1, "this site file has no 'launchers'");
  if (auto text_value = path_of(source, document, "work_dir"); !text_value.empty()) {
    site.work_dir = text_value;
  }
  if (auto text_value = path_of(source, document, "history"); !text_value.empty()) {
    site.history = text_value;
  }
  const auto chosen = text_of(source, document, "default_launcher");
  if (!chosen.empty()) {
    site.default_launcher = chosen;
  } else if (site.find(site.default_launcher) == nullptr) {
    site.default_launcher = site.launchers.front().name;
  }
  if (site.find(site.default_launcher) == nullptr) {
    std::vector<std::string> names;
    for (const auto& launcher : site.launchers) names.push_back(launcher.name);
    fail(source, *document.find("default_launcher"),
         unknown_name("launcher", site.default_launcher, names));
  }
}

}  // namespace

Site read_site_file(const std::filesystem::path& path) {
  Site site;
  std::set<std::string> open;
  read_into(path, site, open);
  return site;
}

Site built_in_site() {
  Site site;
  LauncherConfig local;
  local.name = "local";
  local.type = "local";
  local.settings.kind = Value::Kind::map;
  site.launchers.push_back(std::move(local));
  return site;
}

}  // namespace assay
