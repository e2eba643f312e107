#include "launch/exit_file.h"

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"

namespace assay {

namespace {

constexpr int k_signal_base = 128;
constexpr int k_last_signal = 31;  // real-time signals end no program by accident

}  // namespace

JobEnd end_of_status(int status) {
  JobEnd end;
  end.exit_code = status;
  if (status > k_signal_base && status <= k_signal_base + k_last_signal) {
    end.kind = EndKind::signaled;
    end.signal = status - k_signal_base;
  } else {
    end.kind = EndKind::exited;
  }
  return end;
}

std::optional<JobEnd> parse_exit_file(std::string_view text) {
  const auto status = parse_integer(trim(text));
  if (!status || *status < 0 || *status > 255) return std::nullopt;
  return end_of_status(static_cast<int>(*status));
}

std::optional<JobEnd> read_exit_file(const std::filesystem::path& attempt_directory) {
  const auto path = attempt_directory / k_exit_file;
  const auto text = read_file_if_exists(path);
  if (!text) return std::nullopt;
  auto end = parse_exit_file(*text);
  if (!end) throw Error(path.string() + " holds no exit code: '" + valid_utf8(trim(*text)) + "'");
  return end;
}

}  // namespace assay
