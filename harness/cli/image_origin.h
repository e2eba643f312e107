// How a record's image came about.
#pragma once

#include <string>

#include "model/record.h"

namespace assay {

// How a person gets the image of a record, as its recipe says it: the command that pulls it, or
// those that build it from its repository. Empty where the recipe is no longer as it was, names no
// build, or leaves the image to the caller.
std::string image_origin(const Record& record);

}  // namespace assay
