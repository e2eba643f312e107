#include "driver/golden_copy.h"

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"

namespace assay {

void keep_golden(const Checks& checks, const std::filesystem::path& directory) {
  if (checks.golden.empty()) return;
  auto all = nlohmann::ordered_json::object();
  for (const auto& check : checks.golden) {
    const auto text = read_file_if_exists(check.file);
    if (!text) continue;  // its finding says so
    try {
      all.update(nlohmann::ordered_json::parse(*text));
    } catch (const nlohmann::json::exception& error) {
      throw Error(check.file + ": " + error.what());
    }
  }
  write_file_atomically(directory / "golden.json", all.dump(1) + "\n");
}

}  // namespace assay
