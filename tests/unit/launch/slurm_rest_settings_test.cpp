#include "launch/slurm_rest_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>

#include "../error_of.h"
#include "../temporary_directory.h"
#include "base/error.h"
#include "base/files.h"
#include "launch/slurm_token.h"
#include "slurm_sample.h"

namespace assay {
namespace {

using ::testing::HasSubstr;

std::string error_of(const std::string& site) {
  return test::error_of([&] { read_slurm_settings(slurm_config(site)); });
}

TEST(SlurmRestSettings, WithoutItCommandsAreUsed) {
  EXPECT_FALSE(read_slurm_settings(slurm_config("partition: a")).rest);
  EXPECT_FALSE(read_slurm_settings(slurm_config("transport: commands")).rest);
}

TEST(SlurmRestSettings, AUrlIsOfTheWebOrASocket) {
  const auto web = read_slurm_settings(slurm_config("transport: rest\nurl: https://a:6820/"));
  EXPECT_EQ(web.rest->url, "https://a:6820");
  EXPECT_EQ(web.rest->unix_socket, "");
  const auto socket = read_slurm_settings(slurm_config("transport: rest\nurl: unix:/run/s"));
  EXPECT_EQ(socket.rest->unix_socket, "/run/s");
}

TEST(SlurmRestSettings, WhatIsWrongIsToldWithItsPlace) {
  EXPECT_THAT(error_of("transport: rest"), HasSubstr("needs 'url'"));
  EXPECT_THAT(error_of("transport: rst"), HasSubstr("did you mean 'rest'?"));
  EXPECT_THAT(error_of("transport: rest\nurl: a:6820"),
              HasSubstr("site.yaml:2:6: launcher 'gpu': expected http://HOST:PORT"));
  EXPECT_THAT(error_of("transport: rest\nurl: unix:run/s"), HasSubstr("an absolute path"));
  EXPECT_THAT(error_of("url: http://a"), HasSubstr("'url' is of 'transport: rest' alone"));
  EXPECT_THAT(error_of("transport: rest\nurl: http://a\napi_version: v0.0.39"),
              HasSubstr("version 'v0.0.39' is not known good (known: v0.0.45,"));
  EXPECT_THAT(error_of("transport: rest\nurl: http://a\ntoken_file: t"),
              HasSubstr("'token_file' must be an absolute path"));
}

TEST(SlurmRestSettings, SecretsCannotStandInASiteFile) {
  EXPECT_THAT(error_of("transport: rest\nurl: http://a\ntoken: abc"),
              HasSubstr("a token cannot stand in a site file"));
  const auto error = error_of("transport: rest\nurl: http://me:secret@a");
  EXPECT_THAT(error, HasSubstr("without user, query and fragment"));
}

// {"exp":1795836304,"iat":1795836301,"sun":"root"}
const std::string k_token =
    "eyJhbGciOiJIUzI1NiJ9."
    "eyJleHAiOjE3OTU4MzYzMDQsImlhdCI6MTc5NTgzNjMwMSwic3VuIjoicm9vdCJ9.c2lnbmF0dXJl";

TEST(SlurmToken, SaysWhenItExpires) {
  EXPECT_EQ(to_iso8601(*token_expiry(k_token)), "2026-11-28T03:25:04.000Z");
  EXPECT_FALSE(token_expiry("a.e30.b"));  // {}
  EXPECT_THROW(token_expiry("abc"), Error);
  EXPECT_THROW(token_expiry("a.!!.b"), Error);
}

TEST(SlurmToken, IsReadFromAFileOfTheOwnersAlone) {
  const test::TemporaryDirectory directory;
  const auto file = directory.path() / "token";
  SlurmRestSettings settings;
  settings.token_file = file;
  write_file_atomically(file, "SLURM_JWT=" + k_token + "\n");
  ::chmod(file.c_str(), 0600);
  EXPECT_EQ(read_slurm_token(settings).text, k_token);
  EXPECT_EQ(read_slurm_token(settings).origin, file.string());
  ::chmod(file.c_str(), 0640);
  EXPECT_THROW(read_slurm_token(settings), InputError);
}

TEST(SlurmToken, IsElseTheEnvironments) {
  ::unsetenv("SLURM_JWT");
  EXPECT_EQ(read_slurm_token({}).text, "");
  ::setenv("SLURM_JWT", k_token.c_str(), 1);
  EXPECT_EQ(read_slurm_token({}).text, k_token);
  EXPECT_EQ(read_slurm_token({}).origin, "SLURM_JWT");
  ::setenv("SLURM_JWT", "secret", 1);
  try {
    read_slurm_token({});
    ADD_FAILURE() << "no error";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), ::testing::Not(HasSubstr("secret")));
  }
  ::unsetenv("SLURM_JWT");
}

}  // namespace
}  // namespace assay
