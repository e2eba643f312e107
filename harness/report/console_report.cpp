// The text below a case: short when it passed, at most a screen when it did not.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "base/files.h"
#include "base/names.h"
#include "base/text.h"
#include "report/report.h"

namespace assay {

namespace {

constexpr std::size_t k_screen_lines = 50;
constexpr std::size_t k_screen_columns = 100;
constexpr std::size_t k_most_items = 6;  // of findings, metrics, causes, ...
constexpr std::size_t k_log_tail_bytes = std::size_t{16} << 10U;
constexpr std::size_t k_most_log_lines = 12;

// One printable line of at most `columns` characters: escape sequences of terminals and control
// bytes are taken out, and nothing of it is a tag of CTest's.
std::string one_line(std::string_view text, std::size_t columns = k_screen_columns) {
  const std::string valid = without_ctest_tags(valid_utf8(text));
  std::string out;
  std::size_t count = 0;
  for (std::size_t i = 0; i < valid.size(); ++i) {
    const auto byte = static_cast<unsigned char>(valid[i]);
    if (byte == 0x1B && i + 1 < valid.size() && valid[i + 1] == '[') {
      i = std::min(valid.find_first_of("ABCDEFGHJKSTfmnsulh", i + 2), valid.size());
      continue;
    }
    const bool starts_character = (byte & 0xC0U) != 0x80U;
    if (starts_character && ++count > columns) {
      // Take back the last character for the mark that something is missing.
      while (!out.empty() && (static_cast<unsigned char>(out.back()) & 0xC0U) == 0x80U) {
        out.pop_back();
      }
      if (!out.empty()) out.pop_back();
      return out + "…";
    }
    out += byte < 0x20U || byte == 0x7FU ? ' ' : static_cast<char>(byte);
  }
  while (out.ends_with(' ')) out.pop_back();
  return out;
}

class Page {
 public:
  explicit Page(bool colour) : colour_(colour) {}

  void line(std::string_view text) { lines_.push_back(one_line(text)); }
  // Never cut: what a person copies.
  void whole_line(std::string_view text) { lines_.push_back(one_line(text, 1'000'000)); }
  void title(std::string_view text) { lines_.push_back(styled("1", text)); }
  void headline(Verdict verdict, std::string_view mark, std::string_view rest) {
    const char* style = verdict == Verdict::passed   ? "1;32"
                        : verdict == Verdict::failed ? "1;31"
                                                     : "1;33";
    const auto room = k_screen_columns - std::min(k_screen_columns, mark.size() + 1);
    lines_.push_back(styled(style, mark) + " " + one_line(rest, room));
  }

  std::size_t room() const { return k_screen_lines - std::min(k_screen_lines, lines_.size()); }
  std::string text() const { return join(lines_, "\n") + "\n"; }

  // Puts another page's lines at the end of this one.
  void append(const Page& other) {
    lines_.insert(lines_.end(), other.lines_.begin(), other.lines_.end());
  }
  std::size_t size() const { return lines_.size(); }

 private:
  std::string styled(std::string_view style, std::string_view text) const {
    if (!colour_) return std::string(text);
    return fmt::format("\x1b[{}m{}\x1b[0m", style, text);
  }

