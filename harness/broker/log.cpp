#include "broker/log.h"

#include <unistd.h>

#include <fstream>

#include "base/clock.h"

namespace assay {

namespace {

constexpr std::uintmax_t k_largest_bytes = 1 << 20;

}  // namespace

BrokerLog::BrokerLog(std::filesystem::path file) : file_(std::move(file)) {}

void BrokerLog::line(const std::string& text) {
  std::error_code code;
  if (std::filesystem::file_size(file_, code) > k_largest_bytes && !code) {
    std::filesystem::rename(file_, file_.string() + ".old", code);
  }
  std::ofstream(file_, std::ios::app)
      << to_iso8601(now()) << " [" << ::getpid() << "] " << text << "\n";
}

}  // namespace assay
