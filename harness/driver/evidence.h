// From what a job left to what is judged: metrics, earlier runs, golden values.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "model/product.h"
#include "model/record.h"
#include "verdict/judge.h"

namespace assay {

// What one attempt logged.
struct Measured {
  std::vector<Series> series;  // none where it stands for several repeats
  std::vector<Metric> metrics;
  std::vector<std::string> warnings;
};

// Reads what an attempt logged. Of series too long to be kept whole, the steps that the product's
// reductions and `golden` name are kept.
Measured measure(const Product& product, std::span<const GoldenCurve> golden,
                 const std::filesystem::path& attempt_directory);

// One value per metric over all repeats of a product: the median. A metric that a repeat lacks, or
// logged as NaN, is missing, or NaN: absence is never success. `repeats` is not empty.
Measured over_repeats(std::span<const Measured> repeats);

// Everything judged. Checks that reduce a curve their own way take the median of the repeats'
// reduced values; golden curves are compared with the last repeat's.
std::vector<Finding> judge_repeats(const Checks& checks, const JobEnd& end,
                                   std::span<const Measured> repeats, const Measured& merged,
                                   std::span<const PastValues> past,
                                   std::span<const GoldenCurve> golden);

// The curves of all golden files that the checks name. Throws InputError.
std::vector<GoldenCurve> read_golden(const Checks& checks);

// Values that only history checks compare, by their own reductions: kept as metrics, because later
// runs are held against them.
std::vector<Metric> metrics_for_history(const Checks& checks, std::span<const Finding> findings,
                                        std::span<const Metric> metrics);

// Earlier passing values of the metrics that the checks hold against history; nothing where no
// check does, or where there is no history yet.
std::vector<PastValues> read_past(const Checks& checks, const Record& record,
                                  const std::filesystem::path& history,
                                  const std::string& reference_branch);

}  // namespace assay
