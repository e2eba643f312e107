// A CDash server as `assay cdash` and `assay history` talk to it: REST (3.x, 4.x) and GraphQL.
#pragma once

#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/http.h"

namespace assay {

using CdashQuery = std::vector<std::pair<std::string, std::string>>;

struct CdashReply {
  int status = 0;
  nlohmann::json body;  // null where the answer is no JSON
  std::string text;

  bool succeeded() const { return status >= 200 && status < 300; }
  // The server's own words: `error`, `description`, a GraphQL error, else the status.
  std::string reason() const;
};

class CdashClient {
 public:
  // `url` is the server's address, with or without /submit.php?project=...; `token` may be empty.
  CdashClient(const std::string& url, std::string token);

  const std::string& base() const { return base_; }

  // Logs in as a browser would, for servers that give no full-access tokens. Throws Error when the
  // server refuses.
  void log_in(const std::string& email, const std::string& password);

  // GET or POST below the server's address. A server that is down or slow is asked three times, but
  // only what changes nothing (GET, GraphQL queries).
  CdashReply get(const std::string& path, const CdashQuery& query = {});
  CdashReply post(const std::string& path, const nlohmann::json& body);

  // POST /graphql. CDash's GraphQL knows no bearer token, only a session: one is begun first by a
  // REST call that does know it. Throws Error with the server's words where it answers with errors.
  nlohmann::json graphql(const std::string& query, const nlohmann::json& variables = {});

  // PUT submit.php: one part of a submission. Throws TransientError as HttpClient does.
  CdashReply submit(const CdashQuery& query, const std::string& xml);

  std::chrono::milliseconds retry_delay{std::chrono::seconds(2)};

 private:
  CdashReply send(const HttpRequest& request, bool may_repeat);
  std::string address(const std::string& path, const CdashQuery& query) const;
  HttpHeaders headers() const;

  std::string base_;
  std::string token_;
  HttpClient http_;
  bool has_session_ = false;
};

// The nodes of a GraphQL connection ({edges: [{node}]}) or of a plain list: CDash changed from one
// to the other.
std::vector<nlohmann::json> nodes_of(const nlohmann::json& list);

// A number that may have come as a string ("1.5e-9"); nothing for what is none, "nan" included.
std::optional<double> number_of(const nlohmann::json& value);

}  // namespace assay
