#include "metrics/literal_filter.h"

#include <gmock/gmock.h>
#include <re2/re2.h>

#include <vector>

namespace assay {
namespace {

TEST(RequiredLiteral, IsTheLongestPlainText) {
  EXPECT_EQ(required_literal(R"(loss[:=]\s*([\d.]+))"), "loss");
  EXPECT_EQ(required_literal(R"(^step (\d+): val_loss=(\S+)$)"), ": val_loss=");
  EXPECT_EQ(required_literal(R"(([\d.]+) it/s)"), " it/s");
  EXPECT_EQ(required_literal(R"(a\.b\|c (?P<step>\d+)x)"), "a.b|c ");
  EXPECT_EQ(required_literal(R"((?:loss)? acc: ([^(]+))"), " acc: ");
}

TEST(RequiredLiteral, LeavesOutWhatMayBeAbsent) {
  EXPECT_EQ(required_literal("colou?r (x)"), "colo");
  EXPECT_EQ(required_literal("abcd*e"), "abc");
  EXPECT_EQ(required_literal("abcd{0,3}ef"), "abc");
  EXPECT_EQ(required_literal("ab+cde"), "cde");
  EXPECT_EQ(required_literal("(abc)?d"), "d");
  EXPECT_EQ(required_literal("[[:alpha:]x]]y"), "]y");
}

TEST(RequiredLiteral, GivesUpWhereItIsNotPlain) {
  EXPECT_EQ(required_literal("loss|acc"), "");
  EXPECT_EQ(required_literal("(?i)loss"), "");
  EXPECT_EQ(required_literal(R"(\x41bc)"), "");
  EXPECT_EQ(required_literal(R"(\Qa*\Ebc)"), "");
  EXPECT_EQ(required_literal(""), "");
}

TEST(RequiredLiteral, StandsInWhateverThePatternMatches) {
  const std::vector<std::string> patterns = {R"(loss[:=]\s*([\d.]+))", R"(x(a|b(c|d)?)+yz)",
                                             R"(a\(b(?P<v>\d)\)c)",    R"(([^]]+)]ab)",
                                             R"((\d+)(?: it)?/s)",     R"(ab??c(d))"};
  const std::vector<std::string> texts = {"loss= 4.5", "xabcbyz", "a(b7)c", "q]ab",
                                          "3/s",       "3 it/s",  "acd",    "abcd"};
  for (const auto& pattern : patterns) {
    const auto literal = required_literal(pattern);
    EXPECT_NE(literal, "") << pattern;
    for (const auto& text : texts) {
      if (RE2::PartialMatch(text, pattern)) {
        EXPECT_THAT(text, testing::HasSubstr(literal)) << pattern;
      }
    }
  }
}

TEST(LiteralFilter, FindsEveryLiteralWhereverItStands) {
  const std::vector<std::string> literals = {
      "ab", "loss: ", "a very long literal", "x", "c", "d", "e", "f", "ninth"};
  const LiteralFilter filter(literals);
  for (std::size_t i = 0; i < literals.size(); ++i) {
    for (std::size_t before = 0; before < 12; ++before) {
      const std::string text = std::string(before, '.') + literals[i] + "..";
      EXPECT_NE(filter.find(text, 0), std::string_view::npos) << literals[i] << before;
      EXPECT_NE(filter.buckets_in(text) & 1U << i % LiteralFilter::k_buckets, 0U);
    }
  }
}

TEST(LiteralFilter, ReportsWhereALiteralEnds) {
  const std::vector<std::string> literals = {"loss: "};
  const LiteralFilter filter(literals);
  EXPECT_EQ(filter.find("the loss: 1 loss: 2", 0), 9U);
  EXPECT_EQ(filter.find("the loss: 1 loss: 2", 10), 17U);
  EXPECT_EQ(filter.find("the loss: 1 los", 10), std::string_view::npos);
  EXPECT_EQ(filter.find("the LOSS; ", 0), std::string_view::npos);
  EXPECT_EQ(filter.buckets_in("nothing"), 0U);
}

}  // namespace
}  // namespace assay
