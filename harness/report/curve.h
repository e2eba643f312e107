// A metric's curve as a picture for people, and which of a case's curves are worth one.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "model/metric.h"
#include "report/report.h"

namespace assay {

constexpr std::size_t k_most_curves = 4;

// Indices of the series to draw, at most k_most_curves: of failed checks first, then of other
// checked metrics, then any, in their order. Series of fewer than two points have no curve. A case
// that passed has none unless `all` (ASSAY_CURVES=all) is asked for, nor has one that was skipped.
std::vector<std::size_t> choose_curves(std::span<const Series> series,
                                       std::span<const Finding> findings, Verdict verdict,
                                       bool all);

struct CurveText {
  std::string title;     // empty: the series' name
  std::string subtitle;  // the case's name, the run
};

// 640 x 360 pixels as PNG, at most 40 KB. `findings` are the case's; those of this metric give the
// baseline's band and the line that says what came of it. Points that are no numbers are marked.
// Throws Error when libcairo.so.2 is not installed: it is loaded on first use.
std::string draw_curve(const Series& series, std::span<const Finding> findings,
                       const CurveText& text);

// The curves that choose_curves() takes, each as `curve-N.png` in the deciding attempt's directory,
// for CTest to attach. Throws Error where one cannot be drawn or written.
std::vector<Attachment> write_curves(const Record& record, std::span<const Series> series,
                                     bool all);

}  // namespace assay
