// SPDX-License-Identifier: Apache-2.0
#include "runtime/split_steps.h"

#include <algorithm>

#include "kernels/cache_lines.h"

namespace tilewright::runtime {
namespace {

using kernels::RowRange;

/// A step as its bands see it: its output in blocks, each a granule of rows.
class Blocks {
 public:
  explicit Blocks(const Step& step)
      : step_(step), specs_(specs_of(step)), rows_(kernels::row_count(step.dst.shape)) {
    granule_ = step.kernel->row_granule(call(), *step.kernel, step.config);
  }

  [[nodiscard]] std::int64_t count() const { return (rows_ + granule_ - 1) / granule_; }

  /// Rows of the output in the blocks [begin, end).
  [[nodiscard]] RowRange rows(std::int64_t begin, std::int64_t end) const {
    return {begin * granule_, std::min(end * granule_, rows_)};
  }

  /// Rows of `operand` that these blocks need.
  [[nodiscard]] RowRange needed(std::size_t operand, std::int64_t begin, std::int64_t end) const {
    if (operand == step_.src.size()) return rows(begin, end);
    return *kernels::input_rows(call(), *step_.kernel, operand, rows(begin, end));
  }

  [[nodiscard]] bool reads_known_rows(std::size_t operand) const {
    if (operand == step_.src.size() || rows_ == 0) return true;
    return kernels::input_rows(call(), *step_.kernel, operand, {0, 1}).has_value();
  }

 private:
  [[nodiscard]] kernels::Call call() const { return {step_.op, specs_.src, specs_.dst}; }

  const Step& step_;
  StepSpecs specs_;
  std::int64_t rows_;
  std::int64_t granule_ = 1;
};

/// The first of `count` blocks for which `holds`, which stays true once it is.
template <typename Holds>
std::int64_t first_block(std::int64_t count, const Holds& holds) {
  std::int64_t begin = 0;
  std::int64_t end = count;
  while (begin < end) {
    const std::int64_t middle = begin + (end - begin) / 2;
    if (holds(middle)) {
      end = middle;
    } else {
      begin = middle + 1;
    }
  }
  return begin;
}

/// Where the blocks end that need the first bytes of a split operand alone, and where those begin
/// that need the rest alone.
struct Turn {
  std::size_t operand = 0;
  std::int64_t own_end = 0;
  std::int64_t outside_begin = 0;
};

Turn turn_of(const Step& step, const Blocks& blocks, std::size_t operand) {
  const std::int64_t split_bytes = operand_of(step, operand).rest->begin_bytes;
  const std::int64_t bytes = row_bytes(operand_of(step, operand));
  Turn turn{operand};
  turn.own_end = first_block(blocks.count(), [&](std::int64_t block) {
    return blocks.needed(operand, block, block + 1).end * bytes > split_bytes;
  });
  turn.outside_begin = first_block(blocks.count(), [&](std::int64_t block) {
    return blocks.needed(operand, block, block + 1).begin * bytes >= split_bytes;
  });
  turn.outside_begin = std::max(turn.outside_begin, turn.own_end);
  return turn;
}

std::vector<Turn> turns(const Step& step, const Blocks& blocks) {
  std::vector<Turn> result;
  for (std::size_t i = 0; i <= step.src.size(); ++i) {
    if (operand_of(step, i).rest) result.push_back(turn_of(step, blocks, i));
  }
  return result;
}

std::int64_t staged_bytes(const Step& step, std::size_t operand, RowRange rows) {
  const std::int64_t bytes = (rows.end - rows.begin) * row_bytes(operand_of(step, operand));
  return kernels::whole_line_bytes(bytes);
}

Band band(const Step& step, const Blocks& blocks, const std::vector<Turn>& turns,
          std::int64_t begin, std::int64_t end) {
  Band band{blocks.rows(begin, end), {}, {}};
  band.src.resize(step.src.size());
  std::int64_t stage_bytes = 0;
  for (const Turn& turn : turns) {
    BandOperand& operand = turn.operand == step.src.size() ? band.dst : band.src[turn.operand];
    if (begin < turn.own_end) continue;
    operand.side = begin < turn.outside_begin ? Side::Stage : Side::Outside;
    if (operand.side == Side::Outside) continue;
    operand.rows = blocks.needed(turn.operand, begin, end);
    operand.stage_offset_bytes = stage_bytes;
    stage_bytes += staged_bytes(step, turn.operand, operand.rows);
  }
  return band;
}

}  // namespace

const Operand& operand_of(const Step& step, std::size_t operand) {
  return operand == step.src.size() ? step.dst : step.src[operand];
}

bool may_split(const Step& step, std::size_t operand) {
  const Operand& its = operand_of(step, operand);
  return step.producers.empty() && its.strides == kernels::dense_strides(its.shape) &&
         Blocks(step).reads_known_rows(operand);
}

std::int64_t row_bytes(const Operand& operand) {
  const std::int64_t columns = operand.shape.rank() == 0 ? 1 : operand.shape.last();
  return columns * size_bytes(operand.dtype);
}

std::vector<Band> bands(const Step& step) {
  const auto is_split = [](const Operand& operand) { return operand.rest.has_value(); };
  if (!is_split(step.dst) && std::ranges::none_of(step.src, is_split)) return {};
  const Blocks blocks(step);
  const std::vector<Turn> cuts = turns(step, blocks);
  std::vector<std::int64_t> ends{blocks.count()};
  for (const Turn& turn : cuts)
    ends.insert(ends.end(), {turn.own_end, turn.outside_begin});
  std::ranges::sort(ends);
  std::vector<Band> result;
  std::int64_t begin = 0;
  for (const std::int64_t end : ends) {
    if (end > begin) result.push_back(band(step, blocks, cuts, begin, end));
    begin = end;
  }
  return result;
}

std::int64_t stage_bytes(const Step& step, const std::vector<Band>& bands) {
  std::int64_t most = 0;
  const auto take = [&](const BandOperand& operand, std::size_t position) {
    if (operand.side != Side::Stage) return;
    most = std::max(most, operand.stage_offset_bytes + staged_bytes(step, position, operand.rows));
  };
  for (const Band& band : bands) {
    for (std::size_t i = 0; i < band.src.size(); ++i)
      take(band.src[i], i);
    take(band.dst, step.src.size());
  }
  return most;
}

std::int64_t most_stage_bytes(const Step& step, std::size_t operand) {
  const Blocks blocks(step);
  std::int64_t most = 0;
  std::int64_t last = 0;
  for (std::int64_t first = 0; first < blocks.count(); ++first) {
    // All that a split just before the end of what the first block needs puts on both sides.
    const RowRange needed = blocks.needed(operand, first, first + 1);
    last = std::max(last, first);
    while (last + 1 < blocks.count() &&
           blocks.needed(operand, last + 1, last + 2).begin < needed.end)
      ++last;
    const RowRange staged{needed.begin, blocks.needed(operand, last, last + 1).end};
    most = std::max(most, staged_bytes(step, operand, staged));
  }
  return most;
}

}  // namespace tilewright::runtime
