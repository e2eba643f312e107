// A case's curves as pictures in files.
#include <fmt/format.h>

#include "base/files.h"
#include "report/curve.h"

namespace assay {

std::vector<Attachment> write_curves(const Record& record, std::span<const Series> series,
                                     bool all) {
  const auto chosen = choose_curves(series, record.findings, record.verdict, all);
  if (chosen.empty() || record.attempts.empty()) return {};
  const std::filesystem::path directory = record.attempts.back().directory;
  std::vector<Attachment> out;
  for (const auto index : chosen) {
    const Series& one = series[index];
    const auto file = directory / fmt::format("curve-{}.png", out.size() + 1);
    const auto subtitle = record.name + ", run " + record.run_id;
    write_file_atomically(file, draw_curve(one, record.findings, {"", subtitle}));
    out.push_back({"curve " + one.name, "image/png", file});
  }
  return out;
}

}  // namespace assay
