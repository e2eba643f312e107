// The static dashboard's own files (dashboards/site, and dygraphs), built into the executable.
#pragma once

#include <span>
#include <string_view>

namespace assay {

struct Asset {
  std::string_view path;  // relative to the site
  std::string_view content;
};

// Defined in a source that CMake makes.
std::span<const Asset> dashboard_assets();

}  // namespace assay
