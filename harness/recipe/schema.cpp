#include "recipe/schema.h"

#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "recipe/fields.h"

namespace assay {

namespace {

using Json = nlohmann::ordered_json;

const Json k_scalar_types = Json::array({"string", "number", "boolean", "null"});

Json reference(const std::string& definition) { return {{"$ref", "#/definitions/" + definition}}; }

Json map_of(Json values) {
  return {{"type", {"object", "null"}}, {"additionalProperties", std::move(values)}};
}

Json list_of(Json items) { return {{"type", {"array", "null"}}, {"items", std::move(items)}}; }

Json one_or_list_of(const Json& item) { return {{"anyOf", Json::array({item, list_of(item)})}}; }

Json scalar() { return {{"type", k_scalar_types}}; }

Json schema_of(FieldType type) {
  switch (type) {
    case FieldType::text:
      return scalar();
    case FieldType::integer:
      return {{"type", {"integer", "null"}}};
    case FieldType::number:
      return {{"type", {"number", "null"}}};
    case FieldType::boolean:
      return {{"type", {"boolean", "null"}}};
    case FieldType::list:
      return {{"type", {"array", "null"}}};
    case FieldType::text_list:
      return one_or_list_of(scalar());
    case FieldType::map:
      return {{"type", {"object", "null"}}};
    case FieldType::text_map:
      return map_of(scalar());
    case FieldType::map_list:
      return list_of({{"type", {"object", "null"}}});
    case FieldType::any:
      break;
  }
  return Json::object();
}

Json properties_of(FieldTable table) {
  Json properties = Json::object();
  for (const auto& field : fields(table)) {
    Json property = schema_of(field.type);
    property["description"] = std::string(field.description);
    properties[std::string(field.name)] = std::move(property);
  }
  return properties;
}

Json closed_object(FieldTable table) {
  return {
      {"type", "object"}, {"properties", properties_of(table)}, {"additionalProperties", false}};
}

// Says more of a property than the table's type does; its description stays.
void refine(Json& object, const char* property, const Json& schema) {
  auto& old = object["properties"][property];
  Json refined = {{"description", old["description"]}};
  // draft-07 ignores what stands beside a $ref.
  if (schema.contains("$ref")) {
    refined["allOf"] = Json::array({schema});
  } else {
    refined.update(schema);
  }
  old = std::move(refined);
}

// A placeholder may stand for any known value of `spec`, as in gpus: '{n}'.
Json spec_schema() {
  Json spec = {{"type", "object"}, {"properties", properties_of(FieldTable::spec)}};
  for (auto& [name, property] : spec["properties"].items()) {
    if (!property.contains("type")) continue;
    auto& types = property["type"];
    if (types.is_array() && types.front() != "array" && types.front() != "object") {
      types = k_scalar_types;
    }
  }
  spec["properties"]["metrics"] = reference("metrics");
  spec["description"] = "the workload; other keys are your own parameters";
  return spec;
}

// A map of the grid: each parameter's values as a list, or one value.
Json product_schema() {
  Json product = {{"type", {"object", "null"}}, {"properties", Json::object()}};
  for (const auto& field : fields(FieldTable::spec)) {
    product["properties"][std::string(field.name)] = {
        {"description", std::string(field.description)}};
  }
  product["properties"]["products"] = {
      {"description", "grids that inherit this map's lists and override those of the same name"},
      {"type", {"array", "null"}},
      {"items", reference("product")}};
  product["properties"]["exclude"] = {
      {"description", "points to leave out: those that match every entry of one map"},
      {"type", {"array", "null"}},
      {"items", map_of(scalar())}};
  return product;
}

Json metrics_schema() {
  Json metric = closed_object(FieldTable::metric);
  metric["type"] = {"object", "null"};
  refine(metric, "goal", {{"enum", {"maximize", "minimize", nullptr}}});
  return {{"anyOf", Json::array({map_of(metric), list_of({{"type", "string"}})})}};
}

Json baseline_schema() {
  Json baseline = closed_object(FieldTable::baseline);
  refine(baseline, "operator",
         {{"enum",
           {"range", "eq", "neq", "geq", "leq", "gt", "lt", "approx", "==", "!=", ">=", "<=", ">",
            "<"}}});
  baseline["required"] = {"operator"};
  return baseline;
}

// What `logic_spec` may say depends on `logic_type`.
Json test_item_schema() {
  Json item = closed_object(FieldTable::test_item);
  item["required"] = {"logic_type", "logic_spec"};
  refine(item, "logic_type", {{"enum", {"static", "golden", "history"}}});
  item["allOf"] = Json::array();
  for (const char* type : {"static", "golden", "history"}) {
    item["allOf"].push_back(
        {{"if", {{"properties", {{"logic_type", {{"const", type}}}}}}},
         {"then", {{"properties", {{"logic_spec", reference(std::string(type) + "_logic")}}}}}});
  }
  return item;
}

Json static_logic_schema() {
  Json logic = closed_object(FieldTable::static_logic);
  refine(logic, "exit_codes", list_of({{"type", "integer"}}));
  refine(logic, "baselines", map_of(reference("baseline")));
  return logic;
}

Json retry_schema() {
  Json rule = closed_object(FieldTable::retry);
  refine(rule, "class", {{"enum", {"infra", "flaky"}}});
  return rule;
}

// The sections that recipes of all dialects share.
void refine_sections(Json& object) {
  const std::array<std::pair<const char*, Json>, 7> sections{{
      {"metrics", reference("metrics")},
      {"tests_spec", list_of(reference("test_item"))},
      {"tests", list_of(reference("test_item"))},
      {"outputs", list_of(reference("output"))},
      {"retry", list_of(reference("retry"))},
      {"key_segments", map_of({{"type", {"string", "boolean", "integer", "null"}}})},
      {"launchers", map_of({{"type", {"object", "null"}}})},
  }};
  for (const auto& [name, schema] : sections) {
    if (object["properties"].contains(name)) refine(object, name, schema);
  }
}

Json recipe_object() {
  Json recipe = closed_object(FieldTable::recipe);
  recipe["required"] = {"type", "spec"};
  refine(recipe, "type", {{"enum", {"recipe", "basic", "build"}}});
  refine(recipe, "format_version", {{"enum", {1, nullptr}}});
  refine(recipe, "spec", reference("spec"));
  refine(recipe, "products", list_of(reference("product")));
  refine(recipe, "quarantine", one_or_list_of(reference("quarantine")));
  refine_sections(recipe);
  return recipe;
}

Json build_object() {
  Json build = closed_object(FieldTable::build);
  build["required"] = {"type", "spec"};
  refine(build, "spec", closed_object(FieldTable::build_spec));
  refine_sections(build);
  return build;
}

Json compact_object() {
  Json compact = closed_object(FieldTable::compact);
  compact["required"] = {"script_args"};
  refine(compact, "script_args", reference("product"));
  refine_sections(compact);
  return compact;
}

}  // namespace

std::string recipe_schema() {
  const auto of_type = [](const char* type) {
    return Json{{"required", {"type"}}, {"properties", {{"type", {{"const", type}}}}}};
  };
  Json schema = {
      {"$schema", "http://json-schema.org/draft-07/schema#"},
      {"title", "Assay recipe"},
      {"description", "A workload, its parameter grid and its checks; one per YAML document."},
      {"type", "object"},
      {"if", of_type("build")},
      {"then", reference("build")},
      {"else",
       {{"if", {{"not", {{"required", {"type"}}}}, {"required", {"script_args"}}}},
        {"then", reference("compact")},
        {"else", reference("recipe")}}},
  };
  auto& definitions = schema["definitions"];
  definitions["recipe"] = recipe_object();
  definitions["build"] = build_object();
  definitions["compact"] = compact_object();
  definitions["spec"] = spec_schema();
  definitions["product"] = product_schema();
  definitions["metrics"] = metrics_schema();
  definitions["test_item"] = test_item_schema();
  definitions["static_logic"] = static_logic_schema();
  definitions["golden_logic"] = closed_object(FieldTable::golden_logic);
  definitions["history_logic"] = closed_object(FieldTable::history_logic);
  definitions["baseline"] = baseline_schema();
  definitions["retry"] = retry_schema();
  definitions["quarantine"] = closed_object(FieldTable::quarantine);
  definitions["output"] = closed_object(FieldTable::output);
  return schema.dump(2) + "\n";
}

}  // namespace assay
