#include "recipe/shell_text.h"

#include <gtest/gtest.h>

namespace assay::detail {
namespace {

Quoting after(std::string_view text) {
  ShellQuoting shell;
  shell.feed(text);
  return shell.quoting();
}

TEST(ShellQuoting, FollowsQuotes) {
  EXPECT_EQ(after("echo "), Quoting::none);
  EXPECT_EQ(after("echo \""), Quoting::double_quotes);
  EXPECT_EQ(after("echo '"), Quoting::single_quotes);
  EXPECT_EQ(after("echo 'a' \"b\" "), Quoting::none);
  EXPECT_EQ(after("echo \"it's "), Quoting::double_quotes);
  EXPECT_EQ(after("echo 'say \" "), Quoting::single_quotes);
}

TEST(ShellQuoting, BackslashTakesAQuotesMeaning) {
  EXPECT_EQ(after("echo \\\""), Quoting::none);
  EXPECT_EQ(after("echo \"\\\""), Quoting::double_quotes);
  EXPECT_EQ(after("echo 'a\\'"), Quoting::none);
}

TEST(ShellQuoting, SubstitutionInQuotesIsUnquotedInside) {
  EXPECT_EQ(after("x=\"$(cat "), Quoting::none);
  EXPECT_EQ(after("x=\"$(cat \"a\") "), Quoting::double_quotes);
  EXPECT_EQ(after("x=\"$((1 + "), Quoting::none);
  EXPECT_EQ(after("x=\"$((1 + 2)) "), Quoting::double_quotes);
}

TEST(ShellQuoting, CommentEndsWithItsLine) {
  EXPECT_EQ(after("# it's a "), Quoting::comment);
  EXPECT_EQ(after("echo a # b "), Quoting::comment);
  EXPECT_EQ(after("# it's\necho "), Quoting::none);
  EXPECT_EQ(after("echo a#b "), Quoting::none);
  EXPECT_EQ(after("echo '# "), Quoting::single_quotes);
}

TEST(ShellQuoting, HereDocumentEndsAtItsWord) {
  EXPECT_EQ(after("cat <<EOF\nit's "), Quoting::here_document);
  EXPECT_EQ(after("cat <<EOF\nit's\nEOF\necho "), Quoting::none);
  EXPECT_EQ(after("cat <<-'END' > f\n\ta\n\tEND\necho "), Quoting::none);
  EXPECT_EQ(after("cat <<A <<B\na\nA\nb "), Quoting::here_document);
  EXPECT_EQ(after("cat <<< word\necho "), Quoting::none);
}

TEST(ShellQuoting, WordsGoOnBetweenPieces) {
  ShellQuoting shell;
  shell.feed("echo ");
  shell.feed_word();
  shell.feed("# no comment");
  EXPECT_EQ(shell.quoting(), Quoting::none);
}

TEST(SpecialCharacter, IsWhatAShellActsOn) {
  EXPECT_EQ(special_character("a-b_c=/d.e,f:1", Quoting::none), '\0');
  EXPECT_EQ(special_character("a b", Quoting::none), ' ');
  EXPECT_EQ(special_character("a;b", Quoting::none), ';');
  EXPECT_EQ(special_character("a&b", Quoting::none), '&');
  EXPECT_EQ(special_character("*.csv", Quoting::none), '*');
  EXPECT_EQ(special_character("it's", Quoting::none), '\'');
}

TEST(SpecialCharacter, QuotesOfTheValueProtectIt) {
  EXPECT_EQ(special_character("\"--a b\"", Quoting::none), '\0');
  EXPECT_EQ(special_character("'a;b' c", Quoting::none), ' ');
  EXPECT_EQ(special_character("a\\ b", Quoting::none), '\0');
}

TEST(SpecialCharacter, InsideQuotesOnlyTheirEndIs) {
  EXPECT_EQ(special_character("a b; c", Quoting::double_quotes), '\0');
  EXPECT_EQ(special_character("$HOME", Quoting::double_quotes), '\0');
  EXPECT_EQ(special_character("a\"b", Quoting::double_quotes), '"');
  EXPECT_EQ(special_character("a\"b", Quoting::single_quotes), '\0');
  EXPECT_EQ(special_character("it's", Quoting::single_quotes), '\'');
  EXPECT_EQ(special_character("a b", Quoting::here_document), '\0');
}

}  // namespace
}  // namespace assay::detail
