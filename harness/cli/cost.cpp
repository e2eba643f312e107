#include "cli/cost.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <tuple>

#include "cli/table.h"

namespace assay {

namespace {

constexpr double k_seconds_per_hour = 3600;

std::string runs_text(int runs) {
  return runs == 1 ? std::string("one run") : fmt::format("mean of {} runs", runs);
}

// By the past where there is one, else by what the recipe allows it.
void add_hours(ProductCost& cost, const Product& product, const CasePast* past) {
  const double gpus = product.nodes * product.gpus_per_node;
  if (gpus == 0) {
    cost.gpu_hours = 0;
    cost.from = "no GPU";
  } else if (past != nullptr && past->runs > 0) {
    cost.gpu_hours = gpus * past->job_seconds / k_seconds_per_hour;
    cost.from = runs_text(past->runs);
  } else if (product.time_limit.count() > 0) {
    const auto seconds = static_cast<double>(product.time_limit.count());
    cost.gpu_hours = gpus * seconds * std::max(product.repeats, 1) / k_seconds_per_hour;
    cost.from = "time limit";
  } else {
    cost.from = "no run yet, no time limit";
  }
}

std::string hours_text(const std::optional<double>& hours) {
  return hours ? fmt::format("{:.2f}", *hours) : std::string("unknown");
}

std::string why(const ProductCost& cost) {
  if (cost.is_failing) return "failing";
  if (!cost.last) return "new";
  if (cost.is_changed) return "changed";
  return "ran " + to_iso8601(*cost.last).substr(0, 10);
}

std::string total_text(std::span<const ProductCost> costs) {
  double hours = 0;
  std::size_t unknown = 0;
  for (const auto& cost : costs) {
    hours += cost.gpu_hours.value_or(0);
    unknown += cost.gpu_hours ? 0 : 1;
  }
  auto text = fmt::format("{} product{}, {:.2f} GPU-hours", costs.size(),
                          costs.size() == 1 ? "" : "s", hours);
  if (unknown > 0) text += fmt::format(", and {} of unknown cost", unknown);
  return text + "\n";
}

}  // namespace

std::vector<ProductCost> costs_of(std::span<const GridProduct> products,
                                  std::span<const std::shared_ptr<const Recipe>> recipes,
                                  const ResolveOptions& options, const History& history) {
  std::vector<std::string> keys;
  for (const auto& product : products) keys.push_back(product.key);
  std::map<std::string, CasePast> known;
  for (auto& past : history.past(keys, options.launcher->name)) known.emplace(past.key, past);
  std::vector<ProductCost> out;
  for (const auto& product : products) {
    ProductCost cost;
    cost.product = &product;
    const auto found = known.find(product.key);
    const CasePast* past = found == known.end() ? nullptr : &found->second;
    cost.is_changed = past == nullptr || past->recipe_digest != product.recipe->digest;
    if (past != nullptr) {
      cost.is_failing = past->verdict == Verdict::failed || past->verdict == Verdict::errored;
      cost.last = past->created;
    }
    try {
      add_hours(cost, resolve(product, options, recipes), past);
    } catch (const InputError& error) {
      cost.from = error.message();
    }
    out.push_back(std::move(cost));
  }
  return out;
}

Budget pick_within(std::vector<ProductCost> costs, double gpu_hours) {
  const auto rank = [](const ProductCost& cost) {
    return std::tuple(!cost.is_failing, !cost.is_changed, cost.last.value_or(TimePoint::min()));
  };
  std::stable_sort(costs.begin(), costs.end(),
                   [&](const ProductCost& a, const ProductCost& b) { return rank(a) < rank(b); });
  Budget budget;
  for (auto& cost : costs) {
    const bool fits = cost.gpu_hours && budget.gpu_hours + *cost.gpu_hours <= gpu_hours;
    const bool is_taken = fits || cost.gpu_hours == 0.0;
    if (is_taken) budget.gpu_hours += *cost.gpu_hours;
    (is_taken ? budget.taken : budget.left_out).push_back(std::move(cost));
  }
  return budget;
}

std::string cost_text(const ProductCost& cost) {
  if (!cost.gpu_hours) return "unknown (" + cost.from + ")";
  return hours_text(cost.gpu_hours) + " GPU-hours (" + cost.from + ")";
}

std::string costs_table(std::span<const ProductCost> costs) {
  Table table({"NAME", "GPU-HOURS", "FROM", "STATE"});
  for (const auto& cost : costs) {
    table.add_cells({cost.product->name(), hours_text(cost.gpu_hours), cost.from, why(cost)});
  }
  return render(table, TableFormat::text) + total_text(costs);
}

std::string left_out_text(const Budget& budget, double gpu_hours) {
  if (budget.left_out.empty()) return {};
  auto out = fmt::format("assay: left out, as the budget is {:g} GPU-hours:\n", gpu_hours);
  for (const auto& cost : budget.left_out) {
    out += "  " + cost.product->name() + ": " + cost_text(cost) + ", " + why(cost) + "\n";
  }
  return out;
}

std::string costs_json(std::span<const ProductCost> costs) {
  using Json = nlohmann::ordered_json;
  Json out = Json::array();
  for (const auto& cost : costs) {
    out.push_back({{"key", cost.product->key},
                   {"name", cost.product->name()},
                   {"gpu_hours", cost.gpu_hours ? Json(*cost.gpu_hours) : Json(nullptr)},
                   {"from", cost.from},
                   {"failing", cost.is_failing},
                   {"changed", cost.is_changed},
                   {"last_run", cost.last ? Json(to_iso8601(*cost.last)) : Json(nullptr)}});
  }
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace assay
