// SPDX-License-Identifier: Apache-2.0
#include "scheduler/draw.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "scheduler/cost.h"

namespace tilewright::scheduler {
namespace {

constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

char letter(std::size_t storage) {
  return kLetters[storage % kLetters.size()];
}

struct Rectangle {
  Lifetime lifetime;
  std::int64_t begin = 0;
  std::int64_t end = 0;
  char letter = '.';
};

std::vector<Rectangle> rectangles(const Problem& problem, const Solution& solution,
                                  const std::vector<Lifetime>& lives) {
  std::vector<Rectangle> result;
  for (std::size_t i = 0; i < lives.size(); ++i) {
    if (!solution.offsets[i] || lives[i].empty()) continue;
    const std::int64_t begin = *solution.offsets[i];
    result.push_back({lives[i], begin, begin + aligned_bytes(problem, storage_id(i)), letter(i)});
  }
  for (std::size_t step = 0; step < solution.order.size(); ++step) {
    const std::size_t op = index(solution.order[step]);
    if (!solution.scratch_offsets[op]) continue;
    const auto begin_step = static_cast<std::int64_t>(step);
    const std::int64_t begin = *solution.scratch_offsets[op];
    result.push_back(
        {{begin_step, begin_step + 1}, begin, begin + problem.ops[op].scratch_bytes, '#'});
  }
  return result;
}

std::string padded(std::int64_t number, std::size_t width) {
  const std::string text = std::to_string(number);
  return std::string(width > text.size() ? width - text.size() : 0, ' ') + text;
}

/// The middle of cell `i` of `cells` that share `total`.
std::int64_t middle(std::int64_t i, std::int64_t cells, std::int64_t total) {
  // Split so that no product overflows: totals are up to 2^60.
  const std::int64_t whole = total / (2 * cells) * (2 * i + 1);
  return whole + total % (2 * cells) * (2 * i + 1) / (2 * cells);
}

std::string legend(const Problem& problem, const Solution& solution,
                   const std::vector<Lifetime>& lives) {
  const std::vector<std::int64_t> bytes =
      step_bytes(problem, lives, solution.order, solution.in_place_used);
  const auto fullest = std::max_element(bytes.begin(), bytes.end()) - bytes.begin();
  std::string text = "step " + std::to_string(fullest) + " needs most";
  if (fullest < static_cast<std::ptrdiff_t>(solution.order.size())) {
    text +=
        " ('" + problem.ops[index(solution.order[static_cast<std::size_t>(fullest)])].name + "')";
  }
  text += ":";
  for (std::size_t i = 0; i < lives.size(); ++i) {
    if (fullest < lives[i].begin || fullest >= lives[i].end) continue;
    text += " " + std::string(1, letter(i)) + "='" + problem.storages[i].name + "' " +
            std::to_string(aligned_bytes(problem, storage_id(i)));
  }
  return text + "\n";
}

}  // namespace

std::string draw(const Problem& problem, const Solution& solution, const DrawSize& size) {
  const std::vector<Lifetime> lives = lifetimes(problem, dependencies(problem), solution.order);
  const std::vector<Rectangle> all = rectangles(problem, solution, lives);
  const std::int64_t steps = step_count(problem);
  const std::int64_t columns = std::min<std::int64_t>(steps, std::max(1, size.max_columns));
  const std::int64_t rows = std::max(1, size.max_rows);
  const std::size_t width = std::to_string(solution.arena_bytes).size();
  std::string text = padded(solution.arena_bytes, width) + " +" +
                     std::string(static_cast<std::size_t>(columns), '-') + "+\n";
  for (std::int64_t row = rows - 1; row >= 0; --row) {
    const std::int64_t address = middle(row, rows, solution.arena_bytes);
    std::string line(static_cast<std::size_t>(columns), '.');
    for (std::int64_t column = 0; column < columns; ++column) {
      const std::int64_t step = middle(column, columns, steps);
      for (const Rectangle& r : all) {
        if (step < r.lifetime.begin || step >= r.lifetime.end) continue;
        if (address >= r.begin && address < r.end)
          line[static_cast<std::size_t>(column)] = r.letter;
      }
    }
    text += std::string(width, ' ') + " |" + line + "|\n";
  }
  text += padded(0, width) + " +" + std::string(static_cast<std::size_t>(columns), '-') + "+ " +
          std::to_string(steps) + " steps\n";
  return text + legend(problem, solution, lives);
}

}  // namespace tilewright::scheduler
