// What a record measures and how its end is labelled: the same for tags and for Test.xml.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "model/record.h"

namespace assay::detail {

struct Measurement {
  std::string type;   // "numeric/double" or "text/string"
  std::string name;   // unique within a record
  std::string value;  // not escaped
};

// CDash draws two points at one place for a name that comes twice, and CTest merges equal tags.
class UniqueNames {
 public:
  UniqueNames();  // holds the names that CTest itself gives
  std::string unique(const std::string& name);

 private:
  std::set<std::string, std::less<>> names_;
};

std::vector<Measurement> measurements_of(const Record& record);

// "failed", "infra", "regression", "improvement", "allowed-failure", "quarantined", "flaky".
std::vector<std::string> verdict_labels(const Record& record);

}  // namespace assay::detail
