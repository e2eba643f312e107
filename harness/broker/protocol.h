// What drivers and the broker say to each other over their socket: each message is a four-byte
// length (this machine's byte order) and that many bytes of CBOR. Both ends are of one version of
// Assay: the version is part of the socket's name.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "model/job.h"
#include "model/site.h"
#include "model/workload.h"

namespace assay {

// Raised with every change of a message: part of the socket's name, too.
inline constexpr int k_protocol_version = 1;

// Driver to broker.
struct SubmitRequest {
  Workload workload;
  std::optional<JobRef> known;  // what an earlier broker told of it
  bool is_resumed = false;      // an earlier broker may have submitted it
};
struct CancelRequest {
  std::string token;
  std::string reason;
};
struct ReleaseRequest {
  std::string token;
};
struct AdoptRequest {
  std::string digest;
};

// A person's command to broker.
struct CancelMatching {
  std::string key;     // or a name: a key without its type; empty: all
  std::string run_id;  // empty: all
};
struct OverviewRequest {};
struct StopRequest {};

// Broker to driver or person.
struct StatusNews {
  std::string token;
  JobRef reference;
  JobStatus status;
};
struct AdoptReply {
  std::optional<KeptJob> kept;
};
struct TextReply {
  std::string text;  // JSON, as `assay broker status --format json` prints it
};

using Message =
    std::variant<SubmitRequest, CancelRequest, ReleaseRequest, AdoptRequest, CancelMatching,
                 OverviewRequest, StopRequest, StatusNews, AdoptReply, TextReply>;

// The message with its length before it.
std::string encode(const Message& message);

// A message without its length. Throws Error.
Message decode(std::string_view bytes);

// Takes a stream of bytes apart.
class MessageReader {
 public:
  void append(std::string_view bytes) { buffer_ += bytes; }

  // The next whole message; nothing when more bytes are needed. Throws Error.
  std::optional<Message> next();

 private:
  std::string buffer_;
};

// How a launcher's configuration reaches the broker that is started for it.
std::string encode_config(const LauncherConfig& config);
LauncherConfig decode_config(std::string_view bytes);

}  // namespace assay
