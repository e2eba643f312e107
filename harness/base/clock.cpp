#include "base/clock.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

namespace assay {

TimePoint now() {
  return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

std::string to_iso8601(TimePoint time) {
  using namespace std::chrono;
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss clock(time - day);
  // Tables print tens of thousands: digit by digit is several times faster than a format.
  std::string text = "0000-00-00T00:00:00.000Z";
  const auto put = [&](std::size_t begin, std::size_t end, auto value) {
    auto rest = static_cast<unsigned>(value);
    for (; end > begin; rest /= 10) text[--end] = static_cast<char>('0' + rest % 10);
  };
  put(0, 4, std::clamp(static_cast<int>(date.year()), 0, 9999));
  put(5, 7, static_cast<unsigned>(date.month()));
  put(8, 10, static_cast<unsigned>(date.day()));
  put(11, 13, clock.hours().count());
  put(14, 16, clock.minutes().count());
  put(17, 19, clock.seconds().count());
  put(20, 23, clock.subseconds().count());
  return text;
}

std::optional<TimePoint> from_iso8601(std::string_view text) {
  using namespace std::chrono;
  const std::string copy(text);
  int year = 0;
  int month = 1;
  int day = 1;
  int hour = 0;
  int minute = 0;
  int second = 0;
  int used = 0;
  if (std::sscanf(copy.c_str(), "%4d-%2d-%2d%n", &year, &month, &day, &used) < 3 || used != 10) {
    return std::nullopt;
  }
  int milli = 0;
  std::string_view rest = text.substr(10);
  if (!rest.empty()) {
    int more = 0;
    if (std::sscanf(copy.c_str() + 10, "T%2d:%2d%n", &hour, &minute, &more) < 2 || more != 6) {
      return std::nullopt;
    }
    rest = rest.substr(6);
    if (std::sscanf(std::string(rest).c_str(), ":%2d%n", &second, &more) >= 1 && more == 3) {
      rest = rest.substr(3);
      if (std::sscanf(std::string(rest).c_str(), ".%3d%n", &milli, &more) >= 1 && more == 4) {
        rest = rest.substr(4);
      }
    }
    if (!rest.empty() && rest != "Z") return std::nullopt;
  }
  const year_month_day date{std::chrono::year(year),
                            std::chrono::month(static_cast<unsigned>(month)),
                            std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  return sys_days(date) + hours(hour) + minutes(minute) + seconds(second) + milliseconds(milli);
}

std::string format_duration(std::chrono::milliseconds duration) {
  const auto total_ms = duration.count();
  if (total_ms < 60'000) return fmt::format("{:.1f} s", static_cast<double>(total_ms) / 1000.0);
  const auto seconds = total_ms / 1000;
  if (seconds < 3600) return fmt::format("{} min {:02} s", seconds / 60, seconds % 60);
  return fmt::format("{} h {:02} min", seconds / 3600, seconds / 60 % 60);
}

}  // namespace assay
