#include "base/http.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "../server_process.h"
#include "../temporary_directory.h"
#include "../test_data.h"
#include "base/error.h"

namespace assay {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::steady_clock;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string k_script = test::test_data().parent_path() / "unit/base/http_server.py";

class Http : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    ::setenv("no_proxy", "127.0.0.1", 1);
    server = new test::ServerProcess(k_script);
  }
  static void TearDownTestSuite() {
    delete server;
    server = nullptr;
  }
  static std::string at(const std::string& path) { return server->url() + path; }

  std::string message_of(const HttpRequest& request) {
    try {
      client.send(request);
    } catch (const std::exception& error) {
      return error.what();
    }
    return "no error";
  }

  static test::ServerProcess* server;
  HttpClient client;
};

test::ServerProcess* Http::server = nullptr;

std::vector<std::string> values_of(const json& said, const std::string& name) {
  std::vector<std::string> values;
  for (const auto& header : said["headers"]) {
    if (header[0] == name) values.push_back(header[1]);
  }
  return values;
}

TEST_F(Http, SendsMethodPathHeadersAndBody) {
  const auto response = client.send({.method = "PUT",
                                     .url = at("/echo?a=1&b=2"),
                                     .headers = {{"Content-Type", "text/xml"}, {"X-Empty", ""}},
                                     .body = std::string("a\0b", 3)});
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.header("x-server"), "a test's own");
  const auto said = json::parse(response.body);
  EXPECT_EQ(said["method"], "PUT");
  EXPECT_EQ(said["path"], "/echo?a=1&b=2");
  EXPECT_EQ(said["body"], std::string("a\0b", 3));
  EXPECT_THAT(values_of(said, "content-type"), ::testing::ElementsAre("text/xml"));
  EXPECT_THAT(values_of(said, "x-empty"), ::testing::ElementsAre(""));
  EXPECT_TRUE(values_of(said, "expect").empty());
}

TEST_F(Http, NamesNoTypeThatTheCallerDidNotName) {
  const auto said =
      json::parse(client.send({.method = "POST", .url = at("/echo"), .body = "x"}).body);
  EXPECT_TRUE(values_of(said, "content-type").empty());
}

TEST_F(Http, EveryMethodArrives) {
  for (const auto* method : {"GET", "POST", "PUT", "PATCH", "DELETE"}) {
    const auto said = json::parse(client.send({.method = method, .url = at("/echo")}).body);
    EXPECT_EQ(said["method"], method);
  }
  EXPECT_EQ(client.send({.method = "HEAD", .url = at("/large")}).header("content-length"),
            "1000000");
}

TEST_F(Http, AStatusIsAnAnswerAndNoError) {
  for (const int status : {201, 400, 403, 500, 503}) {
    const auto response = client.send({.url = at("/status/" + std::to_string(status))});
    EXPECT_EQ(response.status, status);
    EXPECT_EQ(response.body, "because");
    EXPECT_EQ(response.succeeded(), status == 201);
  }
}

TEST_F(Http, ARedirectIsLeftToTheCaller) {
  const auto response = client.send({.url = at("/redirect")});
  EXPECT_EQ(response.status, 302);
  EXPECT_EQ(response.header("location"), "/echo");
}

TEST_F(Http, KeepsCookiesPerClient) {
  client.send({.url = at("/cookie")});
  EXPECT_EQ(client.cookie("XSRF-TOKEN"), "a%3Db");
  EXPECT_EQ(client.cookie("absent"), "");
  const auto said = json::parse(client.send({.url = at("/echo")}).body);
  EXPECT_THAT(values_of(said, "cookie").at(0), HasSubstr("session=7"));
  HttpClient other;
  EXPECT_TRUE(values_of(json::parse(other.send({.url = at("/echo")}).body), "cookie").empty());
}

