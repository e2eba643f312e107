#include "driver/job_setup.h"

#include <sys/random.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/digest.h"
#include "base/error.h"
#include "base/files.h"
#include "base/names.h"
#include "base/text.h"

namespace assay {

namespace {

constexpr std::size_t k_token_length = 10;

void add_part(std::string& text, std::string_view part) {
  text += std::to_string(part.size());
  text += ':';
  text += part;
}

}  // namespace

AttemptDirectory make_attempt_directory(const std::filesystem::path& product_directory) {
  make_directories(product_directory);
  for (int number = 1;; ++number) {
    auto path = product_directory / std::to_string(number);
    if (::mkdir(path.c_str(), 0777) == 0) {
      make_directories(path / "logs");
      make_directories(path / "assets");
      return {std::move(path), number};
    }
    if (errno != EEXIST) {
      throw Error("cannot create directory " + path.string() + ": " + std::strerror(errno));
    }
  }
}

std::vector<std::pair<std::string, std::string>> runtime_names(
    const std::filesystem::path& attempt_directory, const std::string& launcher) {
  const auto logs = (attempt_directory / "logs").string();
  const auto assets = (attempt_directory / "assets").string();
  return {{"assets_dir", assets},
          {"artifacts_dir", assets},
          {"logs_dir", logs},
          {"tensorboard_dir", logs + "/tensorboard"},
          {"dllogger_file", logs + "/dllogger.json"},
          {"launcher", launcher}};
}

std::string parameter_variable(const std::string& name) {
  return variable_name("ASSAY_PARAM_", name);
}

std::vector<std::pair<std::string, std::string>> job_environment(const Product& product,
                                                                 const std::string& run_id,
                                                                 const AttemptDirectory& attempt) {
  const auto recipe = std::filesystem::absolute(product.place.file).lexically_normal();
  std::vector<std::pair<std::string, std::string>> environment{
      {"ASSAY_KEY", product.key},
      {"ASSAY_NAME", product.name},
      {"ASSAY_RUN_ID", run_id},
      {"ASSAY_ATTEMPT", std::to_string(attempt.number)},
      {"ASSAY_LAUNCHER", product.launcher},
      {"ASSAY_RECIPE_DIR", recipe.parent_path().string()},
      {"ASSAY_LOGS_DIR", (attempt.path / "logs").string()},
      {"ASSAY_ASSETS_DIR", (attempt.path / "assets").string()}};
  for (const auto& parameter : product.parameters) {
    environment.emplace_back(parameter_variable(parameter.name), parameter.value.rendered());
  }
  environment.insert(environment.end(), product.environment.begin(), product.environment.end());
  return environment;
}

Workload make_workload(const Product& product, const std::string& run_id,
                       const AttemptDirectory& attempt) {
  Workload workload;
  workload.key = product.key;
  workload.name = product.name;
  workload.token = make_token();
  workload.directory = attempt.path;
  workload.script = product.script;
  workload.script_setup = product.script_setup;
  workload.shell = product.shell;
  workload.environment = job_environment(product, run_id, attempt);
  workload.nodes = product.nodes;
  workload.gpus_per_node = product.gpus_per_node;
  workload.time_limit = product.time_limit;
  workload.mounts = product.mounts;
  workload.image = product.image;
  workload.settings = product.settings;
  write_file_atomically(attempt.path / "script.sh", product.script, 0755);
  return workload;
}

Workload adopted_workload(const Product& product, const KeptJob& kept) {
  Workload workload;
  workload.key = product.key;
  workload.name = product.name;
  workload.token = kept.job.token;
  workload.directory = kept.directory;
  workload.time_limit = product.time_limit;
  return workload;
}

std::string make_token() {
  constexpr std::string_view k_letters = "abcdefghijklmnopqrstuvwxyz0123456789";
  std::array<unsigned char, k_token_length> random{};
  if (::getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size())) {
    throw Error(std::string("cannot get random bytes: ") + std::strerror(errno));
  }
  std::string token;
  for (const auto byte : random) token += k_letters[byte % k_letters.size()];
  return token;
}

std::string product_digest(const Product& unexpanded, const std::string& git_commit) {
  std::string text;
  for (const auto& part :
       {unexpanded.key, unexpanded.script, unexpanded.script_setup, unexpanded.shell,
        unexpanded.image, unexpanded.launcher, unexpanded.settings.rendered(), git_commit}) {
    add_part(text, part);
  }
  for (const auto& [name, value] : unexpanded.environment) {
    add_part(text, name);
    add_part(text, value);
  }
  for (const auto& mount : unexpanded.mounts) {
    add_part(text, mount.inside);
    add_part(text, mount.outside);
  }
  add_part(text, std::to_string(unexpanded.nodes));
  add_part(text, std::to_string(unexpanded.gpus_per_node));
  add_part(text, std::to_string(unexpanded.time_limit.count()));
  return sha256_hex(text);
}

}  // namespace assay
