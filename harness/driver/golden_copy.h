// The golden values that a product was held against, kept beside its logs.
#pragma once

#include <filesystem>

#include "model/check.h"

namespace assay {

// Writes all golden files of the checks, put together, to `<directory>/golden.json`; nothing where
// there is no golden check. The recipe's own files may be others by the time that somebody looks at
// the curves. Throws Error.
void keep_golden(const Checks& checks, const std::filesystem::path& directory);

}  // namespace assay
