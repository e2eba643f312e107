#include "cli/cdash_client.h"

#include <cmath>
#include <cstdlib>
#include <optional>
#include <thread>

#include "base/error.h"
#include "base/text.h"

namespace assay {

namespace {

using nlohmann::json;

constexpr int k_tries = 3;

// "https://host/cdash" of whatever address a person has at hand.
std::string base_of(std::string_view url) {
  url = url.substr(0, url.find_first_of("?#"));
  if (const auto submit = url.rfind("/submit.php"); submit != std::string_view::npos) {
    url = url.substr(0, submit);
  }
  while (url.ends_with('/')) url.remove_suffix(1);
  return std::string(url);
}

// A cookie's value as a header wants it: %3D is '='.
std::string url_decode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      const std::string hex(text.substr(i + 1, 2));
      out += static_cast<char>(std::strtol(hex.c_str(), nullptr, 16));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

CdashReply reply_of(HttpResponse response) {
  CdashReply reply{.status = response.status, .body = {}, .text = std::move(response.body)};
  reply.body = json::parse(reply.text, nullptr, false);
  if (reply.body.is_discarded()) reply.body = nullptr;
  return reply;
}

}  // namespace

std::string CdashReply::reason() const {
  if (body.is_object()) {
    for (const auto* name : {"error", "description", "message"}) {
      if (body.contains(name) && body[name].is_string() && !body[name].get<std::string>().empty()) {
        return body[name].get<std::string>();
      }
    }
    if (body.contains("errors") && body["errors"].is_array() && !body["errors"].empty()) {
      return body["errors"][0].value("message", "an error without a message");
    }
  }
  return "HTTP status " + std::to_string(status);
}

CdashClient::CdashClient(const std::string& url, std::string token)
    : base_(base_of(url)), token_(std::move(token)) {
  if (!base_.starts_with("http://") && !base_.starts_with("https://")) {
    throw InputError(Place{}, "'" + url_without_secrets(url) + "' is no address of a CDash server");
  }
}

std::string CdashClient::address(const std::string& path, const CdashQuery& query) const {
  std::string out = base_ + path;
  char separator = '?';
  for (const auto& [name, value] : query) {
    out += separator + url_encode(name) + "=" + url_encode(value);
    separator = '&';
  }
  return out;
}

HttpHeaders CdashClient::headers() const {
  HttpHeaders out{{"Accept", "application/json"}};
  if (!token_.empty()) out.emplace_back("Authorization", "Bearer " + token_);
  const auto forgery_token = http_.cookie("XSRF-TOKEN");
  if (!forgery_token.empty()) out.emplace_back("X-XSRF-TOKEN", url_decode(forgery_token));
  return out;
}

CdashReply CdashClient::send(const HttpRequest& request, bool may_repeat) {
  for (int attempt = 1;; ++attempt) {
    try {
      auto reply = reply_of(http_.send(request));
      if (reply.status < 500 || !may_repeat || attempt == k_tries) return reply;
    } catch (const TransientError&) {
      if (!may_repeat || attempt == k_tries) throw;
    }
    std::this_thread::sleep_for(retry_delay);
  }
}

CdashReply CdashClient::get(const std::string& path, const CdashQuery& query) {
  return send({.url = address(path, query), .headers = headers()}, true);
}

CdashReply CdashClient::post(const std::string& path, const json& body) {
  auto all = headers();
  all.emplace_back("Content-Type", "application/json");
  return send({.method = "POST", .url = address(path, {}), .headers = all, .body = body.dump()},
              false);
}

void CdashClient::log_in(const std::string& email, const std::string& password) {
  get("/login");  // gives the cookie against forged requests
  const auto reply = post("/login", {{"email", email}, {"password", password}});
  if (reply.status >= 400) throw Error(base_ + " does not log " + email + " in: " + reply.reason());
  has_session_ = true;
}

json CdashClient::graphql(const std::string& query, const json& variables) {
  if (!has_session_ && !token_.empty()) {
    get("/api/v1/user.php");
    has_session_ = true;
  }
  auto all = headers();
  all.emplace_back("Content-Type", "application/json");
  json body{{"query", query}};
  if (!variables.empty()) body["variables"] = variables;
  const bool only_reads = !trim(query).starts_with("mutation");
  auto reply =
      send({.method = "POST", .url = address("/graphql", {}), .headers = all, .body = body.dump()},
           only_reads);
  const bool has_errors = reply.body.is_object() && reply.body.contains("errors");
  if (!reply.succeeded() || has_errors || !reply.body.is_object() || !reply.body.contains("data")) {
    throw Error(base_ + "/graphql: " + reply.reason());
  }
  return reply.body["data"];
}

CdashReply CdashClient::submit(const CdashQuery& query, const std::string& xml) {
  HttpHeaders all{{"Content-Type", "text/xml"}};
  if (!token_.empty()) all.emplace_back("Authorization", "Bearer " + token_);
  return reply_of(http_.send({.method = "PUT",
                              .url = address("/submit.php", query),
                              .headers = all,
                              .body = xml,
                              .time_limit = std::chrono::minutes(10)}));
}

std::vector<json> nodes_of(const json& list) {
  std::vector<json> out;
  if (list.is_array()) {
    for (const auto& item : list) out.push_back(item);
  } else if (list.is_object() && list.contains("edges")) {
    for (const auto& edge : list["edges"]) out.push_back(edge.at("node"));
  }
  return out;
}

std::optional<double> number_of(const json& value) {
  std::optional<double> number;
  if (value.is_number()) number = value.get<double>();
  if (value.is_string()) number = parse_number(trim(value.get<std::string>()));
  if (number && !std::isfinite(*number)) return std::nullopt;
  return number;
}

}  // namespace assay
