#include "driver/interrupts.h"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "base/error.h"
#include "base/text.h"

namespace assay {

namespace {

constexpr std::chrono::milliseconds k_longest_wait{std::chrono::hours(1)};

sigset_t stopping_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set, number);
  return set;
}

std::string signal_text(unsigned number) {
  const char* name = ::sigabbrev_np(static_cast<int>(number));
  return name == nullptr ? "signal " + std::to_string(number) : "SIG" + std::string(name);
}

}  // namespace

TimePoint parse_deadline(const std::string& text) {
  if (const auto seconds = parse_integer(trim(text))) {
    return TimePoint(std::chrono::seconds(*seconds));
  }
  if (const auto time = from_iso8601(trim(text))) return *time;
  throw InputError({"ASSAY_DEADLINE", 1, 1},
                   "expected seconds since 1970 or a date such as 2026-11-21T15:00:00Z", text);
}

Interrupts::Interrupts(std::optional<TimePoint> deadline)
    : deadline_(deadline), ctest_(find_ancestor("ctest")) {
  const auto set = stopping_signals();
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  signals_ = Descriptor(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals_.is_open())
    throw Error(std::string("cannot watch signals: ") + std::strerror(errno));
  if (!ctest_) return;
  // Two ways to learn of ctest's end: its descriptor while this process waits, the signal while it
  // is busy. Neither misses an end before this point: then the descriptor cannot be had.
  if (ctest_->pid == ::getppid()) ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  ctest_end_ = Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, ctest_->pid, 0)));
  const auto current = process_info(ctest_->pid);
  if (!ctest_end_.is_open() || !current || !current->is_same(*ctest_)) {
    stop_ = Stop{EndKind::cancelled, "ctest ended", true};
  }
}

Interrupts::~Interrupts() {
  const auto set = stopping_signals();
  signals_.reset();
  ::sigprocmask(SIG_UNBLOCK, &set, nullptr);
}

void Interrupts::wait(int fd, std::chrono::milliseconds limit) {
  limit = std::clamp(limit, std::chrono::milliseconds(0), k_longest_wait);
  if (deadline_ && !stop_) {
    limit = std::clamp(*deadline_ - now(), std::chrono::milliseconds(0), limit);
  }
  // poll(2) skips negative descriptors: what was seen once is not waited for again.
  std::array<pollfd, 3> waits{pollfd{signals_.get(), POLLIN, 0},
                              pollfd{stop_ ? -1 : ctest_end_.get(), POLLIN, 0},
                              pollfd{fd, POLLIN, 0}};
  if (::poll(waits.data(), waits.size(), static_cast<int>(limit.count())) < 0) {
    if (errno != EINTR) throw Error(std::string("cannot wait: ") + std::strerror(errno));
    return;
  }
  if (waits[1].revents != 0) {
    stop_ = Stop{EndKind::cancelled, "ctest ended", true};
    ++requests_;
  }
  if (waits[0].revents != 0) read_signals();
  if (deadline_ && !stop_ && now() >= *deadline_) {
    stop_ = Stop{EndKind::deadline, "the time budget ended at " + to_iso8601(*deadline_), false};
  }
}

void Interrupts::read_signals() {
  signalfd_siginfo info{};
  while (::read(signals_.get(), &info, sizeof info) == sizeof info) {
    const bool is_ctests_end = ctest_ && !process_info(ctest_->pid);
    // The death signal and the descriptor tell of one end.
    if (!is_ctests_end || !stop_) ++requests_;
    if (!stop_) {
      stop_ = Stop{EndKind::cancelled,
                   is_ctests_end ? "ctest ended" : "stopped by " + signal_text(info.ssi_signo),
                   is_ctests_end};
    }
  }
}

}  // namespace assay