  bool colour_;
  std::vector<std::string> lines_;
};

std::string seconds_text(double seconds) {
  return format_duration(std::chrono::milliseconds(static_cast<long long>(seconds * 1000)));
}

std::string number_text(double value) {
  return value == 0 || !std::isfinite(value) ? format_number(value) : fmt::format("{:.6g}", value);
}

const Attempt* deciding_attempt(const Record& record) {
  return record.attempts.empty() ? nullptr : &record.attempts.back();
}

void add_headline(Page& page, const Record& record) {
  auto mark = to_upper(to_string(record.verdict));
  if (record.verdict == Verdict::failed && record.quarantined) mark += " (quarantined)";
  if (record.verdict == Verdict::failed && record.allowed_failure) mark += " (allowed)";
  const auto summary = record.summary.empty() ? std::string{} : ": " + record.summary;
  page.headline(record.verdict, mark, record.name + summary);
}

// "  slurm dgxa100, job 4711 on node01 node02, NVIDIA H200; queued 3.0 s, ran 3.2 s"
void add_where(Page& page, const Record& record) {
  std::string text = "  " + record.launcher;
  if (record.launcher_type != record.launcher) text += " (" + record.launcher_type + ")";
  if (const auto* attempt = deciding_attempt(record)) {
    if (!attempt->job_id.empty()) text += ", job " + attempt->job_id;
    if (!attempt->nodes.empty()) text += " on " + join(attempt->nodes, " ");
  }
  if (!record.gpu_model().empty()) text += ", " + record.gpu_model();
  if (record.started) {
    text += "; queued " + seconds_text(record.queue_seconds) + ", ran " +
            seconds_text(record.run_seconds);
  }
  page.line(text);
}

const Finding* finding_of(const Record& record, const std::string& metric) {
  const auto found = std::find_if(record.findings.begin(), record.findings.end(),
                                  [&](const Finding& finding) { return finding.metric == metric; });
  return found == record.findings.end() ? nullptr : &*found;
}

void add_more(Page& page, std::size_t total, std::size_t shown, std::string_view what) {
  if (total > shown) page.line(fmt::format("    and {} more {}", total - shown, what));
}

void add_metrics(Page& page, const Record& record) {
  const auto shown = std::min(record.metrics.size(), k_most_items);
  std::size_t width = 0;
  for (std::size_t i = 0; i < shown; ++i) {
    width = std::max(width, std::min<std::size_t>(record.metrics[i].name.size(), 40));
  }
  for (std::size_t i = 0; i < shown; ++i) {
    const auto& metric = record.metrics[i];
    const auto* finding = finding_of(record, metric.name);
    const auto value = number_text(metric.value) + (metric.unit.empty() ? "" : " " + metric.unit);
    const auto bound = finding == nullptr || finding->expected.empty()
                           ? std::string{}
                           : "  expected " + finding->expected;
    page.line(fmt::format("  {:<{}}  {}{}", metric.name, width, value, bound));
  }
  add_more(page, record.metrics.size(), shown, "metrics");
}

bool is_bad(const Finding& finding) {
  return finding.status == Finding::Status::failed || finding.status == Finding::Status::missing ||
         finding.status == Finding::Status::regressed;
}

std::string finding_line(const Finding& finding) {
  std::string text = "  " + finding.check + ": expected " + finding.expected + ", actual " +
                     (finding.actual.empty() ? "none" : finding.actual);
  if (finding.distance) text += ", distance " + number_text(*finding.distance);
  return text;
}

// What the job did log, for a person who looks for what it did not.
void add_logged_names(Page& page, const Record& record) {
  if (record.metrics.empty()) return page.line("  the job logged no metric at all");
  std::vector<std::string> names;
  for (std::size_t i = 0; i < std::min(record.metrics.size(), k_most_items); ++i) {
    names.push_back(record.metrics[i].name);
  }
  page.line(fmt::format("  the job logged {} metric{}: {}{}", record.metrics.size(),
                        record.metrics.size() == 1 ? "" : "s", join(names, ", "),
                        record.metrics.size() > names.size() ? ", …" : ""));
}

void add_failures(Page& page, const Record& record) {
  std::vector<const Finding*> bad;
  std::size_t good = 0;
  for (const auto& finding : record.findings) {
    if (is_bad(finding)) {
      bad.push_back(&finding);
    } else {
      ++good;
    }
  }
  page.title("What failed");
  const auto shown = std::min(bad.size(), k_most_items);
  for (std::size_t i = 0; i < shown; ++i) {
    page.line(finding_line(*bad[i]));
    if (i < 3 && bad[i]->reason != record.summary) page.line("    " + bad[i]->reason);
  }
  add_more(page, bad.size(), shown, "failed checks");
  if (bad.empty()) page.line("  " + record.summary);
  if (good > 0) page.line(fmt::format("  {} other check{} passed", good, good == 1 ? "" : "s"));
  const auto is_missing = [](const Finding* finding) {
    return finding->status == Finding::Status::missing;
  };
  if (std::any_of(bad.begin(), bad.end(), is_missing)) add_logged_names(page, record);
}

void add_attempts(Page& page, const Record& record) {
  if (record.attempts.size() < 2) return;
  page.title("Attempts");
  const auto shown = std::min<std::size_t>(record.attempts.size(), 5);
  add_more(page, record.attempts.size(), shown, "before these");
  for (auto i = record.attempts.size() - shown; i < record.attempts.size(); ++i) {
    const auto& attempt = record.attempts[i];
    auto text =
        fmt::format("  {}: job {}, {}", attempt.number, attempt.job_id, describe(attempt.end));
    if (!attempt.class_.empty()) text += " [" + attempt.class_ + "] " + attempt.class_reason;
    page.line(text);
  }
}

void add_list(Page& page, std::string_view title, std::span<const std::string> items,
              std::size_t most) {
  if (items.empty()) return;
  page.title(title);
  const auto shown = std::min(items.size(), most);
  for (const auto& item : items.first(shown)) page.line("  " + item);
  add_more(page, items.size(), shown, "lines");
}

// What a launcher was handed: job.sh runs by itself, with the environment of the job in it; of
// other files (job.sbatch, job.yaml) their name must do.
std::vector<std::string> job_files(const std::filesystem::path& directory) {
  std::vector<std::string> files;
  std::error_code code;
  for (const auto& entry : std::filesystem::directory_iterator(directory, code)) {
    const auto name = entry.path().filename().string();
    if (name.starts_with("job.") && entry.is_regular_file(code)) files.push_back(name);
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string environment_of(const Record& record) {
  std::vector<std::string> variables{"ASSAY_KEY=" + shell_quote(record.key)};
  for (const auto& [name, value] : record.parameters) {
    variables.push_back(variable_name("ASSAY_PARAM_", name) + "=" + shell_quote(value.rendered()));
  }
  return join(variables, " ");
}

// How to see more and how to run exactly this again.
Page closing(const Record& record, bool colour) {
  Page page(colour);
  if (!record.maintainers.empty()) {
    page.line("Ask: " + join(record.maintainers, ", "));
  }
  page.title("See more");
  page.whole_line("  assay logs " + shell_quote(record.key) + " --run " +
                  shell_quote(record.run_id));
  const auto* attempt = deciding_attempt(record);
  const auto& directory = attempt != nullptr ? attempt->directory : record.directory;
  if (!directory.empty()) page.whole_line("  " + directory);
  page.title("Run it again");
  page.whole_line("  assay run " + shell_quote(record.recipe_file) + " --product " +
                  shell_quote(record.key) + " --launcher " + shell_quote(record.launcher));
  if (!directory.empty()) {
    page.line("  or by hand, what ran byte for byte:");
    page.whole_line("  script       " + directory + "/script.sh");
  }
  if (!record.image.empty()) page.whole_line("  image        " + record.image);
  const auto files = directory.empty() ? std::vector<std::string>{} : job_files(directory);
  const bool has_script = std::find(files.begin(), files.end(), "job.sh") != files.end();
  if (has_script) {
    page.whole_line("  command      sh " + shell_quote(directory + "/job.sh"));
  } else {
    for (const auto& file : files) page.whole_line("  submitted    " + directory + "/" + file);
    page.line("  environment  " + environment_of(record));
  }
  if (!record.git_commit.empty()) {
    page.line("  commit       " + record.git_commit + (record.git_dirty ? " with changes" : ""));
  }
  return page;
}

std::vector<std::string> last_lines(const std::filesystem::path& log, std::size_t count) {
  auto lines = split(read_tail(log, k_log_tail_bytes), '\n');
  std::erase_if(lines, [](const std::string& line) { return trim(line).empty(); });
  if (lines.size() > count) lines.erase(lines.begin(), lines.end() - static_cast<long>(count));
  return lines;
}

// The logs' last lines in what room is left: an empty log costs its name's line only.
void add_logs(Page& page, const Record& record, std::size_t room) {
  std::size_t left = record.logs.size();
  for (const std::filesystem::path log : record.logs) {
    const auto share = std::min(room / left--, k_most_log_lines + 1);
    if (share < 2) return;
    const auto lines = last_lines(log, share - 1);
    page.title("Last lines of " + log.filename().string() + (lines.empty() ? ": empty" : ""));
    for (const auto& line : lines) page.line("  " + line);
    room -= lines.size() + 1;
  }
}

void add_flakiness(Page& page, const Record& record) {
  if (record.attempts.size() < 2) return;
  const auto retried =
      std::find_if(record.attempts.begin(), record.attempts.end(), [](const Attempt& attempt) {
        return attempt.class_ == "infra" || attempt.class_ == "flaky";
      });
  if (retried == record.attempts.end()) return;
  page.line(fmt::format("  flaky: attempt {} ended with '{}' [{}]", retried->number,
                        describe(retried->end), retried->class_));
}

}  // namespace

std::string console_report(const Record& record, bool colour) {
  Page page(colour);
  add_headline(page, record);
  if (record.verdict == Verdict::skipped) return page.text();
  add_where(page, record);
  if (!record.quarantine.empty()) page.line("  " + record.quarantine);
  if (record.verdict == Verdict::passed) {
    add_flakiness(page, record);
    add_metrics(page, record);
    add_list(page, "Warnings", record.warnings, 3);
    return page.text();
  }
  add_failures(page, record);
  add_list(page, "Likely cause", record.cause, k_most_items);
  add_attempts(page, record);
  add_list(page, "Warnings", record.warnings, 3);
  const Page last = closing(record, colour);
  const auto room = page.room();
  if (room > last.size()) add_logs(page, record, room - last.size());
  page.append(last);
  return page.text();
}

}  // namespace assay
