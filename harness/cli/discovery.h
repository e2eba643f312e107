// What `ctest` finds when it starts: cases for recipes, as files that CTest reads. Only what
// changed since the last time is read again.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cli/options.h"

namespace assay {

struct DiscoveryRequest {
  std::filesystem::path directory;             // of the CTest files, absolute; a test directory per
                                               // recipe file is made below it
  std::vector<std::filesystem::path> recipes;  // files and directories, absolute
  SiteOptions site;
  std::string filter;               // an expression; empty: everything
  std::string load_filter;          // the caller's of the moment, which holds as well
  std::string prefix;               // before each case's name
  std::vector<std::string> labels;  // added to each case
  std::filesystem::path build_dir;  // where work and history go, where nobody says otherwise
  // Directories in which ctest may have been started: when the cases differ from those of the last
  // call, CTest's memories that go by a case's number are removed there.
  std::vector<std::filesystem::path> ctest_directories;
  std::vector<std::filesystem::path> earlier;  // directories of earlier calls in the project, whose
                                               // cases have their names first
  std::filesystem::path tool;                  // the executable that runs the cases
  std::string only;  // a recipe's test directory: its cases alone; empty: all
};

struct Discovery {
  std::filesystem::path list;        // the file that ctest is to include
  std::size_t read_files = 0;        // how many recipe files were read in this call
  std::vector<std::string> notices;  // of the recipes that were read
};

// Brings the files up to date. What is wrong with recipes, filters or the site file becomes a red
// case in the list. Throws Error when the files cannot be written.
Discovery discover(const DiscoveryRequest& request);

}  // namespace assay
