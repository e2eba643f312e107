// A record made readable: CTest's measurement tags, and console text.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "model/record.h"

namespace assay {

// A file that CTest puts into Test.xml. It is read when the whole ctest run ends, so it must stay.
struct Attachment {
  std::string name;
  std::string type;  // "image/png" is shown inline; "file" is a download
  std::filesystem::path file;
};

// The lines that CTest takes out of a test's output and puts into Test.xml: measurements, labels,
// details, files. Values are escaped here; names are unique and stable over time; what is no finite
// number becomes text; a file is named only when it exists and is not empty.
std::string ctest_tags(const Record& record, std::span<const Attachment> attachments = {});

// What a failed or errored case attaches: its record, where record.json is written already, and
// each log; of a long log its tail, written beside it as `<stem>.tail.log`. Nothing for other
// verdicts. Throws Error where a tail cannot be written.
std::vector<Attachment> failure_attachments(const Record& record);

// What a person reads below a case: what was run where, every finding, every metric, and for a
// failed case what failed, the likely cause, the logs' last lines and how to run it again. At most
// a screen of lines; never anything that CTest would take for a tag.
std::string console_report(const Record& record, bool colour);

// Text for an XML attribute or element: escaped, and characters that XML 1.0 has no form for
// replaced. Line ends and tabs are written as references, so that one tag stays one line.
std::string xml_escape(std::string_view text);

// Text that CTest finds no tag or switch of its own in.
std::string without_ctest_tags(std::string_view text);

}  // namespace assay
