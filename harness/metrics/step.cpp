#include "metrics/step.h"

namespace assay {

std::int64_t to_step(double number) {
  constexpr double k_limit = 9007199254740992.0;  // 2^53
  return number > -k_limit && number < k_limit ? static_cast<std::int64_t>(number) : 0;
}

std::int64_t StepCounter::next(std::optional<double> own) {
  if (own) {
    has_own_ = true;
    last_ = to_step(*own);
  } else if (!has_own_) {
    last_ = count_;
  }
  ++count_;
  return last_;
}

void add_record(const FlatValues& record, StepCounter& steps, SeriesSink& sink) {
  std::optional<std::size_t> step_index;
  for (const auto name : k_step_names) {
    step_index = record.find(name);
    if (step_index) break;
  }
  const auto step =
      steps.next(step_index ? std::optional(record.value(*step_index)) : std::nullopt);
  for (std::size_t i = 0; i < record.size(); ++i) {
    if (i != step_index) sink.add(record.name(i), step, record.value(i));
  }
}

}  // namespace assay
