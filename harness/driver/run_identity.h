// What all cases of one ctest, or of one CI pipeline, share: the run id, who started it and where.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace assay {

using ReadVariable = std::function<std::optional<std::string>(const std::string&)>;

// The CI pipeline's id: GitLab, GitHub, Jenkins, Azure, Buildkite, CircleCI, Woodpecker; empty
// outside of them.
std::string pipeline_id(const ReadVariable& variable);

// The branch that the CI builds, for checkouts that are on no branch; empty outside of a CI.
std::string pipeline_branch(const ReadVariable& variable);

// The branch that regressions are held against: ASSAY_REFERENCE_BRANCH, else the CI's default
// branch, else "main".
std::string reference_branch(const ReadVariable& variable);

// ASSAY_RUN_ID, else the pipeline's id, else made from the identity of the ctest that started this
// process, else of this process itself. Only [A-Za-z0-9_.-], as it names a directory. Throws
// InputError for an ASSAY_RUN_ID that cannot.
std::string run_id(const ReadVariable& variable);

// Text as part of a file's name: every other character than [A-Za-z0-9_.=-] becomes '-'.
std::string file_name_of(std::string_view text);

std::string user_name();
std::string host_name();

// The state of the repository that a file lies in; empty where there is none.
struct GitState {
  std::string commit;
  std::string branch;
  bool is_dirty = false;  // tracked files were changed
};

// The answer of `git status --porcelain=v2 --branch`.
GitState parse_git_status(const std::string& text);

// Asks git once per run and recipe directory: the answer is kept in the run's directory, under a
// lock, so that thousands of cases do not each read the working tree.
GitState git_state(const std::filesystem::path& recipe_directory,
                   const std::filesystem::path& run_directory, const ReadVariable& variable);

}  // namespace assay
