#include "recipe/yaml_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay {
namespace {

using testing::HasSubstr;
using Kind = Value::Kind;

Value read_one(std::string_view text) {
  auto documents = read_yaml(text, "f.yaml");
  if (documents.size() != 1) throw Error("not one document");
  if (documents[0].error) throw InputError(*documents[0].error);
  return documents[0].value;
}

std::string error_of(std::string_view text) {
  for (const auto& document : read_yaml(text, "f.yaml")) {
    if (document.error) return document.error->what();
  }
  return "(no error)";
}

std::string at(const Value& map, std::string_view key) {
  const Value* found = map.find(key);
  return found == nullptr ? "(none)" : found->rendered();
}

TEST(YamlReader, PlainScalarsHaveTheKindsOfTheCoreSchema) {
  for (const auto* text : {"", "~", "null", "Null", "NULL"}) {
    EXPECT_EQ(plain_scalar_kind(text), Kind::null) << text;
  }
  for (const auto* text : {"true", "True", "TRUE", "false", "False", "FALSE"}) {
    EXPECT_EQ(plain_scalar_kind(text), Kind::boolean) << text;
  }
  for (const auto* text : {"0", "-12", "+3", "0x1F", "0o17", "007"}) {
    EXPECT_EQ(plain_scalar_kind(text), Kind::integer) << text;
  }
  for (const auto* text : {"1.5", ".5", "1.", "-1e3", "1e-3", "1.0E+5", ".inf", "-.INF", ".nan"}) {
    EXPECT_EQ(plain_scalar_kind(text), Kind::real) << text;
  }
  for (const auto* text : {"yes", "off", "None", "1b", "bf16-mixed", ".", "-", "+", "e5", "1e",
                           "0x", "0xG", "0o8", "1.2.3", "inf", "12:30", "2024-01-01", "-.nan"}) {
    EXPECT_EQ(plain_scalar_kind(text), Kind::string) << text;
  }
}

TEST(YamlReader, KeepsRawTextAndPlaces) {
  const auto value = read_one("a: 1e-3\nb:\n  - 0x10\n  -   'q'\n");
  EXPECT_EQ(value.find("a")->text, "1e-3");
  EXPECT_EQ(value.find("a")->line, 1);
  EXPECT_EQ(value.find("a")->column, 4);
  EXPECT_EQ(value.find("b")->key_line, 2);
  EXPECT_EQ(value.find("b")->key_column, 1);
  EXPECT_EQ(value.find("b")->items[0].text, "0x10");
  EXPECT_EQ(value.find("b")->items[1].kind, Kind::string);
  EXPECT_EQ(value.find("b")->items[1].line, 4);
  EXPECT_EQ(value.find("b")->items[1].column, 7);
}

TEST(YamlReader, QuotedScalarsAreStrings) {
  const auto value = read_one("[\"8\", 'null', \"True\", ! 5, !!str 6]");
  for (const auto& item : value.items) EXPECT_EQ(item.kind, Kind::string) << item.text;
}

TEST(YamlReader, KnownTagsSayTheKindAndOthersAreErrors) {
  EXPECT_EQ(read_one("!!int '5'").kind, Kind::integer);
  EXPECT_EQ(read_one("!!float 5").kind, Kind::real);
  EXPECT_THAT(error_of("a: !!int five"), HasSubstr("f.yaml:1:4: 'five' is no int"));
  EXPECT_THAT(error_of("a: !env X"), HasSubstr("unknown YAML tag '!env'"));
  EXPECT_THAT(error_of("a: !set {x: 1}"), HasSubstr("unknown YAML tag '!set'"));
}

TEST(YamlReader, AnEmptyValueIsNullAtItsKey) {
  const auto value = read_one("time_limit:\nscope: # none\nx: 1\n");
  EXPECT_TRUE(value.find("time_limit")->is_null());
  EXPECT_EQ(value.find("time_limit")->line, 1);
  EXPECT_TRUE(value.find("scope")->is_null());
}

TEST(YamlReader, NoneIsAStringBesideNull) {
  const auto value = read_one("[None, null]");
  EXPECT_EQ(value.items[0].kind, Kind::string);
  EXPECT_EQ(value.items[1].kind, Kind::null);
}

TEST(YamlReader, MixedTypesAndDoubleSpacesInAFlowList) {
  const auto value = read_one("x: [32, bf16-mixed, a  b, '\"--a b\"']");
  const auto& items = value.find("x")->items;
  EXPECT_EQ(items[0].kind, Kind::integer);
  EXPECT_EQ(items[1].text, "bf16-mixed");
  EXPECT_EQ(items[2].text, "a  b");
  EXPECT_EQ(items[3].text, "\"--a b\"");
}

TEST(YamlReader, APlainKeyMayHoldColonsSlashesAndABlankBeforeItsColon) {
  const auto value = read_one("type:slurm:\n  a: 1\nname:x :\n  b: 2\n/data/ : /x\n/y/: /z\n");
  EXPECT_NE(value.find("type:slurm"), nullptr);
  EXPECT_NE(value.find("name:x"), nullptr);
  EXPECT_EQ(at(value, "/data/"), "/x");
  EXPECT_EQ(at(value, "/y/"), "/z");
}

TEST(YamlReader, BlockScriptsKeepEveryByte) {
  const auto value = read_one("s: |-\n  a \\\n    b   \n  # c\n  ${{X}} \n\nt: |\n  x\n\n  y\n");
  EXPECT_EQ(value.find("s")->text, "a \\\n  b   \n# c\n${{X}} ");
  EXPECT_EQ(value.find("t")->text, "x\n\ny\n");
}

TEST(YamlReader, CommentsMayStandBetweenListItems) {
  const auto value = read_one("x:\n  - 1\n  # - 2\n\n  ###\n  - 3\n");
  ASSERT_EQ(value.find("x")->items.size(), 2U);
  EXPECT_EQ(value.find("x")->items[1].text, "3");
}

TEST(YamlReader, AListMayBeIndentedDeeperThanItsParent) {
  const auto value = read_one("tests_spec:\n        - logic_type: static\n          x: {a: 1b}\n");
  EXPECT_EQ(value.find("tests_spec")->items[0].find("x")->find("a")->text, "1b");
}

TEST(YamlReader, AnchorsAndAliasesRepeatValues) {
  const auto value = read_one("a: &x [1, 2]\nb: *x\nc: &y z\nd: *y\n");
  EXPECT_EQ(*value.find("a"), *value.find("b"));
  EXPECT_EQ(at(value, "d"), "z");
  EXPECT_THAT(error_of("a: *nowhere"), HasSubstr("f.yaml:1:4"));
  EXPECT_THAT(error_of("a: &x [*x]"), HasSubstr("inside its own anchor"));
}

TEST(YamlReader, MergedEntriesComeFirstAndOwnOnesReplaceThem) {
  const auto value = read_one("b: &b {x: 1, y: 2}\nm:\n  z: 0\n  <<: *b\n  y: 3\n");
  const auto& merged = value.find("m")->entries;
  ASSERT_EQ(merged.size(), 3U);
  EXPECT_EQ(merged[0].first, "x");
  EXPECT_EQ(merged[1].first, "y");
  EXPECT_EQ(merged[1].second.text, "3");
  EXPECT_EQ(merged[2].first, "z");
}

TEST(YamlReader, OfSeveralMergedMapsTheEarlierCounts) {
  const auto value = read_one("a: &a {x: 1}\nb: &b {x: 2, y: 2}\nm: {<<: [*a, *b]}\n");
  EXPECT_EQ(at(*value.find("m"), "x"), "1");
  EXPECT_EQ(at(*value.find("m"), "y"), "2");
  EXPECT_THAT(error_of("m: {<<: 5}"), HasSubstr("'<<' merges maps"));
  EXPECT_EQ(at(read_one("{'<<': 5}"), "<<"), "5");  // quoted: a key like any other
}

TEST(YamlReader, TheLaterOfEqualKeysCountsAndIsNamed) {
  const auto documents = read_yaml("a: 1\nb: 2\na: 3\n", "f.yaml");
  ASSERT_EQ(documents.size(), 1U);
  EXPECT_EQ(documents[0].value.entries[0].second.text, "3");
  ASSERT_EQ(documents[0].duplicates.size(), 1U);
  EXPECT_EQ(documents[0].duplicates[0], (Place{"f.yaml", 3, 1}));
}

TEST(YamlReader, DocumentsAreCutAtTheirMarks) {
  const auto documents = read_yaml("# c\n---\na: 1\n---\nb: 2\n...\n---\n\n--- c\n", "f.yaml");
  ASSERT_EQ(documents.size(), 3U);
  EXPECT_EQ(documents[0].place, (Place{"f.yaml", 3, 1}));
  EXPECT_EQ(documents[1].place.line, 5);
  EXPECT_EQ(documents[2].value.text, "c");
}

TEST(YamlReader, ABadDocumentLeavesTheOthers) {
  const auto documents = read_yaml("a: 1\n---\nb: [1\nc: d\n---\ne: 2\n", "f.yaml");
  ASSERT_EQ(documents.size(), 3U);
  EXPECT_FALSE(documents[0].error);
  ASSERT_TRUE(documents[1].error);
  EXPECT_GE(documents[1].error->place().line, 3);
  EXPECT_LE(documents[1].error->place().line, 5);
  EXPECT_EQ(at(documents[2].value, "e"), "2");
}

TEST(YamlReader, AParseErrorShowsPlaceLineAndCaret) {
  const auto error = error_of("a: 1\nq: a: b\n");
  EXPECT_THAT(error, HasSubstr("f.yaml:2:5: not valid YAML"));
  EXPECT_THAT(error, HasSubstr("2 | q: a: b\n"));
  EXPECT_THAT(error, HasSubstr("|     ^"));
}

TEST(YamlReader, WhatFollowsAFinishedDocumentIsAnError) {
  EXPECT_THAT(error_of("[a]\n]\n"), HasSubstr("f.yaml:2:1"));
  EXPECT_THAT(error_of("{a: 1} b: 2\n"), HasSubstr("f.yaml:1"));
}

TEST(YamlReader, BytesThatYamlForbidsAreErrors) {
  EXPECT_THAT(error_of(std::string_view("a: \0b", 5)), HasSubstr("f.yaml:1:4: YAML allows no"));
  EXPECT_THAT(error_of("a: 1\nb: \x04\n"), HasSubstr("f.yaml:2:4: YAML allows no"));
  EXPECT_THAT(error_of("a: 1\nb: \xFFz\n"), HasSubstr("f.yaml:2:4: the file is not valid UTF-8"));
  EXPECT_EQ(error_of("a: \xC3\xA4\n"), "(no error)");
}

TEST(YamlReader, LineEndsOfWindowsAreLineEnds) {
  const auto value = read_one("a: |\r\n  x\r\n  y\r\nb: 1\r\n");
  EXPECT_EQ(value.find("a")->text, "x\ny\n");
  EXPECT_EQ(at(value, "b"), "1");
}

// What asks for more than it can be worth is an error.
TEST(YamlBomb, AliasesThatMultiply) {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    const auto name = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + name;
    for (int n = 0; n < 8; ++n) text += ", " + name;
    text += "]\n";
  }
  EXPECT_THAT(error_of(text), HasSubstr("all that its aliases repeat"));
}

