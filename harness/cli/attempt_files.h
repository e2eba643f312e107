// Where the attempts of a case are, among all runs of a work directory.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace assay {

// The directory of the newest attempt of a case: <work_dir>/<run id>/<case>/<number>. `key` is a
// product's key or name, or the CTest case's name; a prefix that cases have may be left out.
// `run_id` empty: of all runs. Throws InputError that names the nearest case when there is none.
std::filesystem::path newest_attempt(const std::filesystem::path& work_dir, const std::string& key,
                                     const std::string& run_id);

// Whether nothing more will be written there: the job has ended, or its record is there.
bool has_ended(const std::filesystem::path& attempt);

}  // namespace assay
