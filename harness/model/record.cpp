#include "model/record.h"

#include <algorithm>

namespace assay {

std::string Record::gpu_model() const {
  // The deciding attempt is the last; an attempt that never started knows of no GPU.
  const auto found = std::find_if(attempts.rbegin(), attempts.rend(),
                                  [](const Attempt& attempt) { return !attempt.gpus.empty(); });
  return found == attempts.rend() ? std::string{} : found->gpus.front().model;
}

}  // namespace assay
