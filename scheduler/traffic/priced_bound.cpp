// SPDX-License-Identifier: Apache-2.0
#include "scheduler/traffic/priced_bound.h"

#include <algorithm>
#include <vector>

#include "scheduler/traffic/cover_program.h"
#include "scheduler/traffic/residency_parts.h"

namespace tilewright::scheduler {
namespace {

/// Sums of prices over ranges of moments, also those that go on into the next run.
class PriceSums {
 public:
  explicit PriceSums(std::span<const std::int64_t> prices) : sums_{0} {
    for (int run = 0; run < 2; ++run) {
      for (const std::int64_t price : prices)
        sums_.push_back(sums_.back() + price);
    }
  }
  [[nodiscard]] std::int64_t over(std::int64_t begin, std::int64_t end) const {
    if (begin >= end) return 0;
    return sums_[static_cast<std::size_t>(end)] - sums_[static_cast<std::size_t>(begin)];
  }

 private:
  std::vector<std::int64_t> sums_;
};

/// The prices of all moments in which `gap` takes room.
std::int64_t price_of(const Timeline& line, const TimelineItem& item, std::size_t position,
                      const PriceSums& sums) {
  const Gap& gap = line.gaps[position];
  std::int64_t price = sums.over(gap.begin + 1, gap.end);
  if (!item.streamed) return price;
  const auto at = [&](std::int64_t moment) {
    const std::int64_t use = moment % line.moments;
    return use == 0 || use == line.moments - 1 ? 0 : sums.over(use, use + 1);
  };
  price += at(gap.end);
  const bool wraps = item.gap_count == item.uses.size();
  const bool is_earliest = position == item.first_gap && !(wraps && item.gap_count > 1);
  const bool meets_itself = gap.end - gap.begin == line.moments;
  return is_earliest && !meets_itself ? price + at(gap.begin) : price;
}

}  // namespace

std::int64_t priced_bound_units(const Timeline& line, std::span<const std::int64_t> prices) {
  constexpr std::int64_t kOne = kDualDenominator;
  const PriceSums sums(prices);
  const std::vector<std::int64_t> demand = demands(line);
  std::int64_t bound = 0;
  const auto add = [&](std::int64_t a, std::int64_t b) {
    std::int64_t product = 0;
    return !__builtin_mul_overflow(a, b, &product) &&
           !__builtin_add_overflow(bound, product, &bound);
  };
  for (std::size_t moment = 0; moment < demand.size(); ++moment) {
    if (prices[moment] > 0 && !add(prices[moment], demand[moment])) return 0;
  }
  for (const TimelineItem& item : line.items) {
    for (std::size_t i = item.first_gap; i < item.first_gap + item.gap_count;) {
      const std::int32_t version = line.gaps[i].version;
      const bool dirty = line.gaps[i].dirty;
      std::int64_t cost = dirty ? kOne : 0;
      do {
        cost += std::min<std::int64_t>(0, kOne - price_of(line, item, i, sums));
        ++i;
      } while (dirty && i < item.first_gap + item.gap_count && line.gaps[i].version == version);
      if (cost < 0 && !add(cost, item.units)) return 0;
    }
  }
  return bound <= 0 ? 0 : (bound - 1) / kOne + 1;
}

}  // namespace tilewright::scheduler
