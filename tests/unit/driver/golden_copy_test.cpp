#include "driver/golden_copy.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "../temporary_directory.h"
#include "base/error.h"
#include "base/files.h"

namespace assay {
namespace {

GoldenCheck check_of(const std::filesystem::path& file) {
  GoldenCheck check;
  check.file = file.string();
  return check;
}

TEST(KeepGolden, PutsTheFilesOfAllChecksTogether) {
  const test::TemporaryDirectory directory;
  write_file_atomically(directory.path() / "a.json", R"({"loss": {"values": {"1": 2.5}}})");
  write_file_atomically(directory.path() / "b.json", R"({"time": {"values": {"1": "nan"}}})");
  Checks checks;
  checks.golden = {check_of(directory.path() / "a.json"), check_of(directory.path() / "b.json"),
                   check_of(directory.path() / "missing.json")};
  keep_golden(checks, directory.path());
  const auto kept = nlohmann::json::parse(read_file(directory.path() / "golden.json"));
  EXPECT_EQ(kept["loss"]["values"]["1"], 2.5);
  EXPECT_EQ(kept["time"]["values"]["1"], "nan");
}

TEST(KeepGolden, WritesNothingWithoutAGoldenCheck) {
  const test::TemporaryDirectory directory;
  keep_golden(Checks{}, directory.path());
  EXPECT_FALSE(std::filesystem::exists(directory.path() / "golden.json"));
}

TEST(KeepGolden, SaysWhatItCannotKeep) {
  const test::TemporaryDirectory directory;
  write_file_atomically(directory.path() / "a.json", "no JSON");
  Checks checks;
  checks.golden = {check_of(directory.path() / "a.json")};
  EXPECT_THROW(keep_golden(checks, directory.path()), Error);
}

}  // namespace
}  // namespace assay
