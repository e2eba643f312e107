#include "cli/table.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

Table table_of(std::vector<std::string> columns,
               std::initializer_list<std::initializer_list<std::string_view>> rows) {
  Table table(std::move(columns));
  for (const auto& row : rows) table.add_cells(row);
  return table;
}

TEST(Table, TextIsAlignedByCharactersAndHasNoBlanksAtTheEnd) {
  const auto table = table_of({"A", "B"}, {{"é", "x"}, {"long", ""}});
  EXPECT_EQ(render(table, TableFormat::text), "A     B\né     x\nlong\n");
}

TEST(Table, TextIsCutToTheWidthAsked) {
  const auto table = table_of({"A", "B"}, {{"a", "0123456789"}});
  EXPECT_EQ(render(table, TableFormat::text, 8), "A  B\na  0123…\n");
}

TEST(Table, ControlBytesNeverReachATerminal) {
  const auto table = table_of({"A"}, {{"x\x1B[31m\ny\xFF"}});
  EXPECT_EQ(render(table, TableFormat::text), "A\nx [31m y\xEF\xBF\xBD\n");
}

TEST(Table, CsvQuotesWhatItMust) {
  const auto table = table_of({"A", "B"}, {{"a,b", "say \"hi\""}, {"two\nlines", "plain"}});
  EXPECT_EQ(render(table, TableFormat::csv),
            "A,B\r\n\"a,b\",\"say \"\"hi\"\"\"\r\n\"two\nlines\",plain\r\n");
}

TEST(Table, MarkdownKeepsCellsInert) {
  const auto table = table_of({"A"}, {{"a|b <script> *x*"}});
  EXPECT_EQ(render(table, TableFormat::markdown), "| A |\n| --- |\n| a\\|b \\<script> \\*x\\* |\n");
}

}  // namespace
}  // namespace assay
