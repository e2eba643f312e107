// A job's lease: a file that whoever watches the job touches now and then, and whose age the job's
// script checks. When the whole host of the watcher dies, nobody touches it any more, and the job
// ends itself; while the broker or the driver lives, it never grows old.
#pragma once

#include <algorithm>
#include <chrono>
#include <filesystem>

namespace assay {

// How old a lease may grow before its job ends itself, where the site does not say (`lease`,
// seconds; 0: no lease).
inline constexpr std::chrono::seconds k_default_lease{900};

// How often it is touched: several touches may fail before a job of that lease ends.
constexpr std::chrono::seconds lease_renewal(std::chrono::seconds lease) {
  return std::max(lease / 10, std::chrono::seconds(1));
}

// The lease that all jobs of a run share which one broker watches:
// <work_dir>/<run id>/.lease, from an attempt's directory <work_dir>/<run id>/<case>/<attempt>.
std::filesystem::path run_lease(const std::filesystem::path& attempt_directory);

// The lease of one job whose own driver watches it.
std::filesystem::path job_lease(const std::filesystem::path& attempt_directory);

// Makes the file, or sets its times to now. Throws Error, naming the path.
void renew_lease(const std::filesystem::path& lease);

}  // namespace assay
