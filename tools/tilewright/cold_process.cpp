// SPDX-License-Identifier: Apache-2.0
#include "tools/tilewright/cold_process.h"

#include <link.h>
#include <sys/resource.h>
#include <vector>

namespace tilewright::tool {
namespace {

constexpr std::size_t kPageBytes = 4096;
constexpr std::size_t kMoreThanCaches = std::size_t{96} << 20;

}  // namespace

std::int64_t page_faults() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_minflt;
}

void read_pages(std::span<const std::byte> bytes) {
  const volatile std::byte* data = bytes.data();  // each read is made
  for (std::size_t at = 0; at < bytes.size(); at += kPageBytes)
    static_cast<void>(data[at]);
}

std::span<const std::byte> program_code() {
  std::span<const std::byte> code;
  // The first object is the program itself; the others are not asked for.
  const auto find_code = [](dl_phdr_info* object, std::size_t, void* found) {
    for (int i = 0; i < object->dlpi_phnum; ++i) {
      const auto& segment = object->dlpi_phdr[i];
      if (segment.p_type != PT_LOAD || (segment.p_flags & PF_X) == 0) continue;
      const auto* begin = reinterpret_cast<const std::byte*>(object->dlpi_addr + segment.p_vaddr);
      *static_cast<std::span<const std::byte>*>(found) = {begin, segment.p_memsz};
    }
    return 1;
  };
  dl_iterate_phdr(find_code, &code);
  return code;
}

void evict_caches() {
  std::vector<std::byte> other(kMoreThanCaches);
  volatile std::byte* data = other.data();
  for (std::size_t at = 0; at < other.size(); at += 64)
    data[at] = std::byte{1};
}

}  // namespace tilewright::tool
