#include "recipe/schema.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "recipe/fields.h"

namespace assay {
namespace {

using Json = nlohmann::json;

Json schema() { return Json::parse(recipe_schema()); }

// Calls `check` with every object in a JSON value.
template <typename Check>
void for_each_object(const Json& json, const Check& check) {
  if (json.is_object()) check(json);
  if (!json.is_structured()) return;
  for (const auto& entry : json) for_each_object(entry, check);
}

TEST(Schema, IsDraft7) {
  EXPECT_EQ(schema().at("$schema"), "http://json-schema.org/draft-07/schema#");
  EXPECT_EQ(recipe_schema().back(), '\n');
}

TEST(Schema, HasEveryFieldOfTheTableWithItsDescription) {
  const auto json = schema();
  const auto check = [&](FieldTable table, const char* definition) {
    const auto& properties = json.at("definitions").at(definition).at("properties");
    for (const auto& field : fields(table)) {
      ASSERT_TRUE(properties.contains(field.name)) << definition << "." << field.name;
      const auto& property = properties.at(std::string(field.name));
      EXPECT_TRUE(property.contains("description") || property.contains("$ref"))
          << definition << "." << field.name;
    }
  };
  check(FieldTable::recipe, "recipe");
  check(FieldTable::build, "build");
  check(FieldTable::compact, "compact");
  check(FieldTable::spec, "spec");
  check(FieldTable::test_item, "test_item");
  check(FieldTable::static_logic, "static_logic");
  check(FieldTable::golden_logic, "golden_logic");
  check(FieldTable::history_logic, "history_logic");
  check(FieldTable::baseline, "baseline");
  check(FieldTable::retry, "retry");
  check(FieldTable::quarantine, "quarantine");
  check(FieldTable::output, "output");
}

TEST(Schema, RefusesUnknownKeysWhereTheParserDoes) {
  const auto json = schema();
  for (const auto* closed : {"recipe", "build", "compact", "test_item", "baseline", "retry"}) {
    EXPECT_EQ(json.at("definitions").at(closed).at("additionalProperties"), false) << closed;
  }
  EXPECT_FALSE(json.at("definitions").at("spec").contains("additionalProperties"));
}

TEST(Schema, EveryReferenceLeadsSomewhere) {
  const auto json = schema();
  int count = 0;
  for_each_object(json, [&](const Json& object) {
    if (!object.contains("$ref") || !object.at("$ref").is_string()) return;
    const std::string target = object.at("$ref");
    ASSERT_TRUE(target.starts_with("#/")) << target;
    EXPECT_TRUE(json.contains(Json::json_pointer(target.substr(1)))) << target;
    ++count;
  });
  EXPECT_GT(count, 10);
}

}  // namespace
}  // namespace assay
