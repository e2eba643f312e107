// The broker's log: what it did and why, for people.
#pragma once

#include <filesystem>
#include <string>

namespace assay {

class BrokerLog {
 public:
  // Appends to the file; a large one becomes FILE.old first.
  explicit BrokerLog(std::filesystem::path file);

  // One line with the time before it. A log that cannot be written stops
  // nothing.
  void line(const std::string& text);

 private:
  std::filesystem::path file_;
};

}  // namespace assay
