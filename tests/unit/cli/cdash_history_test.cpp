#include "cli/cdash_history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../test_data.h"
#include "base/error.h"
#include "base/files.h"

namespace assay {
namespace {

using nlohmann::json;

json recorded(const std::string& name) {
  return json::parse(read_file(test::test_data() / "cdash" / name));
}

CdashImport options() {
  CdashImport out;
  out.prefix = "sim.";
  out.keys = {{"heat.small", "basic/heat.small"}};
  out.launcher = "h200";
  out.branch = "main";
  return out;
}

const Metric* metric(const Record& record, const std::string& name) {
  for (const auto& one : record.metrics) {
    if (one.name == name) return &one;
  }
  return nullptr;
}

// What 5.x made of it: plain lists of measurements.
json as_lists(json data) {
  for (auto& build : data["project"]["builds"]["edges"]) {
    for (auto& test : build["node"]["tests"]["edges"]) {
      auto& measurements = test["node"]["testMeasurements"];
      json list = json::array();
      for (const auto& edge : measurements["edges"]) list.push_back(edge["node"]);
      measurements = list;
    }
  }
  return data;
}

json named(json data) {
  for (auto& build : data["project"]["builds"]["edges"]) {
    build["node"]["name"] = "linux";
    build["node"]["site"] = {{"name", "gpu node"}};
    for (auto& test : build["node"]["tests"]["edges"]) test["node"]["name"] = "sim.heat.small";
  }
  return data;
}

TEST(RecordsOfGraphql, ReadsConnectionsAndPlainListsAlike) {
  const auto data = named(recorded("graphql_history.json")["data"]);
  const auto records = records_of_graphql(data, options());
  const auto from_lists = records_of_graphql(as_lists(data), options());
  ASSERT_FALSE(records.empty());
  ASSERT_EQ(records.size(), from_lists.size());
  const auto& record = records.front();
  EXPECT_EQ(record.key, "basic/heat.small");
  EXPECT_EQ(record.run_id, "cdash-gpu-node-linux-20261112-0130-Nightly");
  EXPECT_EQ(record.verdict, Verdict::passed);
  EXPECT_EQ(to_iso8601(record.created), "2026-11-12T01:30:00.000Z");
  ASSERT_NE(metric(record, "kernel_ms"), nullptr);
  EXPECT_EQ(metric(record, "kernel_ms")->value, 1.2);
  ASSERT_NE(metric(record, "l2_err"), nullptr);
  EXPECT_EQ(metric(record, "l2_err")->value, 1.5e-9);
  EXPECT_EQ(metric(record, "Processors"), nullptr);
  EXPECT_EQ(metric(record, "prop_measure"), nullptr);
  for (std::size_t i = 0; i < records.size(); ++i) {
    EXPECT_EQ(to_json(records[i]), to_json(from_lists[i]));
  }
}

TEST(RecordsOfGraphql, TakesWhatAssayItselfReported) {
  auto data = named(recorded("graphql_history.json")["data"]);
  auto& edges = data["project"]["builds"]["edges"];
  edges = json::array({edges[0]});
  auto& list = edges[0]["node"]["tests"]["edges"][0]["node"]["testMeasurements"]["edges"];
  const auto add = [&](const char* name, const char* type, const char* value) {
    list.push_back({{"node", {{"name", name}, {"type", type}, {"value", value}}}});
  };
  add("launcher", "text/string", "dgxa100");
  add("gpu_model", "text/string", "NVIDIA A100");
  add("commit", "text/string", "abc123 (dirty)");
  add("run_seconds", "numeric/double", "12.5");
  add("val_loss.range.max", "numeric/double", "2.5");
  add("gone", "numeric/double", "nan");
  const auto record = records_of_graphql(data, options()).front();
  EXPECT_EQ(record.launcher, "dgxa100");
  EXPECT_EQ(record.gpu_model(), "NVIDIA A100");
  EXPECT_EQ(record.git_commit, "abc123");
  EXPECT_TRUE(record.git_dirty);
  EXPECT_EQ(record.run_seconds, 12.5);
  EXPECT_EQ(metric(record, "val_loss.range.max"), nullptr);
  EXPECT_EQ(metric(record, "gone"), nullptr);
}

TEST(RecordsOfQueryTests, ReadsColumnsAndNumbersThatAreStrings) {
  const auto records = records_of_query_tests(recorded("queryTests_measurements.json"), options());
  ASSERT_FALSE(records.empty());
  const auto& record = records.front();
  EXPECT_EQ(record.name, "heat.small");
  EXPECT_EQ(record.summary, "kernel_ms 1.250 vs base 1.200 (+4%)");
  EXPECT_EQ(to_iso8601(record.created), "2026-11-21T02:15:29.000Z");
  ASSERT_NE(metric(record, "l2_err"), nullptr);
  EXPECT_EQ(metric(record, "l2_err")->value, 1.5e-9);
}

TEST(RecordsOfQueryTests, WithoutColumnsThereAreNoMetrics) {
  const auto records = records_of_query_tests(recorded("queryTests_range_filter.json"), options());
  ASSERT_EQ(records.size(), 20U);
  for (const auto& record : records) EXPECT_TRUE(record.metrics.empty());
}

TEST(NumberOf, TakesNumbersAndTheirTextsButNoNan) {
  EXPECT_EQ(number_of(json(1.5)), 1.5);
  EXPECT_EQ(number_of(json("1.5e-9")), 1.5e-9);
  EXPECT_EQ(number_of(json("nan")), std::nullopt);
  EXPECT_EQ(number_of(json("fast")), std::nullopt);
  EXPECT_EQ(number_of(json()), std::nullopt);
}

}  // namespace
}  // namespace assay
