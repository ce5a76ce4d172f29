// SPDX-License-Identifier: Apache-2.0
#include "scheduler/arena/arena_file.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <unordered_set>

namespace tilewright::scheduler {
namespace {

enum class Column : std::uint8_t { Id, Lower, Upper, Size, Offset };
constexpr std::size_t kColumns = 5;
constexpr std::array<std::string_view, kColumns> kNames = {"id", "lower", "upper", "size",
                                                           "offset"};
constexpr std::size_t kAbsent = static_cast<std::size_t>(-1);

struct Row {
  std::string_view id;
  std::int64_t lower = 0;
  std::int64_t upper = 0;
  std::int64_t bytes = 0;
  std::int64_t offset = -1;
};

Error bad_line(std::size_t line, const std::string& message) {
  return {ErrorCode::InvalidModel, "line " + std::to_string(line) + ": " + message};
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::string_view without_return(std::string_view line) {
  return line.ends_with('\r') ? line.substr(0, line.size() - 1) : line;
}

class Reader {
 public:
  Result<std::vector<Row>> read(std::string_view text) {
    const std::vector<std::string_view> lines = split(text, '\n');
    TILEWRIGHT_RETURN_IF_ERROR(read_names(without_return(lines.front())));
    std::vector<Row> rows;
    for (std::size_t i = 1; i < lines.size(); ++i) {
      const std::string_view line = without_return(lines[i]);
      if (line.empty()) continue;
      if (rows.size() == kMaxStorages) {
        return Error{ErrorCode::ResourceExhausted,
                     "expected at most " + std::to_string(kMaxStorages) + " blocks, got more"};
      }
      TILEWRIGHT_TRY(const Row row, read_row(line, i + 1));
      rows.push_back(row);
    }
    return rows;
  }

 private:
  Status read_names(std::string_view line) {
    const std::vector<std::string_view> names = split(line, ',');
    count_ = names.size();
    place_.fill(kAbsent);
    for (std::size_t i = 0; i < names.size(); ++i) {
      const auto known = std::find(kNames.begin(), kNames.end(), names[i]);
      const auto column = static_cast<std::size_t>(known - kNames.begin());
      if (known == kNames.end() || place_[column] != kAbsent) {
        return bad_line(1, "expected columns id,lower,upper,size and maybe offset, got '" +
                               std::string(line.substr(0, 80)) + "'");
      }
      place_[column] = i;
    }
    const bool complete = std::all_of(place_.begin(), place_.end() - 1,
                                      [](std::size_t place) { return place != kAbsent; });
    if (!complete) return bad_line(1, "expected columns id,lower,upper,size, got fewer");
    return ok();
  }

  Result<Row> read_row(std::string_view line, std::size_t number) const {
    const std::vector<std::string_view> fields = split(line, ',');
    if (fields.size() != count_) {
      return bad_line(number, "expected " + std::to_string(count_) + " fields, got " +
                                  std::to_string(fields.size()));
    }
    const auto field = [&](Column column) {
      return fields[place_[static_cast<std::size_t>(column)]];
    };
    Row row{.id = field(Column::Id)};
    TILEWRIGHT_TRY(row.lower, whole(field(Column::Lower), number));
    TILEWRIGHT_TRY(row.upper, whole(field(Column::Upper), number));
    TILEWRIGHT_TRY(row.bytes, whole(field(Column::Size), number));
    if (place_[static_cast<std::size_t>(Column::Offset)] != kAbsent) {
      TILEWRIGHT_TRY(row.offset, whole(field(Column::Offset), number));
    }
    if (row.lower < 0 || row.lower >= row.upper) {
      return bad_line(number, "expected 0 <= lower < upper, got " + std::to_string(row.lower) +
                                  " and " + std::to_string(row.upper));
    }
    if (row.bytes < 0 || row.bytes > kMaxTotalBytes) {
      return bad_line(number, "expected a size from 0 to 2^60, got " + std::to_string(row.bytes));
    }
    if (row.offset < -1 || row.offset > kMaxTotalBytes) {
      return bad_line(number,
                      "expected an offset from -1 to 2^60, got " + std::to_string(row.offset));
    }
    return row;
  }

  static Result<std::int64_t> whole(std::string_view text, std::size_t line) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) {
      return bad_line(line,
                      "expected a whole number, got '" + std::string(text.substr(0, 40)) + "'");
    }
    return value;
  }

