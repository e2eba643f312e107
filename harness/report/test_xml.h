// CTest's Test.xml, made from records: for a run whose ctest died before it wrote its own.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "model/record.h"

namespace assay {

struct TestXmlOptions {
  std::string site;               // the machine's name on the dashboard
  std::string build_name;         // stable over time
  std::string group = "Nightly";  // the dashboard's group: the build stamp's third part
  std::string stamp{};            // the whole stamp; empty: of the first record's time
  std::vector<std::string>
      missing{};  // cases that were selected and left no record: each is failed
};

// The file's whole text, as CDash's schema Test.xsd wants it.
std::string test_xml(std::span<const Record> records, const TestXmlOptions& options);

}  // namespace assay
