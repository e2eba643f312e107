#include "metrics/series_sink.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace assay {

void SeriesSink::begin_group() {
  index_.clear();
  group_begin_ = entries_.size();
  last_ = nullptr;
}

void SeriesSink::begin_file(const std::string& path) {
  file_ = valid_utf8(path);
  file_warnings_ = 0;
}

void SeriesSink::end_file() {
  if (file_warnings_ > k_most_warnings_per_file) {
    warnings_.push_back(fmt::format("{}: {} more places could not be read", file_,
                                    file_warnings_ - k_most_warnings_per_file));
  }
  file_warnings_ = 0;
}

SeriesSink::Entry* SeriesSink::look_up(std::string_view name) {
  // Scripts log the same names in the same order again and again.
  if (last_ != nullptr && last_->next != nullptr && last_->next->raw_name == name) {
    return last_ = last_->next;
  }
  const auto found = index_.find(name);
  if (found == index_.end()) return nullptr;
  if (last_ != nullptr) last_->next = found->second;
  return last_ = found->second;
}

Series* SeriesSink::find(std::string_view name) {
  Entry* entry = look_up(name);
  return entry == nullptr ? nullptr : &entry->series;
}

Series& SeriesSink::series(std::string_view name) {
  if (Entry* entry = look_up(name)) return entry->series;
  if (entries_.size() >= k_most_series) {
    if (!has_overflowed_) {
      note(fmt::format("{}: more than {} metric names; further ones are left out", file_,
                       k_most_series));
    }
    has_overflowed_ = true;
    overflow_ = {};
    return overflow_;
  }
  Entry& entry = entries_.emplace_back();
  entry.raw_name = name;
  entry.series.name = valid_utf8(name);
  entry.series.source = source_;
  entry.series.file = file_;
  index_.emplace(entry.raw_name, &entry);
  return entry.series;
}

void SeriesSink::drop_from(std::int64_t step) {
  for (std::size_t i = group_begin_; i < entries_.size(); ++i) {
    Series& series = entries_[i].series;
    point_count_ -=
        std::erase_if(series.points, [step](const Point& point) { return point.step >= step; });
    if (!series.thinned) continue;
    // What was dropped cannot be taken out of the totals: those of what is left stand for them.
    Totals totals;
    for (const Point& point : series.points) totals.add(point);
    totals.stride = series.thinned->stride;
    totals.count *= totals.stride;
    totals.sum *= static_cast<double>(totals.stride);
    series.thinned = totals;
  }
}

void SeriesSink::add_to_thinned(Series& series, const Point& point) {
  Totals& totals = *series.thinned;
  const bool is_due = totals.count % totals.stride == 0;
  totals.add(point);
  if (!is_due && !kept_.holds(point.step)) return;
  series.points.push_back(point);
  if (++point_count_ >= most_points_) thin();
}

void SeriesSink::thin() {
  point_count_ = 0;  // points of names that are left out were counted, too
  for (const Entry& entry : entries_) point_count_ += entry.series.points.size();
  if (point_count_ < most_points_) return;
  const auto enough = most_points_ - most_points_ / 4;
  while (point_count_ > enough) {
    const auto before = point_count_;
    thin_longest();
    if (point_count_ < before) continue;
    if (kept_.empty()) return;  // nothing but single points
    kept_ = {};
    has_dropped_kept_ = true;
  }
}

void SeriesSink::thin_longest() {
  std::size_t longest = 0;
  for (const Entry& entry : entries_) longest = std::max(longest, entry.series.points.size());
  point_count_ = 0;
  for (Entry& entry : entries_) {
    if (entry.series.points.size() > longest / 2) halve(entry.series);
    point_count_ += entry.series.points.size();
  }
}

void SeriesSink::halve(Series& series) const {
  if (!series.thinned) {
    Totals totals;
    for (const Point& point : series.points) totals.add(point);
    series.thinned = totals;
  }
  series.thinned->stride *= 2;
  bool keeps = false;
  std::erase_if(series.points, [&](const Point& point) {
    if (kept_.holds(point.step)) return false;
    keeps = !keeps;
    return !keeps;
  });
}

void SeriesSink::tell_thinned() {
  constexpr std::size_t k_most_named = 3;
  std::string names;
  std::size_t count = 0;
  for (const Entry& entry : entries_) {
    if (!entry.series.thinned) continue;
    if (++count > k_most_named) continue;
    names += fmt::format("{}'{}' (one of {} kept)", count == 1 ? "" : ", ", entry.series.name,
                         entry.series.thinned->stride);
  }
  if (count == 0) return;
  if (count > k_most_named) names += fmt::format(" and {} more", count - k_most_named);
  note(
      fmt::format("{}: more points than are kept of {}: curves, medians, percentiles{} are of the "
                  "kept ones; first, last, min, max and mean are exact",
                  source_, names, has_dropped_kept_ ? " and windows" : ""));
}

void SeriesSink::warn(std::uint64_t offset, std::string_view reason) {
  if (++file_warnings_ > k_most_warnings_per_file) return;
  note(fmt::format("{}: byte {}: {}", file_, offset, valid_utf8(reason)));
}

void SeriesSink::warn(std::string_view reason) {
  if (++file_warnings_ > k_most_warnings_per_file) return;
  note(fmt::format("{}: {}", file_, valid_utf8(reason)));
}

void SeriesSink::note(std::string text) { warnings_.push_back(std::move(text)); }

std::vector<Series> SeriesSink::take_series() {
  tell_thinned();
  std::vector<Series> all;
  all.reserve(entries_.size());
  for (Entry& entry : entries_) {
    if (entry.series.points.empty() && !entry.series.summary) continue;
    if (const auto& totals = entry.series.thinned; totals && !entry.series.points.empty()) {
      if (entry.series.points.back() != totals->last) entry.series.points.push_back(totals->last);
    }
    all.push_back(std::move(entry.series));
  }
  entries_.clear();
  index_.clear();
  group_begin_ = 0;
  point_count_ = 0;
  last_ = nullptr;
  return all;
}

}  // namespace assay
