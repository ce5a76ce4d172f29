// SPDX-License-Identifier: Apache-2.0
// Memory of operands, each on pages of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>

namespace tilewright::bench {

inline constexpr std::int64_t kPageBytes = 4096;

/// Zeroed memory that begins with a page, as tensors of whole pages do in an arena: where operands
/// lie to each other within a page decides which of their pixels share sets of the first level. A
/// page and more is left behind `bytes`.
class PageMemory {
 public:
  explicit PageMemory(std::int64_t bytes) {
    const auto size = static_cast<std::size_t>((bytes / kPageBytes + 2) * kPageBytes);
    data_.reset(static_cast<std::byte*>(std::aligned_alloc(kPageBytes, size)));
    std::memset(data_.get(), 0, size);
  }
  [[nodiscard]] std::byte* data() const { return data_.get(); }

 private:
  struct Free {
    void operator()(std::byte* data) const { std::free(data); }
  };
  std::unique_ptr<std::byte, Free> data_;
};

}  // namespace tilewright::bench
