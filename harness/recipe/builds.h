// Builds: the container images that recipes name.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "recipe/section.h"

namespace assay {

struct ResolvedImage {
  std::string image;   // empty: none is needed, or the caller has to supply it and did not
  std::string origin;  // how to get it, for a person: "image of build 'x'", "docker build ..."
};

// The image a product of build `build` runs in: --image, else ASSAY_IMAGE_<BUILD>, else
// ASSAY_IMAGE, else the build's own source, which may be another build's. Throws InputError for a
// build that is named and not among the recipes, for parents in a circle, and for a source that is
// both image and repository.
ResolvedImage image_of(const Section& section, const std::string& build,
                       const ResolveOptions& options,
                       std::span<const std::shared_ptr<const Recipe>> recipes);

}  // namespace assay
