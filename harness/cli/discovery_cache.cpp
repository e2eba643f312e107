#include "cli/discovery_cache.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"

extern char** environ;

namespace assay {

namespace {

using Json = nlohmann::json;

constexpr int k_version = 2;

Json to_json(const CachedRecipe& recipe) {
  return {{"file", recipe.file.string()},
          {"test_directory", recipe.test_directory},
          {"modified_ns", recipe.stamp.modified_ns},
          {"size", recipe.stamp.size_bytes},
          {"inode", recipe.stamp.inode},
          {"names", recipe.names},
          {"duplicates", recipe.duplicates},
          {"builds", recipe.builds},
          {"needs", recipe.needs},
          {"is_red", recipe.is_red},
          {"uses_gpus", recipe.uses_gpus}};
}

CachedRecipe recipe_from_json(const Json& json) {
  CachedRecipe recipe;
  recipe.file = json.at("file").get<std::string>();
  recipe.test_directory = json.at("test_directory");
  recipe.stamp = {json.at("modified_ns"), json.at("size"), json.at("inode")};
  recipe.names = json.at("names").get<std::vector<std::string>>();
  recipe.duplicates = json.at("duplicates").get<std::vector<std::string>>();
  recipe.builds = json.at("builds").get<std::vector<std::string>>();
  recipe.needs = json.at("needs").get<std::vector<std::string>>();
  recipe.is_red = json.at("is_red");
  recipe.uses_gpus = json.at("uses_gpus");
  return recipe;
}

DiscoveryCache cache_from_json(const Json& json) {
  DiscoveryCache cache;
  if (json.at("version") != k_version) return cache;
  cache.signature = json.at("signature");
  cache.filter_error = json.at("filter_error");
  cache.list = json.at("list");
  cache.prefix = json.at("prefix");
  cache.earlier = json.at("earlier");
  cache.builds = json.at("builds");
  cache.gpus = json.at("gpus");
  for (const auto& recipe : json.at("recipes")) cache.recipes.push_back(recipe_from_json(recipe));
  return cache;
}

}  // namespace

FileLock::FileLock(const std::filesystem::path& file)
    : file_(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)) {
  if (!file_.is_open()) throw Error("cannot create " + file.string() + ": " + std::strerror(errno));
  while (::flock(file_.get(), LOCK_EX) != 0) {
    if (errno != EINTR) throw Error("cannot lock " + file.string() + ": " + std::strerror(errno));
  }
}

void write_if_changed(const std::filesystem::path& file, std::string_view text) {
  if (read_file_if_exists(file) == text) return;
  make_directories(file.parent_path());
  write_file_atomically(file, text);
}

FileStamp stamp_of(const std::filesystem::path& file) {
  struct stat info {};
  if (::stat(file.c_str(), &info) != 0) {
    throw Error("cannot stat " + file.string() + ": " + std::strerror(errno));
  }
  constexpr std::int64_t k_nanoseconds = 1'000'000'000;
  return {info.st_mtim.tv_sec * k_nanoseconds + info.st_mtim.tv_nsec,
          static_cast<std::uint64_t>(info.st_size), info.st_ino};
}

std::vector<std::pair<std::string, std::string>> relevant_environment() {
  std::vector<std::pair<std::string, std::string>> found;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const auto equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    const auto name = text.substr(0, equals);
    if (name.starts_with(k_label_variable) || name.starts_with("ASSAY_IMAGE") ||
        name == "ASSAY_SITE") {
      found.emplace_back(name, text.substr(equals + 1));
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

void remove_memory_by_number(const std::filesystem::path& ctest_directory) {
  std::error_code no_such_directory;
  const std::filesystem::directory_iterator items(ctest_directory / "Testing/Temporary",
                                                  no_such_directory);
  for (const auto& item : items) {
    const auto name = item.path().filename().string();
    const bool is_log = name.starts_with("LastTestsFailed") && name.ends_with(".log");
    if (is_log || name == "CTestCheckpoint.txt") std::filesystem::remove(item.path());
  }
}

const CachedRecipe* DiscoveryCache::find(const std::filesystem::path& file) const {
  for (const auto& recipe : recipes) {
    if (recipe.file == file) return &recipe;
  }
  return nullptr;
}

DiscoveryCache read_discovery_cache(const std::filesystem::path& file) {
  const auto text = read_file_if_exists(file);
  if (!text) return {};
  try {
    return cache_from_json(Json::parse(*text));
  } catch (const Json::exception&) {
    return {};  // Another version's, or cut short: everything is read again.
  }
}

void write_discovery_cache(const DiscoveryCache& cache, const std::filesystem::path& file) {
  Json json{{"version", k_version},         {"builds", cache.builds},
            {"signature", cache.signature}, {"filter_error", cache.filter_error},
            {"list", cache.list},           {"prefix", cache.prefix},
            {"earlier", cache.earlier},     {"gpus", cache.gpus},
            {"recipes", Json::array()}};
  for (const auto& recipe : cache.recipes) json["recipes"].push_back(to_json(recipe));
  write_file_atomically(file, json.dump(-1, ' ', false, Json::error_handler_t::replace));
}

}  // namespace assay