TEST_F(Http, NothingOfARequestStaysForTheNext) {
  client.send({.method = "PUT", .url = at("/echo"), .headers = {{"X-Once", "1"}}, .body = "b"});
  const auto said = json::parse(client.send({.url = at("/echo")}).body);
  EXPECT_EQ(said["method"], "GET");
  EXPECT_EQ(said["body"], "");
  EXPECT_TRUE(values_of(said, "x-once").empty());
}

TEST_F(Http, AServerThatIsDownIsWorthAnotherTry) {
  EXPECT_THROW(client.send({.url = "http://127.0.0.1:1/x"}), TransientError);
}

TEST_F(Http, ASlowServerIsLeftAtTheTimeLimit) {
  const auto begin = steady_clock::now();
  EXPECT_THROW(client.send({.url = at("/slow"), .time_limit = milliseconds(200)}), TransientError);
  EXPECT_LT(steady_clock::now() - begin, std::chrono::seconds(5));
}

TEST_F(Http, AnAnswerThatBreaksOffIsWorthAnotherTry) {
  EXPECT_THROW(client.send({.url = at("/cut")}), TransientError);
  EXPECT_THROW(client.send({.url = at("/nothing")}), TransientError);
}

TEST_F(Http, AnAnswerAboveTheLimitIsAnError) {
  const HttpRequest request{.url = at("/large"), .body_limit_bytes = 999999};
  EXPECT_THAT(message_of(request), HasSubstr("longer than 999999 bytes"));
  EXPECT_EQ(client.send({.url = at("/large"), .body_limit_bytes = 1000000}).body.size(), 1000000U);
}

TEST_F(Http, OnlyHttpIsSpoken) {
  EXPECT_THROW(client.send({.url = "file:///etc/passwd"}), InputError);
  EXPECT_THROW(client.send({.url = "no url"}), InputError);
}

TEST_F(Http, AHeaderCannotSmuggleInAnother) {
  EXPECT_THROW(client.send({.url = at("/echo"), .headers = {{"X", "a\r\nY: b"}}}), Error);
}

TEST_F(Http, MessagesHoldNoSecrets) {
  const auto message =
      message_of({.method = "PUT",
                  .url = "http://user:hunter2@127.0.0.1:1/path?token=hunter2#hunter2",
                  .headers = {{"Authorization", "Bearer hunter2"}},
                  .body = "hunter2"});
  EXPECT_THAT(message, HasSubstr("PUT http://127.0.0.1:1/path: "));
  EXPECT_THAT(message, Not(HasSubstr("hunter2")));
}

TEST(HttpOverUnixSocket, Speaks) {
  const test::TemporaryDirectory directory;
  const auto socket = directory.path() / "s";
  const test::ServerProcess server(k_script, {socket.string()});
  HttpClient client;
  const auto response = client.send({.url = "http://localhost/echo", .unix_socket = socket});
  EXPECT_EQ(json::parse(response.body)["path"], "/echo");
}

TEST(HttpOverUnixSocket, ASocketThatNobodyServesIsWorthAnotherTry) {
  HttpClient client;
  EXPECT_THROW(client.send({.url = "http://localhost/", .unix_socket = "/no/such/socket"}),
               TransientError);
}

TEST(UrlWithoutSecrets, KeepsSchemeHostAndPath) {
  EXPECT_EQ(url_without_secrets("https://u:p@host:1/a/b?q=1#f"), "https://host:1/a/b");
  EXPECT_EQ(url_without_secrets("https://host/a@b"), "https://host/a@b");
  EXPECT_EQ(url_without_secrets("http://host?x=@y"), "http://host");
}

TEST(UrlEncode, LeavesOnlyUnreservedLetters) {
  EXPECT_EQ(url_encode("a b/c&d=~_-.9"), "a%20b%2Fc%26d%3D~_-.9");
  EXPECT_EQ(url_encode("\xC3\xA9"), "%C3%A9");
}

}  // namespace
}  // namespace assay
