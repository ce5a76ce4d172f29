// SPDX-License-Identifier: Apache-2.0
#include "tests/kernels/guarded_buffer.h"

#include <algorithm>
#include <cstring>
#include <sys/mman.h>
#include <unistd.h>

#include "tilewright/detail/check.h"

namespace tilewright::kernels::tests {
namespace {

std::size_t page_bytes() {
  return static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace

GuardedBuffer::GuardedBuffer(std::int64_t size_bytes, Placement placement, std::int64_t alignment)
    : size_bytes_(static_cast<std::size_t>(size_bytes)) {
  const std::size_t page = page_bytes();
  usable_bytes_ = std::max<std::size_t>((size_bytes_ + page - 1) / page, 1) * page;
  void* mapping = mmap(nullptr, usable_bytes_ + 2 * page, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  TILEWRIGHT_CHECK(mapping != MAP_FAILED);
  mapping_ = static_cast<std::byte*>(mapping);
  TILEWRIGHT_CHECK(mprotect(mapping_, page, PROT_NONE) == 0);
  TILEWRIGHT_CHECK(mprotect(mapping_ + page + usable_bytes_, page, PROT_NONE) == 0);
  const std::size_t slack = usable_bytes_ - size_bytes_;
  const auto unit = static_cast<std::size_t>(alignment);
  data_ = mapping_ + page + (placement == Placement::AtFront ? 0 : slack / unit * unit);
  poison();
}

GuardedBuffer::~GuardedBuffer() {
  munmap(mapping_, usable_bytes_ + 2 * page_bytes());
}

void GuardedBuffer::poison() {
  std::memset(mapping_ + page_bytes(), std::to_integer<int>(kPoison), usable_bytes_);
}

bool GuardedBuffer::surroundings_are_poisoned() const {
  const std::byte* begin = mapping_ + page_bytes();
  const auto poisoned = [](std::byte byte) { return byte == kPoison; };
  return std::all_of(begin, static_cast<const std::byte*>(data_), poisoned) &&
         std::all_of(static_cast<const std::byte*>(data_ + size_bytes_), begin + usable_bytes_,
                     poisoned);
}

}  // namespace tilewright::kernels::tests
