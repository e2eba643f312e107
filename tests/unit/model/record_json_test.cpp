#include <gmock/gmock.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <regex>

#include "../test_data.h"
#include "base/files.h"
#include "model/record.h"
#include "sample_record.h"

namespace assay {
namespace {

using nlohmann::json;
using testing::HasSubstr;

json schema() {
  const auto repository = test::test_data().parent_path().parent_path();
  return json::parse(read_file(repository / "harness/model/record.schema.json"));
}

bool is_type(const json& value, const std::string& type) {
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_boolean();
  if (type == "integer") return value.is_number_integer();
  if (type == "number") return value.is_number();
  ADD_FAILURE() << "the schema uses the type " << type;
  return false;
}

// The part of JSON Schema that the record's schema uses; each thing wrong is one line.
void validate(const json& value, const json& rule, const json& root, const std::string& path,
              std::vector<std::string>& wrong) {
  if (rule.is_boolean()) {
    if (!rule.get<bool>()) wrong.push_back(path + ": not in the schema");
    return;
  }
  if (rule.contains("$ref")) {
    const auto pointer = rule["$ref"].get<std::string>().substr(1);
    return validate(value, root.at(json::json_pointer(pointer)), root, path, wrong);
  }
  if (rule.contains("const") && value != rule["const"]) wrong.push_back(path + ": not the const");
  if (rule.contains("enum") && std::count(rule["enum"].begin(), rule["enum"].end(), value) == 0) {
    wrong.push_back(path + ": not in the enum");
  }
  if (rule.contains("type")) {
    const json types = rule["type"].is_array() ? rule["type"] : json::array({rule["type"]});
    const auto fits = [&](const json& type) { return is_type(value, type.get<std::string>()); };
    if (std::none_of(types.begin(), types.end(), fits)) wrong.push_back(path + ": wrong type");
  }
  if (rule.contains("pattern") && value.is_string() &&
      !std::regex_search(value.get<std::string>(),
                         std::regex(rule["pattern"].get<std::string>()))) {
    wrong.push_back(path + ": wrong text");
  }
  if (value.is_array() && rule.contains("items")) {
    for (const auto& item : value) validate(item, rule["items"], root, path + "[]", wrong);
  }
  if (!value.is_object()) return;
  for (const auto& name : rule.value("required", json::array())) {
    if (!value.contains(name)) wrong.push_back(path + ": lacks " + name.get<std::string>());
  }
  const auto known = rule.value("properties", json::object());
  const auto others = rule.value("additionalProperties", json(true));
  for (const auto& [name, member] : value.items()) {
    validate(member, known.contains(name) ? known[name] : others, root, path + "." + name, wrong);
  }
}

std::vector<std::string> violations(const std::string& text) {
  std::vector<std::string> wrong;
  const json root = schema();
  validate(json::parse(text), root, root, "record", wrong);
  return wrong;
}

// Every `properties` of the schema that the value never has.
void find_unused(const json& value, const json& rule, const json& root, const std::string& path,
                 std::set<std::string>& seen, std::set<std::string>& declared) {
  if (rule.is_boolean()) return;
  if (rule.contains("$ref")) {
    const auto pointer = rule["$ref"].get<std::string>().substr(1);
    return find_unused(value, root.at(json::json_pointer(pointer)), root, path, seen, declared);
  }
  if (value.is_array() && rule.contains("items")) {
    for (const auto& item : value) {
      find_unused(item, rule["items"], root, path + "[]", seen, declared);
    }
  }
  const auto properties = rule.value("properties", json::object());
  for (const auto& [name, member] : properties.items()) {
    declared.insert(path + "." + name);
    if (!value.contains(name)) continue;
    seen.insert(path + "." + name);
    find_unused(value[name], member, root, path + "." + name, seen, declared);
  }
}

TEST(RecordJson, WhatIsWrittenFitsTheSchema) {
  EXPECT_THAT(violations(to_json(test::full_record())), testing::IsEmpty());
  EXPECT_THAT(violations(to_json(test::passed_record())), testing::IsEmpty());
  EXPECT_THAT(violations(to_json(Record{})), testing::IsEmpty());
}

TEST(RecordJson, TheSchemaDeclaresNothingThatIsNeverWritten) {
  std::set<std::string> seen;
  std::set<std::string> declared;
  const json root = schema();
  find_unused(json::parse(to_json(test::full_record())), root, root, "record", seen, declared);
  EXPECT_EQ(seen, declared);
  EXPECT_GT(declared.size(), 60U);
}

TEST(RecordJson, SchemaRejectsAStrangeMember) {
  auto strange = json::parse(to_json(test::full_record()));
  strange["attempts"][0]["colour"] = "red";
  EXPECT_THAT(violations(strange.dump()), testing::ElementsAre(HasSubstr("colour")));
}

TEST(RecordJson, EveryMemberSurvivesTheRoundTrip) {
  const Record record = test::full_record();
  const Record again = record_from_json(to_json(record));
  EXPECT_EQ(to_json(again), to_json(record));
  EXPECT_EQ(again.parameters, record.parameters);
  EXPECT_EQ(again.labels, record.labels);
  EXPECT_EQ(again.started, record.started);
  ASSERT_EQ(again.attempts.size(), 2U);
  EXPECT_EQ(again.attempts[0].end, record.attempts[0].end);
  EXPECT_EQ(again.attempts[0].class_, "infra");
  EXPECT_EQ(again.attempts[0].gpus[0].driver, "550.54.15");
  EXPECT_EQ(again.attempts[0].cpu_seconds, 5.75);
  EXPECT_EQ(again.attempts[0].peak_memory_bytes, 1LL << 33);
  EXPECT_FALSE(again.attempts[1].cpu_seconds.has_value());
  EXPECT_FALSE(again.attempts[1].ended.has_value());
  EXPECT_EQ(again.metrics[0].value, 2.51);
  EXPECT_TRUE(std::isnan(again.metrics[1].value));
  EXPECT_EQ(again.findings[1].distance, -std::numeric_limits<double>::infinity());
  EXPECT_EQ(again.gpu_model(), "NVIDIA H200");
}

TEST(RecordJson, ParametersReadAsPlainJson) {
  const auto written = json::parse(to_json(test::full_record()));
  EXPECT_EQ(written["parameters"]["lr"], 0.001);
  EXPECT_EQ(written["parameters"]["fast"], true);
  EXPECT_EQ(written["parameters"]["digits"], "12");
  EXPECT_EQ(written["as_written"]["/lr"]["text"], "1e-3");
  EXPECT_EQ(written["as_written"]["/map/a~1b~0c"]["text"], "True");
  EXPECT_FALSE(written["as_written"].contains("/half"));
}

TEST(RecordJson, BytesThatAreNoUtf8AreReplaced) {
  Record record = test::passed_record();
  record.summary = "bad \xFF byte";
  record.labels = {{"odd\xC0", "v\xFE"}};
  record.parameters = {{"p\xFF", Value::of_string("x\xFF")}};
  const auto again = record_from_json(to_json(record));
  EXPECT_EQ(again.summary, "bad \xEF\xBF\xBD byte");
}

TEST(RecordJson, UnknownMembersArePassedOver) {
  auto written = json::parse(to_json(test::passed_record()));
  written["added_later"] = {{"x", 1}};
  EXPECT_EQ(record_from_json(written.dump()).key, "recipe/digits_train_fp32");
}

std::string error_of(const std::string& text) {
  try {
    record_from_json(text);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

std::string error_with(const char* pointer, const json& value) {
  auto written = json::parse(to_json(test::full_record()));
  written[json::json_pointer(pointer)] = value;
  return error_of(written.dump());
}

TEST(RecordJson, NewerVersionIsRefusedByName) {
  EXPECT_THAT(error_with("/version", 2), HasSubstr("version 2 was written by a newer assay"));
}

TEST(RecordJson, ErrorsNameTheMember) {
  EXPECT_THAT(error_of("{"), HasSubstr("not JSON"));
  EXPECT_THAT(error_of("[]"), HasSubstr("not a JSON object"));
  EXPECT_THAT(error_of("{}"), HasSubstr("'version' is missing"));
  EXPECT_THAT(error_of(R"({"version": 1})"), HasSubstr("'run_id' is missing"));
  EXPECT_THAT(error_with("/verdict", "great"), HasSubstr("'verdict' has the unknown value"));
  EXPECT_THAT(error_with("/attempts/1/end/kind", "gone"), HasSubstr("attempts.1.end.kind"));
  EXPECT_THAT(error_with("/attempts/0/number", 1e10), HasSubstr("'attempts.0.number'"));
  EXPECT_THAT(error_with("/metrics/0/value", "fast"), HasSubstr("'metrics.0.value' should be a"));
  EXPECT_THAT(error_with("/metrics/0/points", -1), HasSubstr("'metrics.0.points'"));
  EXPECT_THAT(error_with("/created", "yesterday"), HasSubstr("'created' should be a time"));
  EXPECT_THAT(error_with("/logs", "one"), HasSubstr("'logs' should be a list"));
  EXPECT_THAT(error_with("/git", json::array()), HasSubstr("'git' should be an object"));
}

TEST(RecordGpuModel, ComesFromTheLastAttemptThatHadAGpu) {
  Record record;
  EXPECT_EQ(record.gpu_model(), "");
  record.attempts.resize(3);
  record.attempts[0].gpus = {{"u0", "NVIDIA A100", ""}};
  record.attempts[1].gpus = {{"u1", "NVIDIA H200", ""}, {"u2", "NVIDIA L4", ""}};
  EXPECT_EQ(record.gpu_model(), "NVIDIA H200");
}

}  // namespace
}  // namespace assay
