// What a person who waits for a job is told, and when: the state where it changes, then at growing
// distances why it is still not further.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "model/job.h"

namespace assay {

// Told what happens while it happens, one line each, for whoever watches.
using Progress = std::function<void(const std::string&)>;

class JobNews {
 public:
  // Of a local job only what keeps it waiting is news.
  explicit JobNews(bool is_local) : is_local_(is_local) {}

  // The line to show now, where there is one: "pending 12 min: Resources, starts ~14:32",
  // "job 77 runs on n1, n2". Times of day are those of the person's time zone.
  std::optional<std::string> line(TimePoint now, TimePoint submitted, const JobStatus& status);

  // The same where the launcher could not be asked at all.
  std::optional<std::string> silence(TimePoint now, const std::string& error);

  // How long line() would only repeat itself.
  std::chrono::milliseconds until_next(TimePoint now) const;

 private:
  // Whether it is time to say something of the thing that is waited for, and then when next.
  bool is_due(TimePoint now, const std::string& topic);

  bool is_local_;
  bool has_said_running_ = false;
  std::string topic_;  // what is waited for, "" for nothing worth telling
  std::string said_;   // the topic of the last line
  TimePoint since_{};  // of the topic
  TimePoint next_{};   // the next line about it
  std::optional<TimePoint> silent_since_;
};

}  // namespace assay
