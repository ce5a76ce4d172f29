// SPDX-License-Identifier: Apache-2.0
#include "tests/runtime/memory_map.h"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

namespace tilewright::runtime {
namespace {

/// Whether a line begins a mapping, and that holds `address`.
bool holds(const std::string& line, std::uintptr_t address) {
  unsigned long long begin = 0;
  unsigned long long end = 0;
  return std::sscanf(line.c_str(), "%llx-%llx ", &begin, &end) == 2 && begin <= address &&
         address < end;
}

std::optional<std::int64_t> bytes_after(const std::string& line, const std::string& key) {
  if (!line.starts_with(key)) return std::nullopt;
  return std::int64_t{1024} * std::stoll(line.substr(key.size()));
}

}  // namespace

bool system_has_large_pages() {
  return std::filesystem::exists("/sys/kernel/mm/transparent_hugepage");
}

std::optional<MemoryMapping> mapping_of(const void* memory) {
#if defined(TILEWRIGHT_STATIC_PROGRAMS)
  return std::nullopt;  // an emulator may tell of its own
#endif
  std::ifstream maps("/proc/self/smaps");
  std::string line;
  while (std::getline(maps, line) && !holds(line, reinterpret_cast<std::uintptr_t>(memory))) {
  }
  if (!maps) return std::nullopt;
  MemoryMapping mapping;
  while (std::getline(maps, line)) {
    if (const auto bytes = bytes_after(line, "Rss:")) mapping.resident_bytes = *bytes;
    if (const auto bytes = bytes_after(line, "AnonHugePages:")) mapping.large_page_bytes = *bytes;
    if (!line.starts_with("VmFlags:")) continue;
    mapping.asks_for_large_pages = line.find(" hg") != std::string::npos;
    return mapping;
  }
  return std::nullopt;
}

}  // namespace tilewright::runtime
