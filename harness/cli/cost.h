// What products will cost in GPU-hours, and which of them fit into a budget.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "history/history.h"
#include "recipe/recipe.h"

namespace assay {

struct ProductCost {
  const GridProduct* product = nullptr;
  std::optional<double> gpu_hours;  // nothing: neither a past run nor a time limit says it
  std::string from;                 // "mean of 12 runs", "time limit", or why it is not known
  bool is_failing = false;          // its newest record failed or errored
  bool is_changed = false;          // no record, or its recipe is not what its newest record ran
  std::optional<TimePoint> last;    // when it ran last
};

// One per product, in their order: GPUs of all nodes times the mean time of past runs on the
// launcher of `options`, else times the time limit and the repeats.
std::vector<ProductCost> costs_of(std::span<const GridProduct> products,
                                  std::span<const std::shared_ptr<const Recipe>> recipes,
                                  const ResolveOptions& options, const History& history);

struct Budget {
  std::vector<ProductCost> taken;     // most valuable first
  std::vector<ProductCost> left_out;  // the same
  double gpu_hours = 0;               // of those taken
};

// The most valuable products that fit into `gpu_hours` together: failing ones first, then changed
// ones, then those that have not run for longest. One that no longer fits is left out, smaller ones
// after it may still fit; one of unknown cost is left out, one that needs no GPU never is.
Budget pick_within(std::vector<ProductCost> costs, double gpu_hours);

// "1.25 GPU-hours (mean of 12 runs)".
std::string cost_text(const ProductCost& cost);

// What `assay list` prints: a line per product, and the total.
std::string costs_table(std::span<const ProductCost> costs);
// What a budget left out and why; empty when it left nothing out.
std::string left_out_text(const Budget& budget, double gpu_hours);
// One array of {key, name, gpu_hours, from, failing, changed, last_run}.
std::string costs_json(std::span<const ProductCost> costs);

}  // namespace assay