TEST(YamlBomb, AliasesOfALongText) {
  std::string text = "a: &a " + std::string(500'000, 'x') + "\nb:\n";
  for (int i = 0; i < 1000; ++i) text += "- *a\n";
  EXPECT_THAT(error_of(text), HasSubstr("all that its aliases repeat"));
}

TEST(YamlBomb, NestingOfEveryKind) {
  EXPECT_THAT(error_of(std::string(10'000, '[')), HasSubstr("nested too deeply"));
  EXPECT_THAT(error_of(std::string(200, '[')), HasSubstr("f.yaml:1:"));
  std::string dashes;
  for (int i = 0; i < 10'000; ++i) dashes += "- ";
  EXPECT_THAT(error_of(dashes), HasSubstr("nested deeper than 100 levels"));
  std::string indented;
  for (int i = 0; i < 1'000; ++i)
    indented += std::string(static_cast<std::size_t>(i), ' ') + "a:\n";
  EXPECT_THAT(error_of(indented), HasSubstr("f.yaml:101:101: nested deeper"));
}

TEST(YamlBomb, LongLinesAndLargeFiles) {
  EXPECT_THAT(error_of("a: 1\nb: " + std::string(2'000'000, 'x')),
              HasSubstr("f.yaml:2:1048577: the line is longer"));
  EXPECT_THAT(error_of(std::string(100'000'000, 'x')), HasSubstr("larger than 8 MiB"));
}

TEST(YamlBomb, ManyValues) {
  std::string list = "a:\n";
  for (int i = 0; i < 1'000'000; ++i) list += "- 1\n";
  EXPECT_THAT(error_of(list), HasSubstr("need more than 96 MiB"));
  std::string flow = "[";
  for (int line = 0; line < 10; ++line) {
    for (int i = 0; i < 60'000; ++i) flow += "a,";
    flow += "\n";
  }
  EXPECT_THAT(error_of(flow + "]"), HasSubstr("more than 500000 commas"));
}

TEST(YamlBomb, AMapOfManyKeysCostsNoMoreThanItsLength) {
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += "k" + std::to_string(i) + ": 1\n";
  EXPECT_EQ(error_of(text), "(no error)");
}

}  // namespace
}  // namespace assay
