// What `assay history import` and `assay history push` do with a CDash server.
#pragma once

#include <string>
#include <vector>

#include "cli/arguments.h"
#include "cli/cdash_history.h"
#include "cli/record_query.h"

namespace assay {

struct CdashHistoryOptions {
  std::string url;  // empty: no server is meant
  std::string since = "60d";
  std::vector<std::string> recipes;
  CdashImport import{
      .project = {}, .prefix = {}, .keys = {}, .gpu_model = {}, .branch = "main", .metrics = {}};
  CdashPush push{.project = {}, .site = {}, .build_name = {}};

  void add_to_import(CliCommand command);
  void add_to_push(CliCommand command);
};

// Adds a project's builds to the history and says how many records they made. Throws Error.
std::size_t import_from_cdash(const CdashHistoryOptions& options, History& history);

// Sends records to a project and prints each build's page. Throws Error.
std::size_t push_records(const CdashHistoryOptions& options, const std::vector<Record>& records);

}  // namespace assay
