#include "broker/protocol.h"

#include <array>
#include <cstdint>
#include <cstring>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/error.h"

namespace assay {

namespace {

using Json = nlohmann::json;

constexpr std::size_t k_largest_message = std::size_t{64} << 20U;

std::string to_bytes(const Json& json) {
  std::string bytes;
  Json::to_cbor(json, bytes);
  return bytes;
}

Json of_time(const std::optional<TimePoint>& time) {
  return time ? Json(time->time_since_epoch().count()) : Json(nullptr);
}

std::optional<TimePoint> to_time(const Json& json) {
  if (json.is_null()) return std::nullopt;
  return TimePoint(std::chrono::milliseconds(json.get<long long>()));
}

Json of_value(const Value& value) {
  auto items = Json::array();
  for (const auto& item : value.items) items.push_back(of_value(item));
  auto entries = Json::array();
  for (const auto& [name, entry] : value.entries) entries.push_back({name, of_value(entry)});
  return {static_cast<int>(value.kind),
          value.text,
          items,
          entries,
          value.line,
          value.column,
          value.key_line,
          value.key_column};
}

Value to_value(const Json& json) {
  Value value;
  value.kind = static_cast<Value::Kind>(json.at(0).get<int>());
  value.text = json.at(1).get<std::string>();
  for (const auto& item : json.at(2)) value.items.push_back(to_value(item));
  for (const auto& entry : json.at(3)) {
    value.entries.emplace_back(entry.at(0).get<std::string>(), to_value(entry.at(1)));
  }
  value.line = json.at(4).get<int>();
  value.column = json.at(5).get<int>();
  value.key_line = json.at(6).get<int>();
  value.key_column = json.at(7).get<int>();
  return value;
}

Json of_reference(const JobRef& job) { return {job.id, job.token, of_time(job.submitted)}; }

JobRef to_reference(const Json& json) {
  return {json.at(0).get<std::string>(), json.at(1).get<std::string>(), to_time(json.at(2))};
}

Json of_workload(const Workload& w) {
  auto mounts = Json::array();
  for (const auto& mount : w.mounts) mounts.push_back({mount.inside, mount.outside});
  return {{"key", w.key},
          {"name", w.name},
          {"token", w.token},
          {"directory", w.directory.string()},
          {"script", w.script},
          {"script_setup", w.script_setup},
          {"shell", w.shell},
          {"environment", w.environment},
          {"nodes", w.nodes},
          {"gpus_per_node", w.gpus_per_node},
          {"time_limit", w.time_limit.count()},
          {"mounts", mounts},
          {"image", w.image},
          {"settings", of_value(w.settings)},
          {"excluded_nodes", w.excluded_nodes},
          {"lease", w.lease.string()},
          {"product_digest", w.product_digest}};
}

Workload to_workload(const Json& json) {
  Workload w;
  json.at("key").get_to(w.key);
  json.at("name").get_to(w.name);
  json.at("token").get_to(w.token);
  w.directory = json.at("directory").get<std::string>();
  json.at("script").get_to(w.script);
  json.at("script_setup").get_to(w.script_setup);
  json.at("shell").get_to(w.shell);
  json.at("environment").get_to(w.environment);
  json.at("nodes").get_to(w.nodes);
  json.at("gpus_per_node").get_to(w.gpus_per_node);
  w.time_limit = std::chrono::seconds(json.at("time_limit").get<long long>());
  for (const auto& mount : json.at("mounts")) {
    w.mounts.push_back({mount.at(0).get<std::string>(), mount.at(1).get<std::string>()});
  }
  json.at("image").get_to(w.image);
  w.settings = to_value(json.at("settings"));
  json.at("excluded_nodes").get_to(w.excluded_nodes);
  w.lease = json.at("lease").get<std::string>();
  json.at("product_digest").get_to(w.product_digest);
  return w;
}

Json of_status(const JobStatus& s) {
  Json json{{"id", s.id},
            {"state", static_cast<int>(s.state)},
            {"reason", s.reason},
            {"nodes", s.nodes},
            {"expected_start", of_time(s.expected_start)},
            {"started", of_time(s.started)},
            {"ended", of_time(s.ended)},
            {"silent_since", of_time(s.silent_since)},
            {"notice", s.notice},
            {"cannot_run", s.cannot_run}};
  if (s.end) {
    json["end"] = {static_cast<int>(s.end->kind), s.end->exit_code, s.end->signal, s.end->reason};
  }
  if (s.cpu_seconds) json["cpu_seconds"] = *s.cpu_seconds;
  if (s.peak_memory_bytes) json["peak_memory_bytes"] = *s.peak_memory_bytes;
  for (const auto& gpu : s.gpus) json["gpus"].push_back({gpu.uuid, gpu.model, gpu.driver});
  return json;
}

JobStatus to_status(const Json& json) {
  JobStatus s;
  json.at("id").get_to(s.id);
  s.state = static_cast<JobState>(json.at("state").get<int>());
  json.at("reason").get_to(s.reason);
  json.at("nodes").get_to(s.nodes);
  s.expected_start = to_time(json.at("expected_start"));
  s.started = to_time(json.at("started"));
  s.ended = to_time(json.at("ended"));
  s.silent_since = to_time(json.at("silent_since"));
  json.at("notice").get_to(s.notice);
  json.at("cannot_run").get_to(s.cannot_run);
  if (const auto end = json.find("end"); end != json.end()) {
    s.end = JobEnd{static_cast<EndKind>(end->at(0).get<int>()), end->at(1).get<int>(),
                   end->at(2).get<int>(), end->at(3).get<std::string>()};
  }
  if (json.contains("cpu_seconds")) s.cpu_seconds = json["cpu_seconds"].get<double>();
  if (json.contains("peak_memory_bytes")) {
    s.peak_memory_bytes = json["peak_memory_bytes"].get<long long>();
  }
  if (const auto gpus = json.find("gpus"); gpus != json.end()) {
    for (const auto& gpu : *gpus) {
      s.gpus.push_back({gpu.at(0).get<std::string>(), gpu.at(1).get<std::string>(),
                        gpu.at(2).get<std::string>()});
    }
  }
  return s;
}

// One pair of functions per message; its number is its place in the variant.
Json fields(const SubmitRequest& m) {
  return {of_workload(m.workload), m.known ? of_reference(*m.known) : Json(nullptr), m.is_resumed};
}
Json fields(const CancelRequest& m) { return {m.token, m.reason}; }
Json fields(const ReleaseRequest& m) { return Json::array({m.token}); }
Json fields(const AdoptRequest& m) { return Json::array({m.digest}); }
Json fields(const CancelMatching& m) { return {m.key, m.run_id}; }
Json fields(const OverviewRequest& /*m*/) { return Json::array(); }
Json fields(const StopRequest& /*m*/) { return Json::array(); }
Json fields(const StatusNews& m) {
  return {m.token, of_reference(m.reference), of_status(m.status)};
}
Json fields(const AdoptReply& m) {
  if (!m.kept) return Json::array();
  return {of_reference(m.kept->job), m.kept->directory};
}
Json fields(const TextReply& m) { return Json::array({m.text}); }

void read(const Json& json, SubmitRequest& m) {
  m.workload = to_workload(json.at(0));
  if (!json.at(1).is_null()) m.known = to_reference(json.at(1));
  m.is_resumed = json.at(2).get<bool>();
}
void read(const Json& json, CancelRequest& m) {
  json.at(0).get_to(m.token);
  json.at(1).get_to(m.reason);
}
void read(const Json& json, ReleaseRequest& m) { json.at(0).get_to(m.token); }
void read(const Json& json, AdoptRequest& m) { json.at(0).get_to(m.digest); }
void read(const Json& json, CancelMatching& m) {
  json.at(0).get_to(m.key);
  json.at(1).get_to(m.run_id);
}
void read(const Json& /*json*/, OverviewRequest& /*m*/) {}
void read(const Json& /*json*/, StopRequest& /*m*/) {}
void read(const Json& json, StatusNews& m) {
  json.at(0).get_to(m.token);
  m.reference = to_reference(json.at(1));
  m.status = to_status(json.at(2));
}
void read(const Json& json, AdoptReply& m) {
  if (!json.empty()) m.kept = KeptJob{to_reference(json.at(0)), json.at(1).get<std::string>()};
}
void read(const Json& json, TextReply& m) { json.at(0).get_to(m.text); }

template <std::size_t I = 0>
Message read_message(std::size_t number, const Json& json) {
  if constexpr (I < std::variant_size_v<Message>) {
    if (number != I) return read_message<I + 1>(number, json);
    std::variant_alternative_t<I, Message> message;
    read(json, message);
    return message;
  } else {
    throw Error("a message of the unknown number " + std::to_string(number));
  }
}

}  // namespace

std::string encode(const Message& message) {
  const Json json{message.index(), std::visit([](const auto& m) { return fields(m); }, message)};
  const auto body = to_bytes(json);
  const auto length = static_cast<std::uint32_t>(body.size());
  std::string bytes(sizeof length, '\0');
  std::memcpy(bytes.data(), &length, sizeof length);
  return bytes + body;
}

Message decode(std::string_view bytes) {
  try {
    const auto json = Json::from_cbor(bytes);
    return read_message(json.at(0).get<std::size_t>(), json.at(1));
  } catch (const Json::exception& error) {
    throw Error("a message that cannot be read: " + std::string(error.what()));
  }
}

std::optional<Message> MessageReader::next() {
  std::uint32_t length = 0;
  if (buffer_.size() < sizeof length) return std::nullopt;
  std::memcpy(&length, buffer_.data(), sizeof length);
  if (length > k_largest_message) throw Error("a message of " + std::to_string(length) + " bytes");
  if (buffer_.size() < sizeof length + length) return std::nullopt;
  auto message = decode(std::string_view(buffer_).substr(sizeof length, length));
  buffer_.erase(0, sizeof length + length);
  if (buffer_.empty()) buffer_.shrink_to_fit();
  return message;
}

std::string encode_config(const LauncherConfig& config) {
  return to_bytes({config.name, config.type, of_value(config.settings), config.place.file,
                   config.place.line, config.place.column});
}

LauncherConfig decode_config(std::string_view bytes) {
  try {
    const auto json = Json::from_cbor(bytes);
    return {json.at(0).get<std::string>(),
            json.at(1).get<std::string>(),
            to_value(json.at(2)),
            {json.at(3).get<std::string>(), json.at(4).get<int>(), json.at(5).get<int>()}};
  } catch (const Json::exception& error) {
    throw Error("a launcher configuration that cannot be read: " + std::string(error.what()));
  }
}

}  // namespace assay
