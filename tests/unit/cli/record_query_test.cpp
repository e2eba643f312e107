#include "cli/record_query.h"

#include <gmock/gmock.h>

#include "../error_of.h"
#include "../model/sample_record.h"
#include "../temporary_directory.h"

namespace assay {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string period(const std::string& text) {
  return to_iso8601(parse_period(text, test::at("2026-03-31T12:00:00.000Z"), "--since"));
}

TEST(ParsePeriod, CountsBackFromNow) {
  EXPECT_EQ(period("30m"), "2026-03-31T11:30:00.000Z");
  EXPECT_EQ(period("12h"), "2026-03-31T00:00:00.000Z");
  EXPECT_EQ(period("5d"), "2026-03-26T12:00:00.000Z");
  EXPECT_EQ(period("2w"), "2026-03-17T12:00:00.000Z");
}

TEST(ParsePeriod, MonthsAndYearsAreTheCalendars) {
  EXPECT_EQ(period("1M"), "2026-02-28T12:00:00.000Z");
  EXPECT_EQ(period("3M"), "2025-12-31T12:00:00.000Z");
  EXPECT_EQ(period("2y"), "2024-03-31T12:00:00.000Z");
}

TEST(ParsePeriod, TakesTimes) {
  EXPECT_EQ(period("2023-01-01T15:00"), "2023-01-01T15:00:00.000Z");
  EXPECT_EQ(period("2023-01-01"), "2023-01-01T00:00:00.000Z");
}

TEST(ParsePeriod, RefusesTheRest) {
  for (const char* text :
       {"", "w", "2x", "-1d", "1.5d", "yesterday", "2023-13-01", "9999999999d"}) {
    EXPECT_THAT(test::error_of([&] { period(text); }), HasSubstr("neither a period"));
  }
}

Record record_of(const std::string& run, const std::string& name, int created) {
  Record record = test::passed_record();
  record.run_id = run;
  record.key = "recipe/" + name;
  record.name = name;
  record.created += std::chrono::minutes(created);
  return record;
}

class SelectRows : public testing::Test {
 protected:
  SelectRows() : history_(directory_.path() / "history.sqlite") {
    history_.append(record_of("r1", "a", 1));
    auto other = record_of("r1", "b", 2);
    other.git_branch = "dev";
    other.parameters = {{"model", Value::of_string("esm2")}, {"gpus", Value::of_integer(8)}};
    history_.append(other);
    history_.append(record_of("r2", "a", 3));
  }

  std::vector<std::string> selected(const RecordQueryOptions& options) const {
    std::vector<std::string> out;
    for (const auto& row : select_rows(history_, options, now())) {
      out.push_back(std::string(row.run_id) + ":" + std::string(row.key));
    }
    return out;
  }

  test::TemporaryDirectory directory_;
  History history_;
};

TEST_F(SelectRows, IsTheNewestRunByDefault) {
  EXPECT_THAT(selected({}), ElementsAre("r2:recipe/a"));
  RecordQueryOptions options;
  options.branch = "dev";
  EXPECT_THAT(selected(options), ElementsAre("r1:recipe/b"));
}

TEST_F(SelectRows, ByKeyOrNameOverAllRuns) {
  RecordQueryOptions options;
  options.keys = {"a"};
  EXPECT_THAT(selected(options), ElementsAre("r2:recipe/a", "r1:recipe/a"));
  options.keys = {"recipe/b", "a"};
  EXPECT_THAT(selected(options), ElementsAre("r2:recipe/a", "r1:recipe/b", "r1:recipe/a"));
  options.limit = 2;
  EXPECT_THAT(selected(options), ElementsAre("r2:recipe/a", "r1:recipe/b"));
}

TEST_F(SelectRows, ByFilterExpression) {
  RecordQueryOptions options;
  options.since = "2026-01-01";
  options.filter = "spec.gpus == 8 and spec.model == 'esm2'";
  EXPECT_THAT(selected(options), ElementsAre("r1:recipe/b"));
  options.filter = "labels.model == 'digits' and spec.gpus == 0";
  EXPECT_THAT(selected(options), ElementsAre("r2:recipe/a", "r1:recipe/a"));
  options.filter = "spec.gpus == 99";
  EXPECT_THAT(selected(options), IsEmpty());
}

TEST_F(SelectRows, ByPatternOfNames) {
  RecordQueryOptions options;
  options.keys = {"[ab]"};
  EXPECT_THAT(selected(options), ElementsAre("r2:recipe/a", "r1:recipe/b", "r1:recipe/a"));
  options.keys = {"recipe/*", "b"};
  EXPECT_THAT(selected(options), ElementsAre("r2:recipe/a", "r1:recipe/b", "r1:recipe/a"));
}

TEST_F(SelectRows, ByReferenceWhichIsABranchOrACommit) {
  RecordQueryOptions options;
  options.reference = "dev";
  EXPECT_THAT(selected(options), ElementsAre("r1:recipe/b"));
  options.reference = test::passed_record().git_commit.substr(0, 7);
  EXPECT_THAT(selected(options), ElementsAre("r2:recipe/a", "r1:recipe/b", "r1:recipe/a"));
}

TEST_F(SelectRows, WrongArgumentsNameTheNearest) {
  const auto error_of = [&](auto change) -> std::string {
    RecordQueryOptions options;
    change(options);
    return test::error_of([&] { select_rows(history_, options, now()); });
  };
  using Options = RecordQueryOptions;
  EXPECT_THAT(error_of([](Options& o) { o.verdict = "fialed"; }),
              HasSubstr("unknown verdict 'fialed'; did you mean 'failed'?"));
  EXPECT_THAT(error_of([](Options& o) { o.labels = {"model"}; }), HasSubstr("expected NAME=VALUE"));
  EXPECT_THAT(error_of([](Options& o) { o.keys = {"c"}; }), HasSubstr("has no case 'c'"));
  EXPECT_THAT(error_of([](Options& o) { o.since = "soon"; }), HasSubstr("--since:1:1"));
  EXPECT_THAT(error_of([](Options& o) { o.filter = "spec.gpus ="; }), HasSubstr("--filter"));
  EXPECT_THAT(error_of([](Options& o) { o.filter = "spec.gpu == 8"; }),
              HasSubstr("no product has 'spec.gpu'"));
  EXPECT_THAT(error_of([](Options& o) { o.keys = {"z*"}; }), HasSubstr("has no case 'z*'"));
}

}  // namespace
}  // namespace assay
