// Replays the fuzzers' corpora, so that what was found once stays fixed in every build.
#include <gtest/gtest.h>

#include <filesystem>

#include "../../fuzz/targets.h"
#include "../test_data.h"
#include "base/files.h"

namespace assay {
namespace {

// Feeds every file of one corpus to `target`; returns how many there were.
int replay(const char* corpus, void (*target)(std::string_view)) {
  const auto folder = test::test_data().parent_path() / "fuzz/corpus" / corpus;
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    SCOPED_TRACE(entry.path().string());
    target(read_file(entry.path()));
    ++count;
  }
  return count;
}

TEST(FuzzCorpus, Placeholders) { EXPECT_GT(replay("placeholder", fuzz::placeholder), 5); }

TEST(FuzzCorpus, Filters) { EXPECT_GT(replay("filter", fuzz::filter), 5); }

TEST(FuzzCorpus, Recipes) { EXPECT_GT(replay("recipe", fuzz::recipe), 5); }

}  // namespace
}  // namespace assay
