// One reader per format. Each takes bytes and fills a sink; none throws for what a file holds: what
// cannot be read is a warning with its offset, and everything whole before and behind it is kept.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "metrics/input.h"
#include "metrics/series_sink.h"

namespace assay {

// NVIDIA DLLogger's JSON back end: lines of `DLLL {...}`.
void read_dllogger(Input& input, SeriesSink& sink);

// One JSON object per line, the step in `step`, `global_step`, `iteration` or `_step`.
void read_json_lines(Input& input, SeriesSink& sink);

// A JSON document: a Hugging Face `trainer_state.json` (`log_history`), maps
// `{metric: {"step": value}}`, and final values `{metric: number}` in any mixture.
void read_json_document(Input& input, SeriesSink& sink);

// Comma-separated values with a header line, as Lightning's CSVLogger writes them; the step in a
// column `step`, `global_step`, `iteration` or `_step`.
void read_csv(Input& input, SeriesSink& sink);

// A YAML map of final values.
void read_yaml_values(Input& input, SeriesSink& sink);

// A metric of MLflow's file store: lines of `timestamp_ms value step`.
void read_mlflow_metric(Input& input, std::string_view name, SeriesSink& sink);

// The TensorBoard event files of one directory, one after another in the order of their names: a
// later one is a restart, and knows the kinds of tags that an earlier one named.
class TensorboardReader {
 public:
  explicit TensorboardReader(SeriesSink& sink) : sink_(sink) {}
  void read(Input& input);

 private:
  enum class Frame { whole, end, bad };

  Frame next_record(Window& window, std::string_view& record);
  Frame skip_large_record(Window& window, std::uint64_t length);
  void read_event(std::string_view event, std::uint64_t offset);
  void read_value(std::string_view value, std::int64_t step, std::uint64_t offset);
  void read_tensor(std::string_view tag, std::string_view tensor, std::string_view metadata,
                   std::int64_t step, std::uint64_t offset);

  SeriesSink& sink_;
  std::vector<std::string_view> summaries_;     // of the event being read
  std::unordered_set<std::string> other_tags_;  // images, histograms, text, ...
};

// A regular expression for one metric in a text log. Its first group that is not named `step` is
// the value; a group named `step`, where there is one, is the step.
struct LogPattern {
  std::string metric;
  std::string pattern;
};

// A text log: Megatron's and NeMo's `|`-separated lines, DLLogger's lines on stdout (where
// `read_known_lines`), and one metric per pattern. A pattern's step is its group `step`, else the
// `iteration N/` of its line, else the count of its matches before it.
void read_text_log(Input& input, std::span<const LogPattern> patterns, bool read_known_lines,
                   SeriesSink& sink);

}  // namespace assay
