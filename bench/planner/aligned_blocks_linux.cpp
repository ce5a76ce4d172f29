// SPDX-License-Identifier: Apache-2.0
// Notes the aligned blocks that a process asks its C library for, to be loaded before it by
// LD_PRELOAD. Tensors of other runtimes lie in such blocks; model_report.py reads their sizes here.
#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <dlfcn.h>
#include <mutex>

namespace {

struct Block {
  std::uintptr_t begin;
  std::size_t bytes;
};

class SpinLock {
 public:
  void lock() {
    while (taken_.test_and_set(std::memory_order_acquire)) {
    }
  }
  void unlock() { taken_.clear(std::memory_order_release); }

 private:
  std::atomic_flag taken_;
};

// Never more than a model's weights and activations.
constinit std::array<Block, 16384> live{};
constinit std::size_t live_count = 0;
constinit std::size_t live_bytes = 0;
constinit std::size_t most_live_bytes = 0;
constinit SpinLock lock;

void note(void* memory, std::size_t bytes) {
  if (memory == nullptr) return;
  const std::lock_guard guard(lock);
  if (live_count == live.size()) std::abort();
  live[live_count++] = {reinterpret_cast<std::uintptr_t>(memory), bytes};
  live_bytes += bytes;
  most_live_bytes = std::max(most_live_bytes, live_bytes);
}

void forget(void* memory) {
  const std::lock_guard guard(lock);
  for (std::size_t i = live_count; i-- > 0;) {
    if (live[i].begin != reinterpret_cast<std::uintptr_t>(memory)) continue;
    live_bytes -= live[i].bytes;
    live[i] = live[--live_count];
    return;
  }
}

/// The C library's function of that name; looked up before threads exist, or twice to the same end.
template <typename Function>
Function* next(Function*& found, const char* name) {
  if (found == nullptr) found = reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
  return found;
}

}  // namespace

extern "C" {

void* aligned_alloc(std::size_t alignment, std::size_t bytes) noexcept {
  static void* (*found)(std::size_t, std::size_t) = nullptr;
  void* memory = next(found, "aligned_alloc")(alignment, bytes);
  note(memory, bytes);
  return memory;
}

int posix_memalign(void** memory, std::size_t alignment, std::size_t bytes) noexcept {
  static int (*found)(void**, std::size_t, std::size_t) = nullptr;
  const int status = next(found, "posix_memalign")(memory, alignment, bytes);
  if (status == 0) note(*memory, bytes);
  return status;
}

void free(void* memory) noexcept {
  static void (*found)(void*) = nullptr;
  if (memory != nullptr) forget(memory);
  next(found, "free")(memory);
}

/// Bytes of the block that has `address`; 0 if none has.
std::size_t aligned_block_bytes(std::uintptr_t address) {
  const std::lock_guard guard(lock);
  for (std::size_t i = 0; i < live_count; ++i) {
    if (address - live[i].begin < live[i].bytes) return live[i].bytes;
  }
  return 0;
}

/// The most bytes that lived at once since the last call, beyond those that live now: to be called
/// before what is measured, and after it is gone.
std::size_t most_aligned_bytes() {
  const std::lock_guard guard(lock);
  const std::size_t result = most_live_bytes - live_bytes;
  most_live_bytes = live_bytes;
  return result;
}
}
