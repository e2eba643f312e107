// The history, filled from a CDash server, and sent to one.
#pragma once

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "cli/cdash_client.h"
#include "model/record.h"

namespace assay {

// What a server does not say of its tests by itself: submissions of Assay do, older ones need it
// said.
struct CdashImport {
  std::string project;
  TimePoint since{};
  std::string prefix;                       // of case names, before the product's
  std::map<std::string, std::string> keys;  // product name to key; others are "recipe/<name>"
  std::string launcher = "local";           // where a test names none
  std::string gpu_model;                    // where a test names none
  std::string branch;                       // where a test names none
  std::vector<std::string> metrics;  // asked one by one of servers whose list lacks them (REST)
};

// The tests of a GraphQL answer `{project: {builds: ...}}` as records. Values are read from strings
// as well as numbers; lists may be connections or plain. What is no number is no metric.
std::vector<Record> records_of_graphql(const nlohmann::json& data, const CdashImport& options);

// The rows of an answer of queryTests.php as records, whose metrics are the project's columns.
std::vector<Record> records_of_query_tests(const nlohmann::json& page, const CdashImport& options);

// Everything since `options.since`, oldest first: by GraphQL where it answers, else by
// queryTests.php, with testGraph.php for metrics that are no columns. Throws Error with the
// server's words.
std::vector<Record> records_from_cdash(CdashClient& client, const CdashImport& options);

struct CdashPush {
  std::string project;
  std::string group = "Nightly";
  std::string site;        // empty: each record's launcher
  std::string build_name;  // empty: "<launcher>-<GPU model>"
};

// Told of each build that was sent: its page.
using CdashPushed = std::function<void(const std::string&)>;

// Sends records as builds of the past, one per run, launcher and GPU model, each declared done;
// says how many. CDash adds tests to a build that is not done and replaces one that is, so that
// sending the same again changes nothing. Throws Error with the server's words for what it refuses.
std::size_t push_to_cdash(CdashClient& client, std::span<const Record> records,
                          const CdashPush& options, const CdashPushed& pushed);

}  // namespace assay
