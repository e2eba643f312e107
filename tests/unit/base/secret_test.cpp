#include "base/secret.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>

#include "../error_of.h"
#include "../temporary_directory.h"
#include "base/error.h"
#include "base/files.h"

namespace assay {
namespace {

class Secret : public ::testing::Test {
 protected:
  Secret() {
    ::unsetenv("ASSAY_TEST_SECRET");
    ::unsetenv("ASSAY_TEST_SECRET_FILE");
  }
  std::string file(const std::string& content, unsigned mode) const {
    const auto path = directory.path() / "secret";
    write_file_atomically(path, content, mode);
    ::chmod(path.c_str(), mode);
    return path;
  }
  test::TemporaryDirectory directory;
};

TEST_F(Secret, NoneWhereNoneIsGiven) { EXPECT_EQ(read_secret("ASSAY_TEST_SECRET"), std::nullopt); }

TEST_F(Secret, TheEnvironmentComesBeforeTheFile) {
  ::setenv("ASSAY_TEST_SECRET_FILE", file("from file\n", 0600).c_str(), 1);
  EXPECT_EQ(read_secret("ASSAY_TEST_SECRET"), "from file");
  ::setenv("ASSAY_TEST_SECRET", " from environment\n", 1);
  EXPECT_EQ(read_secret("ASSAY_TEST_SECRET"), "from environment");
}

TEST_F(Secret, AFileThatOthersMayReadIsRefusedWithoutShowingIt) {
  const auto path = file("hunter2", 0640);
  EXPECT_THAT(test::error_of([&] { read_secret_file(path); }),
              ::testing::AllOf(::testing::HasSubstr("mode 640"),
                               ::testing::Not(::testing::HasSubstr("hunter2"))));
}

TEST_F(Secret, AnEmptyOrMissingFileIsAnError) {
  EXPECT_THROW(read_secret_file(file(" \n", 0600)), InputError);
  EXPECT_THROW(read_secret_file(directory.path() / "absent"), Error);
}

}  // namespace
}  // namespace assay
