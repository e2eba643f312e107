// What a launcher is handed.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "model/value.h"

namespace assay {

struct Mount {
  std::string inside;   // path in the job
  std::string outside;  // path on the launcher's file system
};

struct Workload {
  std::string key;
  std::string name;                 // the case's name: key without its type
  std::string token;                // unique per submission; part of the job's name
  std::filesystem::path directory;  // the attempt's, absolute, already made
  std::string script;               // the bytes of directory/script.sh, run by every task
  std::string script_setup;         // run once per node before it; may be empty
  std::string shell = "bash";
  std::vector<std::pair<std::string, std::string>> environment;
  int nodes = 1;
  int gpus_per_node = 0;               // 0: the job sees no GPU
  std::chrono::seconds time_limit{0};  // of run time; 0 = none
  std::vector<Mount> mounts;
  std::string image;                        // empty: no container
  Value settings;                           // the merged `launchers` settings of the recipe (a map)
  std::vector<std::string> excluded_nodes;  // that earlier attempts failed on
  std::filesystem::path lease;  // the file whose age its script checks (launch/lease.h); or empty
  std::string product_digest;  // Record::product_digest, where equal ones mean an unchanged product
};

}  // namespace assay
