// SPDX-License-Identifier: Apache-2.0
// Memory that tells which of its pages somebody touched. A page is closed until the first access
// faults; the handler notes the page, opens it as far as needed and lets the access go on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tilewright::tests {

enum class Touch : std::uint8_t { None, Read, Written };

/// While one lives, its handler stands for those of SIGSEGV and SIGBUS; what faults elsewhere goes
/// to the handler before. One thread at a time.
class TracedPages {
 public:
  explicit TracedPages(std::int64_t size_bytes);
  ~TracedPages();
  TracedPages(const TracedPages&) = delete;
  TracedPages& operator=(const TracedPages&) = delete;

  [[nodiscard]] static std::int64_t page_bytes();
  [[nodiscard]] std::byte* data() const { return data_; }

  /// Forgets all touches; the next access to each page is noted.
  void close();
  /// Makes all pages accessible, unnoticed.
  void open();
  /// One entry per page, since `close`.
  [[nodiscard]] const std::vector<Touch>& touches() const { return touches_; }

  /// For the handler: whether `address` is here and was closed for the access that faulted.
  [[nodiscard]] bool note(const void* address);

 private:
  [[nodiscard]] std::size_t mapped_bytes() const;

  std::byte* data_ = nullptr;
  std::vector<Touch> touches_;
};

}  // namespace tilewright::tests
