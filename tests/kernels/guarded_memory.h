// SPDX-License-Identifier: Apache-2.0
// Memory between two pages that nobody may touch: an access outside is a crash, not a wrong number.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <sys/mman.h>
#include <unistd.h>
#include <utility>

namespace tilewright::kernels::tests {

/// Which end of the memory lies at the forbidden page; the other may be up to a page away from it.
enum class GuardedEnd { First, Last };

class GuardedMemory {
 public:
  GuardedMemory(std::size_t size_bytes, GuardedEnd end) {
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    const std::size_t inside = (size_bytes + page - 1) / page * page;
    mapped_bytes_ = inside + 2 * page;
    void* memory = mmap(nullptr, mapped_bytes_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) std::abort();
    mapped_ = static_cast<std::byte*>(memory);
    if (inside > 0 && mprotect(mapped_ + page, inside, PROT_READ | PROT_WRITE) != 0) std::abort();
    data_ = mapped_ + page + (end == GuardedEnd::Last ? inside - size_bytes : 0);
  }
  ~GuardedMemory() {
    if (mapped_ != nullptr) munmap(mapped_, mapped_bytes_);
  }
  GuardedMemory(GuardedMemory&& other) noexcept
      : mapped_(std::exchange(other.mapped_, nullptr)),
        mapped_bytes_(other.mapped_bytes_),
        data_(other.data_) {}
  GuardedMemory& operator=(GuardedMemory&&) = delete;

  [[nodiscard]] std::byte* data() const { return data_; }

 private:
  std::byte* mapped_ = nullptr;
  std::size_t mapped_bytes_ = 0;
  std::byte* data_ = nullptr;
};

}  // namespace tilewright::kernels::tests
