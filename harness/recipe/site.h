// Reads site files: what launchers there are, where work goes.
#pragma once

#include <filesystem>

#include "model/site.h"

namespace assay {

// Reads the file and those it `extends`. Throws InputError.
Site read_site_file(const std::filesystem::path& path);

// One launcher `local` of type local: what there is without a site file.
Site built_in_site();

}  // namespace assay
