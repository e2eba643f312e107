#include "metrics/series_sink.h"

#include <fmt/format.h>

#include "base/text.h"

namespace assay {

void SeriesSink::begin_group() {
  index_.clear();
  group_begin_ = entries_.size();
  last_ = nullptr;
}

void SeriesSink::begin_file(std::string path) {
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
    std::erase_if(entries_[i].series.points,
                  [step](const Point& point) { return point.step >= step; });
  }
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
  std::vector<Series> all;
  all.reserve(entries_.size());
  for (Entry& entry : entries_) {
    if (entry.series.points.empty() && !entry.series.summary) continue;
    all.push_back(std::move(entry.series));
  }
  entries_.clear();
  index_.clear();
  group_begin_ = 0;
  last_ = nullptr;
  return all;
}

}  // namespace assay
