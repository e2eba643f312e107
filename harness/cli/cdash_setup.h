// Makes, or brings up to date, a project of a CDash server for model tests.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "cli/cdash_client.h"

namespace assay {

struct CdashSetup {
  std::string project;
  std::string description;
  std::string home_url;
  bool is_public = false;
  std::vector<std::string> measurements;  // the columns, in order
  std::vector<std::string> groups{"Smoke", "Convergence", "Nightly"};
  std::filesystem::path token_file;  // where the submit-only token goes; empty: none is made
};

// Told what was done, one line each.
using CdashProgress = std::function<void(const std::string&)>;

// Compares the project with what is wanted and changes only what differs, so that it can be run
// again: nothing is ever deleted by age, CDash's own test timing is off (its times include the
// queue), mail on new failures only, submissions need a token. Servers from 5.0 on are asked by
// GraphQL, older ones by REST (GraphQL of 3.x makes projects without groups). Throws Error with the
// server's words.
void set_up_cdash(CdashClient& client, const CdashSetup& wanted, const CdashProgress& progress);

}  // namespace assay
