// A record made readable: CTest's measurement tags, and console text.
#pragma once

#include <iosfwd>
#include <string>

#include "model/record.h"

namespace assay {

// The lines that CTest takes out of a test's output and puts into Test.xml: measurements, labels,
// details, files. Values are escaped here; names are unique and stable over time; what is no finite
// number becomes text; a file is named only when it exists and is not empty.
std::string ctest_tags(const Record& record);

// What a person reads below a case: what was run where, every finding, every metric, and for a
// failed case what failed, the likely cause, the logs' last lines and how to run it again. At most
// a screen of lines.
std::string console_report(const Record& record, bool colour);

// Text for an XML attribute or element.
std::string xml_escape(std::string_view text);

}  // namespace assay
