#include "driver/job_news.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>

#include "base/text.h"

namespace assay {

namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;

constexpr milliseconds k_first_line{std::chrono::seconds(10)};
constexpr milliseconds k_between_topics{std::chrono::minutes(1)};
constexpr milliseconds k_never{std::chrono::hours(1)};

// The lines about one topic come at these ages, then hourly.
milliseconds next_age(milliseconds age) {
  for (const auto next : {minutes(1), minutes(5), minutes(15), minutes(30), minutes(60)}) {
    if (age < next) return next;
  }
  return (age / k_never + 1) * k_never;
}

std::string rough_duration(milliseconds duration) {
  const auto seconds = duration.count() / 1000;
  if (seconds < 60) return fmt::format("{} s", seconds);
  if (seconds < 3600) return fmt::format("{} min", seconds / 60);
  return fmt::format("{} h {:02} min", seconds / 3600, seconds / 60 % 60);
}

// "14:32", with the day where it is another one.
std::string time_of_day(TimePoint time, TimePoint today) {
  const auto parts = [](TimePoint point) {
    const std::time_t seconds =
        std::chrono::duration_cast<std::chrono::seconds>(point.time_since_epoch()).count();
    std::tm tm{};
    ::localtime_r(&seconds, &tm);
    return tm;
  };
  const auto tm = parts(time);
  const auto day = parts(today);
  const bool is_today = tm.tm_yday == day.tm_yday && tm.tm_year == day.tm_year;
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), is_today ? "%H:%M" : "%a %d %b %H:%M", &tm);
  return text.data();
}

std::string job_of(const JobStatus& status) {
  return status.id.empty() ? std::string("job") : "job " + status.id;
}

}  // namespace

bool JobNews::is_due(TimePoint now, const std::string& topic) {
  if (topic != topic_) {
    const bool is_first = topic_.empty();
    topic_ = topic;
    if (is_first) {
      since_ = now;
      next_ = now + k_first_line;
    } else if (topic != said_) {
      next_ = std::min(next_, now + k_between_topics);
    }
  }
  if (now < next_) return false;
  said_ = topic;
  next_ = since_ + next_age(now - since_);
  return true;
}

std::optional<std::string> JobNews::silence(TimePoint now, const std::string& error) {
  if (!silent_since_) silent_since_ = now;
  if (!is_due(now, "silence")) return std::nullopt;
  return "no answer from the launcher since " + time_of_day(*silent_since_, now) + " (" + error +
         "); still asking";
}

std::optional<std::string> JobNews::line(TimePoint now, TimePoint submitted,
                                         const JobStatus& status) {
  if (status.silent_since) {
    silent_since_ = status.silent_since;
    return silence(now, status.notice);
  }
  if (silent_since_) {
    silent_since_.reset();
    const bool was_said = said_ == "silence";
    topic_.clear();
    said_.clear();
    if (was_said) return "the launcher answers again";
  }
  if (status.state == JobState::running) {
    topic_.clear();
    if (has_said_running_ || is_local_) return std::nullopt;
    has_said_running_ = true;
    return job_of(status) +
           (status.nodes.empty() ? " runs" : " runs on " + join(status.nodes, ", "));
  }
  if (status.state != JobState::pending) {
    topic_.clear();
    return std::nullopt;
  }
  has_said_running_ = false;  // it may have been requeued
  const auto& reason = status.notice.empty() ? status.reason : status.notice;
  if (!is_due(now, "pending " + reason)) return std::nullopt;
  auto text = job_of(status) + " pending " + rough_duration(now - submitted);
  if (!reason.empty()) text += ": " + reason;
  if (status.expected_start) text += ", starts ~" + time_of_day(*status.expected_start, now);
  return text;
}

milliseconds JobNews::until_next(TimePoint now) const {
  if (topic_.empty()) return k_never;
  return std::clamp<milliseconds>(next_ - now, milliseconds(1), k_never);
}

}  // namespace assay
