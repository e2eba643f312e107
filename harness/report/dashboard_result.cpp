#include "report/dashboard_result.h"

#include <simdjson.h>

#include <limits>
#include <unordered_map>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "model/check.h"
#include "model/record.h"

namespace assay {

namespace {

namespace dom = simdjson::dom;

std::string_view text_of(const dom::element& element) {
  std::string_view text;
  return element.get(text) == simdjson::SUCCESS ? text : std::string_view{};
}

std::string_view text_of(const dom::object& object, std::string_view name) {
  dom::element element;
  return object[name].get(element) == simdjson::SUCCESS ? text_of(element) : std::string_view{};
}

bool truth_of(const dom::element& element) {
  bool value = false;
  return element.get(value) == simdjson::SUCCESS && value;
}

std::int64_t integer_of(const dom::element& element) {
  std::int64_t value = 0;
  return element.get(value) == simdjson::SUCCESS ? value : 0;
}

// What JSON has no number for is text in a record: "nan", "inf".
std::optional<double> number_of(const dom::element& element) {
  double number = 0;
  if (element.get(number) == simdjson::SUCCESS) return number;
  std::string_view text;
  if (element.get(text) == simdjson::SUCCESS) return parse_number(text);
  return std::nullopt;
}

std::optional<double> number_of(const dom::object& object, std::string_view name) {
  dom::element element;
  return object[name].get(element) == simdjson::SUCCESS ? number_of(element) : std::nullopt;
}

template <typename Visit>
void for_each_object(const dom::element& list, Visit visit) {
  dom::array items;
  if (list.get(items) != simdjson::SUCCESS) return;
  for (const auto item : items) {
    dom::object found;
    if (item.get(found) == simdjson::SUCCESS) visit(found);
  }
}

Goal goal_of(std::string_view text) {
  if (text == "maximize") return Goal::maximize;
  return text == "minimize" ? Goal::minimize : Goal::none;
}

char verdict_of(std::string_view verdict) {
  if (verdict == to_string(Verdict::passed)) return 'p';
  if (verdict == to_string(Verdict::skipped)) return 's';
  if (verdict == to_string(Verdict::errored)) return 'e';
  if (verdict == to_string(Verdict::failed)) return 'f';
  throw Error("record: unknown verdict '" + std::string(verdict) + "'");
}

void read_gpus(const dom::element& gpus, DashboardEnvironment& out) {
  bool is_first = true;
  for_each_object(gpus, [&](const dom::object& gpu) {
    if (!std::exchange(is_first, false)) return;
    out.gpu = text_of(gpu, "model");
    out.driver = text_of(gpu, "driver");
  });
}

// The last attempt decides.
void read_attempts(const dom::element& attempts, DashboardResult& out) {
  for_each_object(attempts, [&](const dom::object& attempt) {
    out.job_id = text_of(attempt, "job_id");
    if (const auto directory = text_of(attempt, "directory"); !directory.empty()) {
      out.directory = directory;
    }
    dom::element gpus;
    if (attempt["gpus"].get(gpus) == simdjson::SUCCESS) read_gpus(gpus, out.environment);
  });
}

void read_metrics(const dom::element& metrics, DashboardResult& out) {
  for_each_object(metrics, [&](const dom::object& metric) {
    out.values.push_back(
        {text_of(metric, "name"), text_of(metric, "unit"), goal_of(text_of(metric, "goal")),
         number_of(metric, "value").value_or(std::numeric_limits<double>::quiet_NaN())});
  });
}

void read_findings(const dom::element& findings, DashboardResult& out) {
  for_each_object(findings, [&](const dom::object& finding) {
    const auto metric = text_of(finding, "metric");
    if (metric.empty()) return;
    const DashboardResult::Band band{metric, number_of(finding, "minimum"),
                                     number_of(finding, "maximum")};
    if (band.minimum || band.maximum) out.bands.push_back(band);
  });
}

void read_git(const dom::element& element, DashboardResult& out) {
  dom::object git;
  if (element.get(git) != simdjson::SUCCESS) return;
  for (const auto& [name, value] : git) {
    if (name == "commit") out.commit = text_of(value);
    if (name == "branch") out.branch = text_of(value);
    if (name == "dirty") out.is_dirty = truth_of(value);
  }
}

// What is found on the way through a record's members, and is judged at its end.
struct Members {
  std::int64_t version = 0;
  std::string_view created;
  std::string_view verdict;
  std::string_view directory;
  std::string_view launcher_type;
  bool is_forgiven = false;  // allowed to fail, or in quarantine
};

using ReadMember = void (*)(const dom::element&, DashboardResult&, Members&);

const std::unordered_map<std::string_view, ReadMember>& readers_of_members() {
  using E = const dom::element&;
  using R = DashboardResult&;
  using M = Members&;
  static const std::unordered_map<std::string_view, ReadMember> readers{
      {"version", [](E e, R, M m) { m.version = integer_of(e); }},
      {"run_id", [](E e, R r, M) { r.run_id = text_of(e); }},
      {"key", [](E e, R r, M) { r.key = text_of(e); }},
      {"verdict", [](E e, R, M m) { m.verdict = text_of(e); }},
      {"summary", [](E e, R r, M) { r.summary = text_of(e); }},
      {"allowed_failure", [](E e, R, M m) { m.is_forgiven = m.is_forgiven || truth_of(e); }},
      {"quarantined", [](E e, R, M m) { m.is_forgiven = m.is_forgiven || truth_of(e); }},
      {"launcher", [](E e, R r, M) { r.launcher = text_of(e); }},
      {"launcher_type", [](E e, R, M m) { m.launcher_type = text_of(e); }},
      {"image", [](E e, R r, M) { r.environment.image = text_of(e); }},
      {"git", [](E e, R r, M) { read_git(e, r); }},
      {"pipeline_id", [](E e, R r, M) { r.pipeline_id = text_of(e); }},
      {"assay_version", [](E e, R r, M) { r.environment.assay = text_of(e); }},
      {"created", [](E e, R, M m) { m.created = text_of(e); }},
      {"queue_seconds", [](E e, R r, M) { r.queue_seconds = number_of(e).value_or(0); }},
      {"run_seconds", [](E e, R r, M) { r.run_seconds = number_of(e).value_or(0); }},
      {"attempts", [](E e, R r, M) { read_attempts(e, r); }},
      {"metrics", [](E e, R r, M) { read_metrics(e, r); }},
      {"findings", [](E e, R r, M) { read_findings(e, r); }},
      {"directory", [](E e, R, M m) { m.directory = text_of(e); }},
  };
  return readers;
}

void check(const DashboardResult& result, const Members& members) {
  if (members.version < 1) {
    throw Error("record: 'version' is missing: this is no record of assay");
  }
  if (members.version > Record::k_version) {
    throw Error("record: version " + std::to_string(members.version) +
                " was written by a newer assay; this one reads up to version " +
                std::to_string(Record::k_version));
  }
  if (result.run_id.empty()) throw Error("record: 'run_id' is missing");
  if (result.key.empty()) throw Error("record: 'key' is missing");
}

}  // namespace

struct DashboardReader::Parser {
  dom::parser parser;
  DashboardResult result;
};

DashboardReader::DashboardReader() : parser_(std::make_unique<Parser>()) {}
DashboardReader::~DashboardReader() = default;
DashboardReader::DashboardReader(DashboardReader&&) noexcept = default;
DashboardReader& DashboardReader::operator=(DashboardReader&&) noexcept = default;

const DashboardResult& DashboardReader::read(std::string_view json) {
  dom::object record;
  if (const auto error = parser_->parser.parse(json.data(), json.size()).get(record)) {
    throw Error(std::string("record: not a JSON object: ") + simdjson::error_message(error));
  }
  // The lists' memory is used again.
  auto& out = parser_->result;
  auto values = std::move(out.values);
  auto bands = std::move(out.bands);
  values.clear();
  bands.clear();
  out = {};
  out.values = std::move(values);
  out.bands = std::move(bands);

  Members members;
  const auto& readers = readers_of_members();
  for (const auto& [name, value] : record) {
    if (const auto found = readers.find(name); found != readers.end()) {
      found->second(value, out, members);
    }
  }
  check(out, members);
  const auto created = from_iso8601(members.created);
  if (!created) throw Error("record: 'created' is missing");
  out.created = *created;
  out.verdict = verdict_of(members.verdict);
  if (out.verdict == 'f' && members.is_forgiven) out.verdict = 'a';
  if (out.directory.empty()) out.directory = members.directory;
  out.environment.launcher = out.launcher;
  if (!members.launcher_type.empty() && members.launcher_type != out.launcher) {
    out.environment.launcher += " (" + std::string(members.launcher_type) + ")";
  }
  return out;
}

}  // namespace assay
