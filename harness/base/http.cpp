#include "base/http.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <exception>

#include "base/curl.h"
#include "base/error.h"
#include "base/text.h"

namespace assay {

namespace {

bool is_unreachable(CURLcode code) {
  return code == CURLE_COULDNT_RESOLVE_PROXY || code == CURLE_COULDNT_RESOLVE_HOST ||
         code == CURLE_COULDNT_CONNECT;
}

// What a server that is down, slow or gone comes to: worth another try.
bool is_transient(CURLcode code) {
  constexpr std::array k_transient = {
      CURLE_PARTIAL_FILE, CURLE_OPERATION_TIMEDOUT, CURLE_GOT_NOTHING,
      CURLE_SEND_ERROR,   CURLE_RECV_ERROR,         CURLE_SSL_CONNECT_ERROR,
      CURLE_HTTP2,        CURLE_HTTP2_STREAM,       CURLE_WEIRD_SERVER_REPLY};
  return std::find(k_transient.begin(), k_transient.end(), code) != k_transient.end();
}

struct Answer {
  HttpResponse response;
  std::size_t limit_bytes = 0;
  bool too_long = false;
  std::exception_ptr failure;  // of a callback: no exception may pass through libcurl
};

std::size_t take_body(char* data, std::size_t size, std::size_t count, void* user) {
  auto& answer = *static_cast<Answer*>(user);
  const auto bytes = size * count;
  if (answer.response.body.size() + bytes > answer.limit_bytes) {
    answer.too_long = true;
    return 0;
  }
  try {
    answer.response.body.append(data, bytes);
  } catch (...) {
    answer.failure = std::current_exception();
    return 0;
  }
  return bytes;
}

// One line of the head. Each further head (100 Continue, a proxy's) begins anew.
std::size_t take_header(char* data, std::size_t size, std::size_t count, void* user) {
  auto& answer = *static_cast<Answer*>(user);
  const auto bytes = size * count;
  try {
    const auto line = trim({data, bytes});
    if (line.starts_with("HTTP/")) {
      answer.response.headers.clear();
    } else if (const auto colon = line.find(':'); colon != std::string_view::npos) {
      answer.response.headers.emplace_back(to_lower(trim(line.substr(0, colon))),
                                           std::string(trim(line.substr(colon + 1))));
    }
  } catch (...) {
    answer.failure = std::current_exception();
    return 0;
  }
  return bytes;
}

// libcurl's list of strings, freed with its scope.
class StringList {
 public:
  explicit StringList(const Curl& curl) : curl_(curl) {}
  StringList(const StringList&) = delete;
  StringList& operator=(const StringList&) = delete;
  ~StringList() { curl_.slist_free_all(list_); }

  void add(const std::string& text) {
    curl_slist* longer = curl_.slist_append(list_, text.c_str());
    if (longer == nullptr) throw Error("out of memory");
    list_ = longer;
  }
  curl_slist* get() const { return list_; }

 private:
  const Curl& curl_;
  curl_slist* list_ = nullptr;
};

void add_headers(const HttpRequest& request, StringList& list) {
  bool has_type = false;
  for (const auto& [name, value] : request.headers) {
    if (name.empty() || (name + value).find_first_of("\r\n") != std::string::npos) {
      throw Error("a line break, or no name, in HTTP header '" + name + "'");
    }
    has_type = has_type || to_lower(name) == "content-type";
    // libcurl leaves out a header without a value unless it ends with ';'.
    list.add(value.empty() ? fmt::format("{};", name) : fmt::format("{}: {}", name, value));
  }
  list.add("Expect:");  // no second's wait for servers that do not know it
  if (!has_type) list.add("Content-Type:");
}

bool has_body(const HttpRequest& request) {
  return !request.body.empty() || request.method == "POST" || request.method == "PUT" ||
         request.method == "PATCH";
}

// Where the query or the fragment of a URL begins, else its end.
std::string_view without_query(std::string_view url) {
  return url.substr(0, url.find_first_of("?#"));
}

}  // namespace

std::string HttpResponse::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return {};
}

