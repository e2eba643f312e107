#include "launch/slurm_token.h"

#include <cstdint>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/secret.h"
#include "base/text.h"

namespace assay {

namespace {

// RFC 4648, section 5; nothing for what is not that.
std::optional<std::string> decode_base64url(std::string_view text) {
  constexpr std::string_view k_digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string out;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    if (c == '=') break;
    const auto digit = k_digits.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    bits = bits << 6U | static_cast<std::uint32_t>(digit);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out += static_cast<char>(bits >> static_cast<unsigned>(count) & 0xffU);
  }
  return out;
}

}  // namespace

std::optional<TimePoint> token_expiry(std::string_view token) {
  const auto parts = split(token, '.');
  const auto payload = parts.size() == 3 ? decode_base64url(parts[1]) : std::nullopt;
  const auto claims = nlohmann::json::parse(payload.value_or(""), nullptr, false);
  if (!claims.is_object()) throw Error("it is no token (a JWT, as 'scontrol token' prints it)");
  const auto found = claims.find("exp");
  if (found == claims.end() || !found->is_number()) return std::nullopt;
  return TimePoint(std::chrono::seconds(found->get<long long>()));
}

SlurmToken read_slurm_token(const SlurmRestSettings& settings) {
  constexpr const char* k_variable = "SLURM_JWT";
  constexpr std::string_view k_assignment = "SLURM_JWT=";
  SlurmToken token;
  if (!settings.token_file.empty()) {
    token.text = read_secret_file(settings.token_file);
    token.origin = settings.token_file;
  } else if (auto secret = read_secret(k_variable)) {
    token.text = std::move(*secret);
    token.origin = k_variable;
  }
  // `scontrol token >FILE` leaves this in front.
  if (token.text.starts_with(k_assignment)) token.text.erase(0, k_assignment.size());
  if (token.text.empty()) return token;
  try {
    token.expires = token_expiry(token.text);
  } catch (const Error& error) {
    throw Error(token.origin + ": " + error.what());
  }
  return token;
}

}  // namespace assay
