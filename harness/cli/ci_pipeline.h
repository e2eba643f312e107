// A GitLab child pipeline: one job per model, recipe or suite of what a pipeline chose.
#pragma once

#include <string>

#include "cli/ci_select.h"

namespace assay {

enum class CiJobsBy { suite, model, recipe };

struct CiPipelineOptions {
  CiJobsBy by = CiJobsBy::model;
  std::string include = "ctest_scripts/gitlab/assay.yml";  // has the job `.assay`
  std::string directory;  // the checkout: recipes are named relative to it
};

// The YAML of the child pipeline (docs.gitlab.com/ci/pipelines/downstream_pipelines). GitLab
// refuses a pipeline without jobs, so that where nothing was chosen one job says why. Products are
// those that each choice leaves.
std::string child_pipeline(const CiSelection& selection, const CiPipelineOptions& options);

}  // namespace assay
