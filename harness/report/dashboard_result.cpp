#include "report/dashboard_result.h"

#include <simdjson.h>

#include <limits>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "model/check.h"
#include "model/record.h"

namespace assay {

namespace {

namespace dom = simdjson::dom;

std::string_view text_of(const dom::object& object, std::string_view name) {
  std::string_view text;
  return object[name].get(text) == simdjson::SUCCESS ? text : std::string_view{};
}

bool truth_of(const dom::object& object, std::string_view name) {
  bool value = false;
  return object[name].get(value) == simdjson::SUCCESS && value;
}

// What JSON has no number for is text in a record: "nan", "inf".
std::optional<double> number_of(const dom::object& object, std::string_view name) {
  dom::element element;
  if (object[name].get(element) != simdjson::SUCCESS) return std::nullopt;
  double number = 0;
  if (element.get(number) == simdjson::SUCCESS) return number;
  std::string_view text;
  if (element.get(text) == simdjson::SUCCESS) return parse_number(text);
  return std::nullopt;
}

template <typename Visit>
void for_each_object(const dom::object& object, std::string_view name, Visit visit) {
  dom::array items;
  if (object[name].get(items) != simdjson::SUCCESS) return;
  for (const auto item : items) {
    dom::object found;
    if (item.get(found) == simdjson::SUCCESS) visit(found);
  }
}

Goal goal_of(std::string_view text) {
  if (text == "maximize") return Goal::maximize;
  return text == "minimize" ? Goal::minimize : Goal::none;
}

char verdict_of(const dom::object& record) {
  const auto verdict = text_of(record, "verdict");
  if (verdict == to_string(Verdict::passed)) return 'p';
  if (verdict == to_string(Verdict::skipped)) return 's';
  if (verdict == to_string(Verdict::errored)) return 'e';
  if (verdict != to_string(Verdict::failed)) {
    throw Error("record: unknown verdict '" + std::string(verdict) + "'");
  }
  return truth_of(record, "allowed_failure") || truth_of(record, "quarantined") ? 'a' : 'f';
}

void check_version(const dom::object& record) {
  std::int64_t version = 0;
  if (record["version"].get(version) != simdjson::SUCCESS || version < 1) {
    throw Error("record: 'version' is missing: this is no record of assay");
  }
  if (version > Record::k_version) {
    throw Error("record: version " + std::to_string(version) +
                " was written by a newer assay; this one reads up to version " +
                std::to_string(Record::k_version));
  }
}

void read_attempts(const dom::object& record, DashboardResult& out) {
  for_each_object(record, "attempts", [&](const dom::object& attempt) {
    out.job_id = text_of(attempt, "job_id");
    if (const auto directory = text_of(attempt, "directory"); !directory.empty()) {
      out.directory = directory;
    }
    bool is_first = true;
    for_each_object(attempt, "gpus", [&](const dom::object& gpu) {
      if (!std::exchange(is_first, false)) return;
      out.environment.gpu = text_of(gpu, "model");
      out.environment.driver = text_of(gpu, "driver");
    });
  });
}

void read_environment(const dom::object& record, DashboardEnvironment& out) {
  out.image = text_of(record, "image");
  out.assay = text_of(record, "assay_version");
  out.launcher = text_of(record, "launcher");
  const auto type = text_of(record, "launcher_type");
  if (!type.empty() && type != out.launcher) out.launcher += " (" + std::string(type) + ")";
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
  check_version(record);
  auto values = std::move(parser_->result.values);
  auto bands = std::move(parser_->result.bands);
  values.clear();
  bands.clear();
  auto& out = parser_->result;
  out = {};
  out.values = std::move(values);
  out.bands = std::move(bands);

  out.run_id = text_of(record, "run_id");
  out.key = text_of(record, "key");
  if (out.run_id.empty()) throw Error("record: 'run_id' is missing");
  if (out.key.empty()) throw Error("record: 'key' is missing");
  const auto created = from_iso8601(text_of(record, "created"));
  if (!created) throw Error("record: 'created' is missing");
  out.created = *created;
  out.launcher = text_of(record, "launcher");
  if (dom::object git; record["git"].get(git) == simdjson::SUCCESS) {
    out.branch = text_of(git, "branch");
    out.commit = text_of(git, "commit");
    out.is_dirty = truth_of(git, "dirty");
  }
  out.pipeline_id = text_of(record, "pipeline_id");
  out.verdict = verdict_of(record);
  out.summary = text_of(record, "summary");
  out.queue_seconds = number_of(record, "queue_seconds").value_or(0);
  out.run_seconds = number_of(record, "run_seconds").value_or(0);
  out.directory = text_of(record, "directory");
  read_attempts(record, out);
  read_environment(record, out.environment);
  for_each_object(record, "metrics", [&](const dom::object& metric) {
    out.values.push_back(
        {text_of(metric, "name"), text_of(metric, "unit"), goal_of(text_of(metric, "goal")),
         number_of(metric, "value").value_or(std::numeric_limits<double>::quiet_NaN())});
  });
  for_each_object(record, "findings", [&](const dom::object& finding) {
    const DashboardResult::Band band{text_of(finding, "metric"), number_of(finding, "minimum"),
                                     number_of(finding, "maximum")};
    if (!band.metric.empty() && (band.minimum || band.maximum)) out.bands.push_back(band);
  });
  return out;
}

}  // namespace assay
