// Records for tests: one with every member set, and one of a plain passed case.
#pragma once

#include "model/record.h"

namespace assay::test {

inline TimePoint at(const char* text) { return *from_iso8601(text); }

inline Value scalar(Value::Kind kind, std::string text) {
  Value value;
  value.kind = kind;
  value.text = std::move(text);
  return value;
}

// A plain case that passed on the local launcher.
inline Record passed_record() {
  Record record;
  record.run_id = "run-1";
  record.key = "recipe/digits_train_fp32";
  record.name = "digits_train_fp32";
  record.recipe_file = "recipes/digits.yaml";
  record.recipe_line = 3;
  record.parameters = {{"model", Value::of_string("digits")}, {"gpus", Value::of_integer(0)}};
  record.labels = {{"model", "digits"}};
  record.launcher = "local";
  record.launcher_type = "local";
  record.git_commit = "4a055dc8a9e3f1b2c4d5e6f708192a3b4c5d6e7f";
  record.git_branch = "main";
  record.created = at("2026-11-21T06:27:13.042Z");
  record.submitted = at("2026-11-21T06:27:13.100Z");
  record.started = at("2026-11-21T06:27:13.150Z");
  record.ended = at("2026-11-21T06:27:16.350Z");
  record.queue_seconds = 0.05;
  record.run_seconds = 3.2;
  Attempt attempt;
  attempt.job_id = "4711";
  attempt.token = "a1b2c3";
  attempt.directory = "/work/assay/run-1/digits_train_fp32/1";
  attempt.nodes = {"node01"};
  attempt.started = record.started;
  attempt.end = {EndKind::exited, 0, 0, ""};
  record.attempts = {attempt};
  record.metrics.push_back(
      {"val_loss", 2.51, "", Goal::minimize, false, "dllogger", "logs/dllogger.json", 100, 10});
  Finding exit;
  exit.check = "exit_code";
  exit.expected = "0";
  exit.actual = "0";
  exit.reason = "exit code 0";
  Finding loss;
  loss.check = "val_loss.range";
  loss.metric = "val_loss";
  loss.expected = "[2.48, 2.5906]";
  loss.actual = "2.51";
  loss.reason = "val_loss 2.51 within [2.48, 2.5906]";
  loss.actual_value = 2.51;
  loss.minimum = 2.48;
  loss.maximum = 2.5906;
  loss.distance = 0.03;
  record.findings = {exit, loss};
  record.verdict = Verdict::passed;
  record.summary = "2 checks passed";
  record.directory = "/work/assay/run-1/digits_train_fp32";
  return record;
}

// Every member set, among them what JSON spells differently.
inline Record full_record() {
  using Kind = Value::Kind;
  Record record = passed_record();
  record.recipe_digest = std::string(64, 'a');
  record.script_digest = std::string(64, 'b');
  record.product_digest = std::string(64, 'c');
  Value list;
  list.kind = Kind::list;
  list.items = {Value::of_integer(1), scalar(Kind::real, "1e-3"), Value{}};
  Value map;
  map.kind = Kind::map;
  map.entries = {{"a/b~c", scalar(Kind::boolean, "True")}};
  record.parameters = {{"model", Value::of_string("esm2 \"tiny\"")},
                       {"lr", scalar(Kind::real, "1e-3")},
                       {"mask", scalar(Kind::integer, "0x10")},
                       {"huge", scalar(Kind::integer, "123456789012345678901234567890")},
                       {"limit", scalar(Kind::real, ".inf")},
                       {"half", scalar(Kind::real, "0.5")},
                       {"fast", scalar(Kind::boolean, "true")},
                       {"digits", Value::of_string("12")},
                       {"none", Value{}},
                       {"list", list},
                       {"map", map}};
  record.labels = {{"model", "esm2"}, {"scope", "merge"}, {"scope", "nightly"}};
  record.maintainers = {"Ada <ada@example.com>"};
  record.launcher = "dgxa100";
  record.launcher_type = "slurm";
  record.image = "registry.example.com/esm2:24.01";
  record.git_dirty = true;
  record.pipeline_id = "123";
  record.user = "ada";
  record.host = "login01";
  record.assay_version = "0.1.0";
  record.attempts.insert(record.attempts.begin(), record.attempts.front());
  Attempt& first = record.attempts.front();
  first.repeat = 2;
  first.gpus = {{"GPU-1234", "NVIDIA H200", "550.54.15"}};
  first.submitted = record.submitted;
  first.ended = record.ended;
  first.cpu_seconds = 5.75;
  first.peak_memory_bytes = 1LL << 33;
  first.end = {EndKind::signaled, -1, 11, "core dumped"};
  first.class_ = "infra";
  first.class_reason = "node failed";
  record.attempts.back().number = 2;
  record.metrics.push_back({"grad_norm", std::numeric_limits<double>::quiet_NaN(), "1", Goal::none,
                            true, "tensorboard", "logs/events.out", 7, 3});
  record.findings.back().status = Finding::Status::regressed;
  record.findings.back().distance = -std::numeric_limits<double>::infinity();
  record.warnings = {"logs/x.json:12: not JSON"};
  record.verdict = Verdict::failed;
  record.allowed_failure = true;
  record.quarantined = true;
  record.quarantine = "quarantined until 2027-01-31 (owner ann)";
  record.cause = {"stderr.log:3: ValueError: bad shape"};
  record.logs = {"/work/assay/run-1/digits_train_fp32/2/stdout.log"};
  return record;
}

}  // namespace assay::test
