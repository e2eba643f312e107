#include "launch/slurm_rest_transport.h"

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "base/process.h"
#include "base/text.h"
#include "launch/slurm_commands.h"
#include "launch/slurm_rest_options.h"

namespace assay {

namespace {

// More ids than these are asked for by one request for all jobs that there are.
constexpr std::size_t k_single_requests = 16;
constexpr const char* k_request_file = "job.json";
constexpr int k_unauthorized = 401;
constexpr int k_not_found = 404;
constexpr int k_network_authentication = 511;  // what Slurm 24.11 makes of a token that is refused
// Slurm 22.05 has the same words for a token that it refuses, at once, and for a controller that is
// down, after as long as it tries.
constexpr std::chrono::milliseconds k_at_once{500};

// Nothing can be asked before the user, or an administrator, has done something.
class NoWay : public TransientError {
 public:
  using TransientError::TransientError;
};

std::vector<std::string> unique_arrays(std::span<const std::string> ids) {
  std::vector<std::string> unique;
  for (const auto& id : ids) unique.push_back(array_id_of(id));
  std::sort(unique.begin(), unique.end());
  unique.erase(std::unique(unique.begin(), unique.end()), unique.end());
  return unique;
}

bool is_gone(const RestReply& reply) {
  return reply.has_code(k_invalid_job_id) || reply.has_code(k_already_done);
}

std::string words_of(const RestReply& reply, int status) {
  if (reply.has_code(k_slurm_error)) {
    return "slurmrestd gets no answer from slurmctld" +
           (reply.words.empty() ? "" : " (" + reply.words + ")");
  }
  if (!reply.words.empty()) return reply.words;
  return "slurmrestd answers with HTTP status " + std::to_string(status);
}

// Whether slurmrestd has no such path at all; an unknown job's 404 is JSON.
bool is_unknown_path(int status, const RestReply& reply) {
  return status == k_not_found && !reply.is_json;
}

}  // namespace

SlurmRestTransport::SlurmRestTransport(SlurmSettings settings)
    : settings_(std::move(settings)),
      rest_(settings_.rest.value()),
      client_(HttpTls{.authorities = rest_.ca_file}) {}

std::string SlurmRestTransport::user() const {
  return rest_.user.empty() ? account_name() : rest_.user;
}

// Throws NoWay when the token is missing, has expired or is refused.
SlurmRestTransport::Answer SlurmRestTransport::send(const std::string& method,
                                                    const std::string& path,
                                                    const std::string& body,
                                                    std::chrono::milliseconds limit) {
  HttpRequest request{.method = method, .url = rest_.url + path, .body = body};
  request.unix_socket = rest_.unix_socket;
  request.time_limit = limit;
  request.headers.emplace_back("Accept", "application/json");
  if (!body.empty()) request.headers.emplace_back("Content-Type", "application/json");
  SlurmToken token;
  try {
    token = read_slurm_token(rest_);
  } catch (const Error& error) {
    throw NoWay(std::string("no token for slurmrestd: ") + error.what());
  }
  if (token.expires && *token.expires <= now()) {
    throw NoWay("the token of " + token.origin + " expired at " + to_iso8601(*token.expires) +
                "; 'scontrol token' makes another");
  }
  if (!token.text.empty()) {
    request.headers.emplace_back("X-SLURM-USER-NAME", user());
    request.headers.emplace_back("X-SLURM-USER-TOKEN", token.text);
  }
  HttpResponse response;
  try {
    response = client_.send(request);
  } catch (const TransientError&) {
    throw;
  } catch (const Error& error) {  // no libcurl, or a certificate that is not trusted
    throw NoWay(error.what());
  }
  auto reply = parse_rest_reply(response.body);
  const bool is_refused = response.status == k_unauthorized ||
                          response.status == k_network_authentication ||
                          reply.has_code(k_protocol_authentication_error);
  if (is_refused && token.text.empty()) {
    throw NoWay("slurmrestd wants a token: set SLURM_JWT, or 'token_file' in the site file");
  }
  if (is_refused) {
    throw NoWay("slurmrestd refuses the token of " + token.origin + " for user " + user());
  }
  return {response.status, std::move(reply)};
}

SlurmRestTransport::Answer SlurmRestTransport::get(const std::string& path) {
  return send("GET", path, {}, settings_.query_timeout);
}

bool SlurmRestTransport::offers(const std::string& version) {
  const auto began = std::chrono::steady_clock::now();
  const auto [status, reply] = get("/slurm/" + version + "/ping");
  if (is_unknown_path(status, reply)) return false;
  if (!reply.is_json) throw TransientError(words_of(reply, status));
  if (reply.has_code(k_slurm_error)) {
    const bool was_at_once = std::chrono::steady_clock::now() - began < k_at_once;
    if (was_at_once && rest_.unix_socket.empty()) {
      throw NoWay("slurmctld refuses the token of " + read_slurm_token(rest_).origin +
                  " for user " + user());
    }
    throw TransientError(words_of(reply, status));
  }
  release_ = reply.release;
  return true;
}

// The newest that both sides know.
void SlurmRestTransport::choose_version() {
  if (!version_.empty()) return;
  auto wanted = known_rest_versions();
  if (!rest_.api_version.empty()) wanted = {rest_.api_version};
  for (const auto& version : wanted) {
    if (!offers(version)) continue;
    version_ = version;
    return;
  }
  const auto offered = get("/openapi/v3").reply.versions;
  throw NoWay("slurmrestd at " +
              (rest_.unix_socket.empty() ? rest_.url : rest_.unix_socket.string()) + " offers " +
              (offered.empty() ? "no version of its API" : join(offered, ", ")) +
              "; known good are " + join(wanted, ", "));
}

std::string SlurmRestTransport::check() {
  choose_version();
  const auto answer = get("/slurm/" + version_ + "/jobs");  // a ping needs no valid token
  if (answer.status >= 300 || !answer.reply.is_json) {
    throw TransientError(words_of(answer.reply, answer.status));
  }
  auto text = version_ + (release_.empty() ? "" : " of Slurm " + release_);
  const auto token = read_slurm_token(rest_);
  if (token.text.empty()) return text;
  text += ", token of " + token.origin;
  return token.expires ? text + " until " + to_iso8601(*token.expires) : text;
}

SubmitReply SlurmRestTransport::submit(const std::filesystem::path& script,
                                       const SlurmOptions& options) {
  SubmitReply failed;
  std::string body;
  try {
    failed.failure = SubmitFailure::not_now;
    choose_version();
    failed.failure = SubmitFailure::no_way;
    body = rest_submission(version_, read_file(script), options, now());
    write_file_atomically(script.parent_path() / k_request_file, body);
    failed.failure = SubmitFailure::uncertain;
    const auto answer =
        send("POST", "/slurm/" + version_ + "/job/submit", body, settings_.submit_timeout);
    const auto& reply = answer.reply;
    if (!reply.job_id.empty()) return {.id = reply.job_id};
    if (is_unknown_path(answer.status, reply)) version_.clear();  // another one by now
    failed.words = words_of(reply, answer.status);
    // Words of a proxy, or none, prove nothing.
    failed.failure = reply.is_json && !reply.codes.empty() ? classify_words(reply.words)
                                                           : SubmitFailure::uncertain;
    return failed;
  } catch (const NoWay& error) {
    failed.failure = SubmitFailure::no_way;
    failed.words = error.what();
  } catch (const NotConnected& error) {
    failed.failure = SubmitFailure::not_now;
    failed.words = error.what();
  } catch (const Error& error) {
    failed.words = error.what();
  }
  return failed;
}

// Throws TransientError for an answer that is none.
std::vector<SlurmRow> SlurmRestTransport::read_jobs(const std::string& path) {
  auto [status, reply] = get("/slurm/" + version_ + path);
  if (is_gone(reply)) return {};
  if (status < 300 && reply.is_json) return std::move(reply.rows);
  if (is_unknown_path(status, reply)) version_.clear();
  throw TransientError(words_of(reply, status));
}

std::vector<SlurmRow> SlurmRestTransport::jobs(std::span<const std::string> ids) {
  choose_version();
  const auto arrays = unique_arrays(ids);
  if (arrays.empty() || arrays.size() > k_single_requests) return read_jobs("/jobs");
  std::vector<SlurmRow> rows;
  for (const auto& id : arrays) {
    for (auto& row : read_jobs("/job/" + id)) rows.push_back(std::move(row));
  }
  return rows;
}

std::optional<std::vector<SlurmRow>> SlurmRestTransport::accounting(
    std::span<const std::string> ids) {
  choose_version();
  const auto arrays = unique_arrays(ids);
  std::vector<std::string> paths;
  if (arrays.empty() || arrays.size() > k_single_requests) {
    paths.emplace_back("/jobs?skip_steps=true&start_time=now-7days");
  } else {
    for (const auto& id : arrays) paths.push_back("/job/" + id);
  }
  std::vector<SlurmRow> rows;
  for (const auto& path : paths) {
    const auto [status, reply] = get("/slurmdb/" + version_ + path);
    if (is_unknown_path(status, reply)) return std::nullopt;
    rows.insert(rows.end(), reply.rows.begin(), reply.rows.end());
  }
  return rows;
}

void SlurmRestTransport::cancel(std::span<const std::string> ids) {
  choose_version();
  for (const auto& id : ids) {
    const auto [status, reply] =
        send("DELETE", "/slurm/" + version_ + "/job/" + id, {}, settings_.query_timeout);
    if (status >= 300 && !is_gone(reply)) throw TransientError(words_of(reply, status));
  }
}

}  // namespace assay
