// SPDX-License-Identifier: Apache-2.0
#include "scheduler/traffic/residency_program.h"

#include <algorithm>
#include <map>

namespace tilewright::scheduler {
namespace {

struct Row {
  std::vector<std::pair<std::int32_t, std::int32_t>> entries;  // column, coefficient
  std::int64_t demand = 0;
  std::int64_t moment = -1;
};

class Maker {
 public:
  Maker(const Timeline& line, const ResidencyPart& part, const std::vector<GapState>& states)
      : line_(line), part_(part), states_(states) {}

  ResidencyProgram make(const std::vector<std::int64_t>& demands) {
    for (const std::int64_t moment : part_.moments) {
      row_of_moment_[moment] = rows_.size();
      rows_.push_back({{}, demands[static_cast<std::size_t>(moment)], moment});
    }
    for (std::size_t i = 0; i < part_.gaps.size(); ++i)
      add_gap(i);
    for (std::size_t i = 0; i < part_.gaps.size(); ++i)
      add_streamed_use(i);
    add_versions();
    drop_implied_rows();
    program_.cover.demands.clear();
    for (std::size_t row = 0; row < rows_.size(); ++row) {
      program_.cover.demands.push_back(rows_[row].demand);
      program_.moments.push_back(rows_[row].moment);
      for (const auto& [column, coefficient] : rows_[row].entries) {
        program_.cover.columns[static_cast<std::size_t>(column)].entries.push_back(
            {static_cast<std::int32_t>(row), coefficient});
      }
    }
    return std::move(program_);
  }

 private:
  [[nodiscard]] const Gap& gap(std::size_t i) const { return line_.gaps[part_.gaps[i]]; }
  [[nodiscard]] const TimelineItem& item(std::size_t i) const {
    return line_.items[static_cast<std::size_t>(gap(i).item)];
  }

  std::int32_t add_column(std::int64_t cost, std::int64_t upper) {
    program_.cover.columns.push_back({cost, upper, {}});
    return static_cast<std::int32_t>(program_.cover.columns.size()) - 1;
  }

  /// Adds `coefficient` times what gap `i` misses.
  void add_missing(Row& row, std::size_t i, std::int32_t coefficient) {
    const std::int32_t column = program_.column_of[i];
    if (column >= 0) {
      row.entries.emplace_back(column, coefficient);
    } else if (states_[i] == GapState::Evicted) {
      row.demand -= coefficient * item(i).units;
    }
  }

  void add_gap(std::size_t i) {
    const bool alone = is_alone(i);
    const std::int64_t cost = alone ? 2 : 1;
    const bool is_free = states_[i] == GapState::Free;
    program_.column_of.push_back(is_free ? add_column(cost, item(i).units) : -1);
    if (states_[i] == GapState::Evicted) program_.fixed_units += cost * item(i).units;
    for (const std::int64_t moment : gap_moments(line_, part_.gaps[i])) {
      const auto row = row_of_moment_.find(moment);
      if (row == row_of_moment_.end()) continue;
      // In a use between two gaps the earlier one stands for both.
      if (item(i).streamed && moment == gap(i).begin && earlier(i)) continue;
      add_missing(rows_[row->second], i, 1);
    }
  }

  /// Whether gap `i` is dirty and the only one of its version in the part.
  [[nodiscard]] bool is_alone(std::size_t i) const {
    if (!gap(i).dirty) return false;
    const auto same = [&](std::size_t j) {
      return j < part_.gaps.size() && gap(j).item == gap(i).item &&
             gap(j).version == gap(i).version;
    };
    return !same(i + 1) && !(i > 0 && same(i - 1));
  }

  /// The gap that ends where gap `i` begins, if it is another.
  [[nodiscard]] std::optional<std::size_t> earlier(std::size_t i) const {
    const std::size_t position = part_.gaps[i];
    std::size_t before = position - 1;
    if (position == item(i).first_gap) {
      const bool wraps = item(i).gap_count == item(i).uses.size();
      if (!wraps || item(i).gap_count == 1) return std::nullopt;
      before = position + item(i).gap_count - 1;
    }
    const auto found = std::lower_bound(part_.gaps.begin(), part_.gaps.end(), before);
    if (found == part_.gaps.end() || *found != before) return std::nullopt;
    return static_cast<std::size_t>(found - part_.gaps.begin());
  }

  void add_streamed_use(std::size_t i) {
    if (!item(i).streamed) return;
    const auto row = row_of_moment_.find(gap(i).begin);
    const auto before = earlier(i);
    if (row == row_of_moment_.end() || !before) return;
    const std::int32_t excess = add_column(0, item(i).units);
    rows_[row->second].entries.emplace_back(excess, -1);
    Row greater;
    greater.entries.emplace_back(excess, 1);
    add_missing(greater, *before, -1);
    add_missing(greater, i, 1);
    rows_.push_back(std::move(greater));
  }

  void add_versions() {
    for (std::size_t i = 0; i < part_.gaps.size(); ++i) {
      if (!gap(i).dirty || is_alone(i)) continue;
      const bool is_new =
          i == 0 || gap(i - 1).item != gap(i).item || gap(i - 1).version != gap(i).version;
      if (is_new) written_ = add_column(1, item(i).units);
      Row row;
      row.entries.emplace_back(written_, 1);
      add_missing(row, i, -1);
      rows_.push_back(std::move(row));
    }
  }

  /// Whether `a` says more than `b`, as sums of what is missing.
  static bool implies(const Row& a, const Row& b) {
    const auto plain = [](const Row& row) {
      return std::all_of(row.entries.begin(), row.entries.end(),
                         [](const auto& entry) { return entry.second == 1; });
    };
    return a.demand >= b.demand && plain(a) && plain(b) &&
           std::includes(b.entries.begin(), b.entries.end(), a.entries.begin(), a.entries.end());
  }

  void drop_implied_rows() {
    std::vector<Row> kept;
    for (Row& row : rows_) {
      std::sort(row.entries.begin(), row.entries.end());
      if (row.demand <= 0 && std::all_of(row.entries.begin(), row.entries.end(),
                                         [](const auto& entry) { return entry.second == 1; })) {
        continue;
      }
      if (!kept.empty() && implies(kept.back(), row)) continue;
      while (!kept.empty() && implies(row, kept.back()))
        kept.pop_back();
      kept.push_back(std::move(row));
    }
    rows_ = std::move(kept);
  }

  const Timeline& line_;
  const ResidencyPart& part_;
  const std::vector<GapState>& states_;
  std::map<std::int64_t, std::size_t> row_of_moment_;
  std::vector<Row> rows_;
  std::int32_t written_ = 0;
  ResidencyProgram program_;
};

}  // namespace

ResidencyProgram residency_program(const Timeline& line, const ResidencyPart& part,
                                   const std::vector<std::int64_t>& demands,
                                   const std::vector<GapState>& states) {
  return Maker(line, part, states).make(demands);
}

}  // namespace tilewright::scheduler
