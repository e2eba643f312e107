// A small HTTP client over libcurl, which is loaded on first use: who speaks no HTTP needs none.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace assay {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
  std::string method = "GET";
  std::string url;        // http: or https:; over a Unix socket its host is only a name
  HttpHeaders headers{};  // a secret belongs here, never into the URL
  std::string body{};     // sent as it is
  std::filesystem::path unix_socket{};  // empty: by TCP
  std::chrono::milliseconds connect_limit{std::chrono::seconds(10)};
  std::chrono::milliseconds time_limit{std::chrono::seconds(60)};  // of the whole exchange
  std::size_t body_limit_bytes = std::size_t{256} << 20U;          // of the answer
};

// The server could not be reached at all: nothing of the request was sent.
class NotConnected : public TransientError {
 public:
  using TransientError::TransientError;
};

struct HttpResponse {
  int status = 0;
  HttpHeaders headers{};  // as they came, names in lower case; redirects are not followed
  std::string body{};

  bool succeeded() const { return status >= 200 && status < 300; }
  // The first value of a header (name in lower case); empty when there is none.
  std::string header(std::string_view name) const;
};

// How servers and this client prove who they are (https only). Empty: the system's certificates,
// and no certificate of our own.
struct HttpTls {
  std::filesystem::path authorities{};  // PEM file of the certificates to trust instead
  std::filesystem::path certificate{};  // PEM file of the client's certificate
  std::filesystem::path key{};          // PEM file of its key
  bool verify = true;                   // false: any server is believed
};

// Keeps connections and cookies from one request to the next. Not for use by two threads at once.
class HttpClient {
 public:
  // Throws Error where there is no libcurl.
  explicit HttpClient(HttpTls tls = {});
  HttpClient(HttpClient&&) noexcept;
  HttpClient& operator=(HttpClient&&) noexcept;
  ~HttpClient();

  // Any status is an answer, not an error. Throws TransientError when the server is too slow or
  // breaks off, NotConnected when it cannot be reached, InputError for a URL that is none, and
  // Error for the rest (a certificate that is not trusted, an answer above the limit). Messages
  // name the method and the URL without user, password and query; never a header or a body.
  HttpResponse send(const HttpRequest& request);

  // The value of a cookie that a server has set; empty when there is none.
  std::string cookie(std::string_view name) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// A URL fit for messages: without user, password, query and fragment.
std::string url_without_secrets(std::string_view url);

// One part of a URL, with everything but letters, digits and -._~ as %XX (RFC 3986, section 2.3).
std::string url_encode(std::string_view text);

}  // namespace assay
