#include "verdict/statistics.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <vector>

namespace assay {

namespace {

constexpr std::size_t k_exact_size = 40;

double median_of_sorted(const std::vector<double>& sorted) {
  const auto middle = sorted.size() / 2;
  if (sorted.size() % 2 == 1) return sorted[middle];
  return sorted[middle - 1] + (sorted[middle] - sorted[middle - 1]) / 2;
}

// counts[u]: in how many of the C(n + m, n) orders of n and m distinct values U equals u, by the
// recurrence f(n, m, u) = f(n - 1, m, u - m) + f(n, m - 1, u). As doubles: exact up to 2^53.
std::vector<double> distribution_of_u(std::size_t n, std::size_t m) {
  // rows[j] is f(i, j, .) while i goes up to n.
  std::vector<std::vector<double>> rows(m + 1, std::vector<double>{1});
  for (std::size_t i = 1; i <= n; ++i) {
    rows[0] = {1};
    for (std::size_t j = 1; j <= m; ++j) {
      std::vector<double> next(i * j + 1, 0);
      for (std::size_t u = 0; u < rows[j].size(); ++u) next[u + j] += rows[j][u];
      for (std::size_t u = 0; u < rows[j - 1].size(); ++u) next[u] += rows[j - 1][u];
      rows[j] = std::move(next);
    }
  }
  return rows[m];
}

double exact_p(double u, std::size_t n, std::size_t m) {
  const auto counts = distribution_of_u(n, m);
  const double total = std::accumulate(counts.begin(), counts.end(), 0.0);
  const auto low = static_cast<std::size_t>(std::min(u, static_cast<double>(n * m) - u));
  const double tail =
      std::accumulate(counts.begin(), counts.begin() + static_cast<std::ptrdiff_t>(low) + 1, 0.0);
  return std::min(1.0, 2 * tail / total);
}

// `tie_sum` is the sum of t^3 - t over the groups of t equal values.
double normal_p(double u, double n, double m, double tie_sum) {
  const double total = n + m;
  const double variance = n * m / 12 * ((total + 1) - tie_sum / (total * (total - 1)));
  if (!(variance > 0)) return 1;  // all values are equal
  const double distance = std::max(0.0, std::fabs(u - n * m / 2) - 0.5);
  return std::min(1.0, std::erfc(distance / std::sqrt(variance) / std::sqrt(2.0)));
}

// Twice the probability of one order among all: two over the binomial coefficient.
double smallest_p(double n, double m) {
  double orders = 1;
  for (double i = 1; i <= n; ++i) orders *= (m + i) / i;
  return std::min(1.0, 2 / orders);
}

bool has_nan(std::span<const double> values) {
  return std::any_of(values.begin(), values.end(), [](double v) { return std::isnan(v); });
}

}  // namespace

std::optional<double> mean(std::span<const double> values) {
  if (values.empty()) return std::nullopt;
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

std::optional<double> standard_deviation(std::span<const double> values) {
  if (values.size() < 2) return std::nullopt;
  const double center = *mean(values);
  double squares = 0;
  for (const double v : values) squares += (v - center) * (v - center);
  return std::sqrt(squares / static_cast<double>(values.size() - 1));
}

std::optional<double> median(std::span<const double> values) {
  if (values.empty()) return std::nullopt;
  if (has_nan(values)) return std::nan("");
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  return median_of_sorted(sorted);
}

std::optional<double> median_absolute_deviation(std::span<const double> values) {
  const auto center = median(values);
  if (!center) return std::nullopt;
  std::vector<double> deviations;
  deviations.reserve(values.size());
  for (const double v : values) deviations.push_back(std::fabs(v - *center));
  return median(deviations);
}

std::optional<double> robust_deviation(std::span<const double> values) {
  constexpr double k_normal = 1.4826;  // 1 / the normal distribution's upper quartile
  constexpr std::array<double, 10> k_few = {0,     0,     1.196, 1.495, 1.363,
                                            1.206, 1.200, 1.140, 1.129, 1.107};
  const auto n = values.size();
  if (n < 2) return std::nullopt;
  const double few =
      n < k_few.size() ? k_few.at(n) : static_cast<double>(n) / (static_cast<double>(n) - 0.8);
  return few * k_normal * *median_absolute_deviation(values);
}

std::optional<RankTest> mann_whitney(std::span<const double> first,
                                     std::span<const double> second) {
  if (first.empty() || second.empty() || has_nan(first) || has_nan(second)) return std::nullopt;
  std::vector<double> all(first.begin(), first.end());
  all.insert(all.end(), second.begin(), second.end());
  std::sort(all.begin(), all.end());

  const auto n = static_cast<double>(first.size());
  const auto m = static_cast<double>(second.size());
  double ranks_of_first = 0;
  for (const double v : first) {
    const auto [low, high] = std::equal_range(all.begin(), all.end(), v);
    ranks_of_first += static_cast<double>((low - all.begin()) + (high - all.begin()) + 1) / 2;
  }
  double tie_sum = 0;
  for (auto it = all.begin(); it != all.end();) {
    const auto end = std::upper_bound(it, all.end(), *it);
    const auto ties = static_cast<double>(end - it);
    tie_sum += ties * ties * ties - ties;
    it = end;
  }

  RankTest test;
  test.u = ranks_of_first - n * (n + 1) / 2;
  test.is_exact = tie_sum == 0 && first.size() <= k_exact_size && second.size() <= k_exact_size;
  test.p = test.is_exact ? exact_p(test.u, first.size(), second.size())
                         : normal_p(test.u, n, m, tie_sum);
  test.smallest_p = smallest_p(n, m);
  return test;
}

}  // namespace assay