  std::array<std::size_t, kColumns> place_{};
  std::size_t count_ = 0;
};

/// The different times of `rows`, ascending.
std::vector<std::int64_t> times_of(const std::vector<Row>& rows) {
  std::vector<std::int64_t> times;
  for (const Row& row : rows) {
    times.push_back(row.lower);
    times.push_back(row.upper);
  }
  std::sort(times.begin(), times.end());
  times.erase(std::unique(times.begin(), times.end()), times.end());
  return times;
}

bool overlap(const ArenaBlock& a, const ArenaBlock& b) {
  for (const BlockPiece& x : a.pieces) {
    for (const BlockPiece& y : b.pieces) {
      if (x.begin < y.end && y.begin < x.end && x.bytes > 0 && y.bytes > 0) return true;
    }
  }
  return false;
}

Status check_pins(const ArenaFile& file) {
  std::vector<std::size_t> pinned;
  for (std::size_t i = 0; i < file.ids.size(); ++i) {
    if (file.arena.blocks[i].pinned_offset) pinned.push_back(i);
  }
  for (const std::size_t i : pinned) {
    for (const std::size_t j : pinned) {
      const ArenaBlock& a = file.arena.blocks[i];
      const ArenaBlock& b = file.arena.blocks[j];
      if (i >= j || !overlap(a, b)) continue;
      if (*a.pinned_offset + a.max_bytes() <= *b.pinned_offset) continue;
      if (*b.pinned_offset + b.max_bytes() <= *a.pinned_offset) continue;
      return Error{ErrorCode::InvalidModel, "blocks '" + file.ids[i] + "' and '" + file.ids[j] +
                                                "': expected pinned offsets that are apart"};
    }
  }
  return ok();
}

}  // namespace

Result<ArenaFile> read_arena_csv(std::string_view text) {
  TILEWRIGHT_TRY(const std::vector<Row> rows, Reader().read(text));
  const std::vector<std::int64_t> times = times_of(rows);
  ArenaFile file{{},
                 {1, std::max<std::int64_t>(1, static_cast<std::int64_t>(times.size()) - 1), {}}};
  std::unordered_set<std::string_view> seen;
  std::int64_t total_bytes = 0;
  for (const Row& row : rows) {
    total_bytes += row.bytes;
    if (!seen.insert(row.id).second || total_bytes > kMaxTotalBytes) {
      return Error{ErrorCode::InvalidModel,
                   "block '" + std::string(row.id.substr(0, 40)) +
                       "': expected an id that comes once and sizes of 2^60 bytes in all"};
    }
    const auto step = [&](std::int64_t time) {
      return std::lower_bound(times.begin(), times.end(), time) - times.begin();
    };
    ArenaBlock block{{{step(row.lower), step(row.upper), row.bytes}}, {}, {}, {}};
    if (row.offset >= 0) block.pinned_offset = row.offset;
    file.ids.emplace_back(row.id);
    file.arena.blocks.push_back(std::move(block));
  }
  TILEWRIGHT_RETURN_IF_ERROR(check_pins(file));
  return file;
}

Status validate_arena(const ArenaProblem& arena, const std::vector<std::int64_t>& offsets,
                      std::int64_t arena_bytes) {
  const auto fail = [](std::size_t i, const std::string& rule) {
    return Error{ErrorCode::InvalidArgument, "block " + std::to_string(i) + ": expected " + rule};
  };
  if (offsets.size() != arena.blocks.size()) return fail(offsets.size(), "one offset per block");
  for (std::size_t i = 0; i < offsets.size(); ++i) {
    const ArenaBlock& block = arena.blocks[i];
    if (offsets[i] < 0 || offsets[i] % arena.alignment_bytes != 0) return fail(i, "alignment");
    if (block.pinned_offset.value_or(offsets[i]) != offsets[i]) return fail(i, "its pinned offset");
    for (const BlockPiece& piece : block.pieces) {
      if (offsets[i] + piece.bytes > arena_bytes) return fail(i, "an end inside the arena");
    }
    for (std::size_t j = 0; j < i; ++j) {
      for (const BlockPiece& a : block.pieces) {
        for (const BlockPiece& b : arena.blocks[j].pieces) {
          if (a.begin >= b.end || b.begin >= a.end || a.bytes == 0 || b.bytes == 0) continue;
          if (offsets[i] + a.bytes <= offsets[j] || offsets[j] + b.bytes <= offsets[i]) continue;
          return fail(i, "no overlap with block " + std::to_string(j));
        }
      }
    }
  }
  return ok();
}

}  // namespace tilewright::scheduler