struct HttpClient::State {
  explicit State(HttpTls settings)
      : curl(load_curl()), tls(std::move(settings)), handle(curl.easy_init()) {
    if (handle == nullptr) throw Error("libcurl gives no handle");
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { curl.easy_cleanup(handle); }

  template <typename Value>
  void set(CURLoption option, Value value) {
    const auto code = curl.easy_setopt(handle, option, value);
    if (code != CURLE_OK) {
      throw Error("libcurl refuses option " + std::to_string(static_cast<int>(option)) + ": " +
                  curl.easy_strerror(code));
    }
  }

  void set_up(const HttpRequest& request, Answer& answer, const StringList& headers, char* reason);
  void set_up_tls();
  [[noreturn]] void fail(const HttpRequest& request, CURLcode code, const Answer& answer,
                         const char* reason) const;

  const Curl& curl;
  HttpTls tls;
  CURL* handle;
};

void HttpClient::State::set_up(const HttpRequest& request, Answer& answer,
                               const StringList& headers, char* reason) {
  curl.easy_reset(handle);  // keeps cookies and connections
  set(CURLOPT_URL, request.url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_ERRORBUFFER, reason);
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.connect_limit.count()));
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(request.time_limit.count()));
  set(CURLOPT_HTTPHEADER, headers.get());
  set(CURLOPT_WRITEFUNCTION, &take_body);
  set(CURLOPT_WRITEDATA, &answer);
  set(CURLOPT_HEADERFUNCTION, &take_header);
  set(CURLOPT_HEADERDATA, &answer);
  set(CURLOPT_COOKIEFILE, "");  // switches the keeping of cookies on
  if (!request.unix_socket.empty()) {
    set(CURLOPT_UNIX_SOCKET_PATH, request.unix_socket.c_str());
    set(CURLOPT_NOPROXY, "*");
  }
  if (has_body(request)) {
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    set(CURLOPT_POSTFIELDS, request.body.data());
  }
  if (request.method == "HEAD") set(CURLOPT_NOBODY, 1L);
  set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
  set_up_tls();
}

void HttpClient::State::set_up_tls() {
  if (!tls.authorities.empty()) set(CURLOPT_CAINFO, tls.authorities.c_str());
  if (!tls.certificate.empty()) set(CURLOPT_SSLCERT, tls.certificate.c_str());
  if (!tls.key.empty()) set(CURLOPT_SSLKEY, tls.key.c_str());
  set(CURLOPT_SSL_VERIFYPEER, tls.verify ? 1L : 0L);
  set(CURLOPT_SSL_VERIFYHOST, tls.verify ? 2L : 0L);
}

void HttpClient::State::fail(const HttpRequest& request, CURLcode code, const Answer& answer,
                             const char* reason) const {
  const auto what = request.method + " " + url_without_secrets(request.url) + ": ";
  if (answer.failure) std::rethrow_exception(answer.failure);
  if (answer.too_long) {
    throw Error(what + "the answer is longer than " + std::to_string(request.body_limit_bytes) +
                " bytes");
  }
  if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL) {
    throw InputError(Place{}, "'" + url_without_secrets(request.url) +
                                  "' is no URL for HTTP (http://host/path or https://host/path)");
  }
  const std::string why = *reason != '\0' ? reason : curl.easy_strerror(code);
  if (is_unreachable(code)) throw NotConnected(what + why);
  if (is_transient(code)) throw TransientError(what + why);
  throw Error(what + why);
}

HttpClient::HttpClient(HttpTls tls) : state_(std::make_unique<State>(std::move(tls))) {}
HttpClient::HttpClient(HttpClient&&) noexcept = default;
HttpClient& HttpClient::operator=(HttpClient&&) noexcept = default;
HttpClient::~HttpClient() = default;

HttpResponse HttpClient::send(const HttpRequest& request) {
  auto& state = *state_;
  StringList headers(state.curl);
  add_headers(request, headers);
  Answer answer{.response = {}, .limit_bytes = request.body_limit_bytes, .failure = {}};
  std::array<char, CURL_ERROR_SIZE> reason{};
  state.set_up(request, answer, headers, reason.data());
  const auto code = state.curl.easy_perform(state.handle);
  if (code != CURLE_OK) state.fail(request, code, answer, reason.data());
  long status = 0;
  state.curl.easy_getinfo(state.handle, CURLINFO_RESPONSE_CODE, &status);
  answer.response.status = static_cast<int>(status);
  return std::move(answer.response);
}

std::string HttpClient::cookie(std::string_view name) const {
  curl_slist* list = nullptr;
  state_->curl.easy_getinfo(state_->handle, CURLINFO_COOKIELIST, &list);
  std::string value;
  // Netscape's format: domain, subdomains, path, secure, expiry, name, value, between tabs.
  for (const auto* entry = list; entry != nullptr; entry = entry->next) {
    const auto fields = split(entry->data, '\t');
    if (fields.size() == 7 && fields[5] == name) value = fields[6];
  }
  state_->curl.slist_free_all(list);
  return value;
}

std::string url_without_secrets(std::string_view url) {
  std::string out(without_query(url));
  const auto scheme = out.find("://");
  const auto host = scheme == std::string::npos ? 0 : scheme + 3;
  const auto path = out.find('/', host);
  const auto at = out.rfind('@', path == std::string::npos ? out.size() : path);
  if (at != std::string::npos && at >= host) out.erase(host, at + 1 - host);
  return out;
}

std::string url_encode(std::string_view text) {
  constexpr std::string_view k_hex = "0123456789ABCDEF";
  constexpr std::string_view k_plain = "-._~";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x80U && std::isalnum(byte) != 0) || k_plain.find(c) != std::string_view::npos) {
      out += c;
    } else {
      out += '%';
      out += k_hex[byte >> 4U];
      out += k_hex[byte & 15U];
    }
  }
  return out;
}

}  // namespace assay
